"""A local list used as a queue, `pop(0)` at its front: a deque.

Why: `list.pop(0)` moves every remaining element, `deque.popleft` none. Measured: 21-59× (catalogue 9).

Requires: the list is made in this function and never leaves it; it is only appended to, extended, popped at either
end, indexed by constants, tested for truth, measured with `len` or searched with `in`. The one difference left is the
message of the IndexError for an empty queue.

Before:
    def order(graph, start):
        queue = [start]
        seen = {start}
        visited = []
        while queue:
            node = queue.pop(0)
            visited.append(node)
            for other in graph[node]:
                if other not in seen:
                    seen.add(other)
                    queue.append(other)
        return visited
After:
    from collections import deque


    def order(graph, start):
        queue = deque([start])
        seen = {start}
        visited = []
        while queue:
            node = queue.popleft()
            visited.append(node)
            for other in graph[node]:
                if other not in seen:
                    seen.add(other)
                    queue.append(other)
        return visited
Try:
    ({1: [2, 3], 2: [], 3: [2]}, 1)
    ({1: []}, 1)
    ({}, 1)

Before:
    def rounds(people, k):
        waiting = list(people)
        while len(waiting) > 1:
            for _ in range(k):
                waiting.append(waiting.pop(0))
            waiting.pop()
        return waiting[0]
After:
    from collections import deque


    def rounds(people, k):
        waiting = deque(people)
        while len(waiting) > 1:
            for _ in range(k):
                waiting.append(waiting.popleft())
            waiting.pop()
        return waiting[0]
Try:
    ([1, 2, 3, 4], 3)
    ("abc", 1)

Unchanged: the list is returned
    def f(items):
        queue = [1]
        while len(queue) < 5:
            queue.pop(0)
        return queue

Unchanged: the caller's list
    def f(queue):
        while queue:
            queue.pop(0)

Unchanged: popped in the middle
    def f(items):
        queue = list(items)
        while len(queue) > 3:
            queue.pop(0)
            queue.pop(1)

Unchanged: sliced
    def f(items):
        queue = list(items)
        while queue:
            queue.pop(0)
            print(queue[1:])

Unchanged: shared with a nested function
    def f(items):
        queue = list(items)
        def take():
            return queue.pop(0)
        while queue:
            take()
            queue.pop(0)
"""

import ast

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.syntax import names
from speedproof.suggest.syntax.names import Use
from speedproof.suggest.syntax.pattern import expression, match

_QUEUE_METHODS = frozenset({"append", "extend", "pop", "clear"})


def rewrite(context: Context) -> cst.FunctionDef | None:
    for call in context.find(cst.Call):
        found = match(call, "$queue.pop(0)")
        name = found and found.id("queue")
        if not name or not context.is_local(name) or name in context.parameters:
            continue
        if context.loop_around(call) is None or not context.builtins("list"):
            continue
        made = [node for node in context.find(cst.Assign) if match(node, f"{name} = $value")]
        if names.count(context.tree, name) != len(names.uses(context.tree, name)) + len(made):
            continue
        changes: dict[cst.CSTNode, cst.CSTNode] = {}
        for assign in made:
            value = _contents(assign.value)
            if value is not None:
                changes[assign.value] = value
        if not made or len(changes) < len(made):
            continue
        if not all(map(_is_queue_use, names.uses(context.tree, name))):
            continue
        deque = context.imported("collections", "deque")
        if deque is None:
            continue
        changes = {old: expression("$deque($value)", deque=deque, value=new) for old, new in changes.items()}  # type: ignore[arg-type]
        for other in context.find(cst.Call):
            if match(other, f"{name}.pop(0)"):
                changes[other] = expression(f"{name}.popleft()")
            elif match(other, f"{name}.pop(-1)"):
                changes[other] = expression(f"{name}.pop()")
        return context.replaced_all(changes)
    return None


def _contents(value: cst.BaseExpression) -> cst.BaseExpression | None:
    """What to make the deque of, if the expression makes a new list; a list itself stays as it stands."""
    found = match(value, "list($items)")
    if found:
        return found.items if not isinstance(found.items, cst.GeneratorExp) else value
    if isinstance(value, cst.List | cst.ListComp) or match(value, "sorted($items)", "list()"):
        return value
    return None


def _is_queue_use(use: Use) -> bool:
    if use.call is not None:
        ends = [ast.unparse(argument) for argument in use.call.args] in ([], ["0"], ["-1"])
        return use.detail in _QUEUE_METHODS and (use.detail != "pop" or ends)
    if use.kind == "item":
        index = use.parent.slice if isinstance(use.parent, ast.Subscript) else None
        return isinstance(index, ast.Constant | ast.UnaryOp)
    return use.kind in ("contains", "truth") or (use.kind == "argument" and use.detail == "len")
