"""Names for cases that are the same in every process: tests that run in several have to agree about them."""

import re
from typing import Any

_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def shown(value: Any) -> str:
    """As `repr`, without addresses, and sets in order."""
    if isinstance(value, set | frozenset) and value:
        items = ", ".join(sorted(map(shown, value)))
        return f"{{{items}}}" if type(value) is set else f"{type(value).__name__}({{{items}}})"
    try:
        return _ADDRESS.sub("", repr(value))
    except ValueError:  # of a number with too many digits
        return f"a large {type(value).__name__}"
