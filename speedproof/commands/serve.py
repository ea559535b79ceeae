"""`speedproof serve`: the language server."""

import argparse

from speedproof.server.app import serve


def run(options: argparse.Namespace) -> int:
    """Returns when the session has ended."""
    return serve(options.tcp)
