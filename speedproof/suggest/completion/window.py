"""Which part of a long text a model is shown: the surroundings of the cursor, in a way that typing rarely moves.

Every server that keeps what it has computed keeps it up to the first token that differs. A window that slides with
the cursor would differ in its first token after each line; so its edges move in blocks, on a grid that is fixed to
the text's start before the cursor and to its end behind it, where typing in between changes neither.
"""

from collections import Counter

PREFIX_SHARE = 0.75
"""Of the characters where both sides have more than enough; what one side leaves goes to the other."""
N_BLOCKS = 8
"""An edge moves by at least this part of the characters, which are therefore not used in full."""
N_NEAR_LINES = 10
"""Behind the cursor: they are always shown as they are."""
SAME_SHARE = 0.9
"""Of the lines further on: with so many in common what was shown before does as well."""


def windowed(prefix: str, suffix: str, n_characters: int, *, previous_suffix: str = "") -> tuple[str, str]:
    """The end of `prefix` and the start of `suffix` that a model is shown, of at most `n_characters` together.

    Both are cut at line ends, and inside of a line only where one is longer than a block. The two halves of the
    cursor's line are whole if they fit. `previous_suffix`, the one of the window before, is returned again where the
    new one differs from it only a little and not near to the cursor: that it is slightly out of date does less harm
    than computing it anew.
    """
    block = max(n_characters // N_BLOCKS, 1)
    n_for_prefix = int(n_characters * PREFIX_SHARE)
    n_for_suffix = max(n_characters - n_for_prefix, n_characters - len(prefix))
    prefix = prefix[_start(prefix, max(n_for_prefix, n_characters - len(suffix)), block) :]
    suffix = suffix[: _end(suffix, n_for_suffix, block)]
    if len(prefix) + len(previous_suffix) <= n_characters and _does_as_well(previous_suffix, suffix):
        suffix = previous_suffix
    return prefix, suffix


def _start(text: str, limit: int, block: int) -> int:
    """Where the last at most `limit` characters begin: at the first line of a block."""
    if len(text) <= limit:
        return 0
    edge = min(-(-(len(text) - limit) // block) * block, len(text))
    line = text.find("\n", edge - 1) + 1
    if not line:  # the last line begins before the edge
        line = text.rfind("\n") + 1
        return line if len(text) - line <= limit else edge
    return line if line <= edge + block else edge


def _end(text: str, limit: int, block: int) -> int:
    """Where the first at most `limit` characters end: behind the last line of a block."""
    if len(text) <= limit:
        return len(text)
    edge = max(len(text) - -(-(len(text) - limit) // block) * block, 0)
    line = text.rfind("\n", 0, edge) + 1
    if not line:  # the first line ends behind the edge
        line = text.find("\n") + 1
        return line if 0 < line <= limit else edge
    return line if line >= edge - block else edge


def _does_as_well(previous: str, new: str) -> bool:
    if previous == new:
        return True
    previous_lines, new_lines = previous.split("\n"), new.split("\n")
    if previous_lines[:N_NEAR_LINES] != new_lines[:N_NEAR_LINES]:
        return False
    n_common = (Counter(previous_lines) & Counter(new_lines)).total()
    return n_common >= SAME_SHARE * max(len(previous_lines), len(new_lines))
