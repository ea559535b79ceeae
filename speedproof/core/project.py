"""A user's project as the other parts need it: where it is, how its modules are named, what runs it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Project:
    """`root` is the folder that holds everything; `python` the interpreter that runs its code.

    `import_roots` go first on its `sys.path`, all of them inside `root`. `tests` are its test files.
    """

    root: Path
    python: Path
    import_roots: tuple[Path, ...]
    tests: tuple[Path, ...] = ()

    def module_name(self, path: Path) -> str:
        """The dotted name under which `path` is imported; its innermost import root decides."""
        roots = [root for root in self.import_roots if path.is_relative_to(root)]
        root = max(roots, key=lambda r: len(r.parts), default=path.parent)
        parts = list(path.relative_to(root).with_suffix("").parts)
        if parts[-1] == "__init__" and len(parts) > 1:
            parts.pop()
        return ".".join(parts)
