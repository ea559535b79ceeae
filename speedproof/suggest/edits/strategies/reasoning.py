"""The algorithm first, in words, then the code, as in LLM4EFFI (Ye et al., 2025)."""

from speedproof.suggest.edits.brief import Brief


def ask(brief: Brief) -> str:
    return (
        f"Make `{brief.target.qualname}` faster. Before any code, in at most six short lines: what it computes, how its"
        " time grows with the size of its arguments and where that time goes; then two other algorithms or structures"
        " for it, with how theirs would grow; then which of them gives exactly the same results, and is the fastest for"
        " realistic sizes. Then the code of that one."
    )
