"""How the function is really called: an answer can be right for what it will never see, and slow for what it does."""

from speedproof.suggest.edits.brief import Brief


def ask(brief: Brief) -> str:
    if not brief.calls:
        return ""
    calls = "\n".join(f"    {call}" for call in brief.calls)
    return (
        f"These are calls of `{brief.target.qualname}` as a run of the project makes them:\n\n{calls}\n\n"
        "Make it as fast as you can for calls like these and for larger ones of the same kind. For all others, too, its"
        " results have to stay the same."
    )
