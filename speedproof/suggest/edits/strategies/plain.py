"""Nothing but the wish."""

from speedproof.suggest.edits.brief import Brief


def ask(brief: Brief) -> str:
    return f"Make `{brief.target.qualname}` as fast as you can."
