"""Edits of functions that resemble this one, our rules' and the user's own proved ones, as in PIE."""

from speedproof.suggest.edits.brief import Brief
from speedproof.suggest.edits.pairs import as_text, most_alike, shipped

MOST = 2


def ask(brief: Brief) -> str:
    found = most_alike(brief.target.lines, [*brief.own_pairs, *shipped()], MOST)
    if not found:
        return ""
    return (
        f"These edits of other functions were proved to change nothing but the time:\n\n{as_text(found)}\n\n"
        f"Make `{brief.target.qualname}` faster, in a way like theirs or a better one."
    )
