"""The first file that the confined interpreter runs: loads this folder as a private package and starts the zygote."""

from __future__ import annotations

import importlib.util
import os
import sys

PACKAGE = "_speedproof_worker"


def main() -> None:
    folder = os.path.dirname(os.path.abspath(__file__))
    # A script's own folder comes first on the path, where `import record` in the project would find ours.
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != folder]
    spec = importlib.util.spec_from_file_location(
        PACKAGE, os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    assert spec is not None
    assert spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = package
    spec.loader.exec_module(package)
    importlib.import_module(PACKAGE + ".zygote").serve(int(sys.argv[1]))


if __name__ == "__main__":
    main()
