"""`python -m speedproof` is the same as the `speedproof` command."""

import sys

from speedproof.cli import main

if __name__ == "__main__":
    sys.exit(main())
