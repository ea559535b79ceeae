"""`copy.deepcopy` of a flat collection of values that cannot change: its own `copy`.

Why: `deepcopy` looks at every item and remembers it. Measured: 126-129× (catalogue 14).

Requires: the collection is known to be a list, dict or set, and its items (a dict's keys and values) to be numbers,
strings or the like, which `deepcopy` shares as well.

Before:
    import copy
    from copy import deepcopy


    def both(values: list[int], table: dict[str, float]):
        return copy.deepcopy(values), deepcopy(table)
After:
    import copy
    from copy import deepcopy


    def both(values: list[int], table: dict[str, float]):
        return values.copy(), table.copy()
Try:
    ([1, 2], {"a": 1.5})
    ([], {})

Unchanged: lists in it would be shared
    import copy
    def f(rows: list[list[int]]):
        return copy.deepcopy(rows)

Unchanged: values that are not known
    import copy
    def f(table: dict, rows: dict[str, list]):
        return copy.deepcopy(table), copy.deepcopy(rows)
"""

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.syntax.pattern import expression, match
from speedproof.suggest.syntax.types import HASHABLE


def rewrite(context: Context) -> cst.FunctionDef | None:
    for call in context.find(cst.Call):
        for name in context.spellings("copy", "deepcopy"):
            found = match(call, f"{name}($values)")
            kind = context.type_of(found.values) if found else None
            if found is None or kind is None or kind.name not in ("list", "dict", "set"):
                continue
            held = kind.fields if kind.name == "dict" else (kind.item,)
            if held and all(item is not None and item.name in HASHABLE for item in held):
                return context.replaced(call, expression("$values.copy()", values=found.values))
    return None
