"""What rules about lists have in common."""

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.syntax import names
from speedproof.suggest.syntax.pattern import match


def is_own_list(context: Context, name: str) -> bool:
    """Whether the name only ever holds lists made in this function, which nothing else holds before it returns."""
    if not context.is_local(name) or name in context.parameters:
        return False
    made = 0
    for node in context.find(cst.Assign):
        found = match(node, f"{name} = $value")
        if found is None:
            continue
        if not makes_list(context, found.value) and not match(found.value, f"{name} + $more"):
            return False
        made += makes_list(context, found.value)
    return made > 0 and not names.aliased(context.tree, name)


def makes_list(context: Context, value: cst.BaseExpression) -> bool:
    """Whether the expression makes a list of its own."""
    if isinstance(value, cst.List | cst.ListComp):
        return True
    return bool(match(value, "list()", "list($x)", "sorted($x)")) and context.builtins("list", "sorted")
