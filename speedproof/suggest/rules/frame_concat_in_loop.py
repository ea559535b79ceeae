"""`frame = pd.concat([frame, part])` in a loop: the parts in a list, one concat.

Why: each `concat` copies all that is there already, so the loop takes the square of its length.

Requires: the loop does nothing else with the frame, and nobody sees it before the loop is over; no option but
`ignore_index`.

Before:
    import pandas as pd

    def doubled(frames):
        whole = pd.DataFrame({"a": [0]})
        for frame in frames:
            whole = pd.concat([whole, frame * 2], ignore_index=True)
        return whole
After:
    import pandas as pd

    def doubled(frames):
        whole = pd.DataFrame({"a": [0]})
        whole_parts = [whole]
        for frame in frames:
            whole_parts.append(frame * 2)
        if len(whole_parts) > 1:
            whole = pd.concat(whole_parts, ignore_index=True)
        return whole
Try:
    ([pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": [3.5]})],)
    ([],)

Unchanged: it is read in between
    import pandas as pd

    def f(frames):
        whole = pd.DataFrame()
        for frame in frames:
            whole = pd.concat([whole, frame])
            print(len(whole))
        return whole

Unchanged: in front
    import pandas as pd

    def f(frames):
        whole = pd.DataFrame()
        for frame in frames:
            whole = pd.concat([frame, whole])
        return whole
"""

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.rules.loops import collected, whole_loop
from speedproof.suggest.syntax.pattern import match

_OPTIONS = ("", ", ignore_index=True")


def rewrite(context: Context) -> cst.FunctionDef | None:
    for concat in context.spellings("pandas", "concat") if context.is_builtin("len") else ():
        for node in context.find(cst.Assign):
            for options in _OPTIONS:
                found = match(node, f"$frame = {concat}([$frame, $part]{options})")
                name = found and found.id("frame")
                loop = whole_loop(context, node, name) if name else None
                if not found or not name or loop is None:
                    continue
                parts = context.fresh(f"{name}_parts")
                after = f"if len({parts}) > 1:\n    {name} = {concat}({parts}{options})"
                return collected(context, loop, node, parts, f"[{name}]", found.part, after)
    return None
