"""Where the time goes, line by line, in a call of the project's own: EffiLearner (Huang et al., 2024)."""

from speedproof.suggest.edits.brief import Brief

MIN_SHARE = 0.01


def ask(brief: Brief) -> str:
    lines = brief.target.text.split("\n")
    rows = [
        f"    {one.n_runs:>9}  {one.share:>5.0%}  {lines[one.line - 1]}"
        for one in brief.profile
        if one.share >= MIN_SHARE and 0 < one.line <= len(lines)
    ]
    if not rows:
        return ""
    table = "\n".join(["         runs   time  line", *rows])
    return (
        f"In the call `{brief.profiled}` the lines of `{brief.target.qualname}` ran so often, and took these shares of"
        f" the time:\n\n{table}\n\nMake it faster where the time goes: fewer runs of the lines that take most of it"
        " are worth more than the same runs a little quicker."
    )
