"""A computation that a loop repeats with the same result: once before the loop.

Why: the loop does it again for every item. Measured: 3.3-5.2× (catalogue 2).

Requires: the computation has no effect, and uses up no iterator; nothing that it reads is bound or changed in the loop,
and a new list or set is only read where it is made.
Where it could raise, it is what a `while` asks first of all, or the loop goes through a collection with a name, and
nothing is computed for an empty one.

Before:
    def normalized(values: list[float]) -> list[float]:
        out = []
        for value in values:
            out.append((value - min(values)) / (max(values) - min(values)))
        return out
After:
    def normalized(values: list[float]) -> list[float]:
        out = []
        min_values = min(values) if values else None
        max_values = max(values) if values else None
        for value in values:
            out.append((value - min_values) / (max_values - min_values))
        return out
Try:
    ([1.0, 2.0, 4.0],)
    ([],)
    ([1.0],)

Before:
    def shares(values):
        return [value / sum(values) for value in values]
After:
    def shares(values):
        sum_values = sum(values) if values else None
        return [value / sum_values for value in values]
Try:
    ([1, 2],)
    ([],)
    (["x"],)

Before:
    def starts(text: str, n: int):
        found = []
        i = 0
        while i < len(text.strip()):
            if text.lower()[i] == "a":
                found.append(i)
            i += 1
        return found
After:
    def starts(text: str, n: int):
        found = []
        i = 0
        len_text = len(text.strip())
        text_lower = text.lower()
        while i < len_text:
            if text_lower[i] == "a":
                found.append(i)
            i += 1
        return found
Try:
    (" banana ", 1)
    ("", 1)

Before:
    def divisors(n: int):
        found = []
        i = 1
        while i <= math.sqrt(n) and i < len(str(n)):
            if n % i == 0:
                found.append(i)
            i += 1
        return found
    import math
After:
    def divisors(n: int):
        found = []
        i = 1
        math_sqrt = math.sqrt(n)
        len_str = len(str(n))
        while i <= math_sqrt and i < len_str:
            if n % i == 0:
                found.append(i)
            i += 1
        return found
    import math
Try:
    (36000,)
    (0,)
    (-1,)

Unchanged: it changes in the loop
    def f(values):
        while sum(values) > 10:
            values.pop()
        return values

Unchanged: it depends on the loop's variable
    def f(rows):
        return [sum(row) / len(row) for row in rows]

Unchanged: a new list each time, to be changed
    def f(values: list[int], orders):
        for order in orders:
            left = sorted(values)
            left.remove(order)
            print(left)

Unchanged: it uses up an iterator
    def f(values, it):
        for value in values:
            print(sum(it))

Unchanged: it may raise, and may never be reached
    def f(values, others):
        for value in others:
            if value:
                return max(values)

Unchanged: who knows what it does
    def f(values, g):
        return [g(values) + value for value in values]
"""

import re

import libcst as cst

from speedproof.suggest.rules.base import Comprehension, Context
from speedproof.suggest.rules.effects import is_pure
from speedproof.suggest.rules.repeated import place_before, read_again
from speedproof.suggest.syntax import names
from speedproof.suggest.syntax.pattern import match, same, statement
from speedproof.suggest.syntax.tree import Statement, code, replace, walk

_MATH = frozenset({"sqrt", "isqrt", "factorial", "log", "log2", "log10", "pow", "ceil", "floor"})
_WORTH = frozenset({"sum", "min", "max", "sorted", "set", "list", "tuple", "dict", "frozenset", "str", "abs"})
_USES_UP = frozenset({"sum", "min", "max", "sorted", "set", "list", "tuple", "dict", "frozenset"})
_MAKES_CHANGEABLE = ("sorted", "set", "list", "dict")
_TEXT_METHODS = frozenset(
    {"lower", "upper", "strip", "lstrip", "rstrip", "casefold", "title", "capitalize", "swapcase"}
)


def rewrite(context: Context) -> cst.FunctionDef | None:
    for call in context.find(cst.Call):
        if not _is_worth_it(context, call) or not is_pure(context, call):
            continue
        place = place_before(context, call, call)
        if place is None or not _may_be_shared(context, call, place):
            continue
        reads_all = isinstance(call.func, cst.Name) and call.func.value in _USES_UP
        if reads_all and not all(read_again(context, argument.value) for argument in call.args):
            continue
        safe = _never_raises(context, call) or _is_asked_first(context, call, place)
        guard = None if safe else _collection(context, place, call)
        if guard is None and not safe:
            continue
        name = context.fresh(_name_for(call))
        value = "$call if $guard else None" if guard else "$call"
        before = statement(f"$name = {value}", name=name, call=call, guard=guard or "None")
        changes = {
            n: cst.Name(name) for n in walk(place, into_functions=False) if isinstance(n, cst.Call) and same(n, call)
        }
        return context.preceded(place, [before], replace(place, changes))
    return None


def _is_worth_it(context: Context, call: cst.Call) -> bool:
    """Whether it is a call that takes time in proportion to what it is given, of something with a name."""
    match call.func:
        case cst.Name(value=name):
            known = name in _WORTH and context.is_builtin(name)
            sized = [context.type_of(argument.value) for argument in call.args]
            number = all(kind is not None and kind.name in ("int", "float", "bool") for kind in sized)
            measured = name == "len" and context.is_builtin(name)
            known = (known and not (number and name != "str")) or measured or _is_math(context, call)
            return known and bool(names.reads(call) & context.locals)
        case cst.Attribute(attr=cst.Name(value=name)):
            known = name in _TEXT_METHODS or _is_math(context, call)
            return known and bool(names.reads(call) & context.locals)
    return False


def _is_math(context: Context, call: cst.Call) -> bool:
    called = code(call.func)
    return any(called in context.spellings("math", name) for name in _MATH)


def _is_asked_first(context: Context, call: cst.Call, place: Statement) -> bool:
    """Whether a `while` makes the call before anything else, and so even if the loop never turns."""
    if not isinstance(place, cst.While):
        return False
    inside: cst.CSTNode = call
    for above in context.ancestors(call):
        if above is place:
            return inside is place.test
        if isinstance(above, cst.BooleanOperation) and inside is not above.left:
            return False
        if isinstance(above, Comprehension | cst.IfExp | cst.Lambda):
            return False
        inside = above
    return False


def _may_be_shared(context: Context, call: cst.Call, place: Statement) -> bool:
    """Whether all turns of the loop may get the same object: it cannot change, or is only read where it is made."""
    if not match(call.func, *_MAKES_CHANGEABLE) and not (match(call.func, "sum") and len(call.args) > 1):
        return True
    twins = [node for node in walk(place, into_functions=False) if isinstance(node, cst.Call) and same(node, call)]
    return all(_is_only_read(context, twin) for twin in twins)


def _is_only_read(context: Context, node: cst.CSTNode) -> bool:
    match context.parent(node):
        case cst.For(iter=read) | cst.CompFor(iter=read):
            return read is node
        case cst.Comparison() | cst.ComparisonTarget() | cst.BinaryOperation():
            return True
        case cst.Subscript(value=value):
            return value is node
        case cst.Attribute(attr=cst.Name(value=name)):
            return name in ("index", "count", "get", "union", "intersection", "difference", "issubset", "issuperset")
        case cst.Arg() as argument:
            call = context.parent(argument)
            reader = call.func.value if isinstance(call, cst.Call) and isinstance(call.func, cst.Name) else ""
            return reader in ("len", "sum", "min", "max", "any", "all", "str", "sorted", "tuple", "list", "set")
    return False


def _never_raises(context: Context, call: cst.Call) -> bool:
    measured = match(call, "len($x)")
    if measured:
        return context.is_a(measured.x, "list", "tuple", "str", "dict", "set", "deque", "bytes") or any(
            same(node, call) for loop in context.find(cst.For) for node in walk(loop.iter)
        )
    if isinstance(call.func, cst.Attribute):
        return not call.args and context.is_a(call.func.value, "str")
    found = match(call, "$f($x)")
    if found is None or found.id("f") not in ("set", "list", "tuple", "frozenset", "str"):
        return False
    kind = context.type_of(found.x)
    if kind is None or kind.name not in ("list", "tuple", "str", "int", "float", "range"):
        return False
    return found.id("f") in ("list", "tuple", "str") or (kind.item is not None and kind.item.name in ("int", "str"))


def _collection(context: Context, place: Statement, call: cst.Call) -> cst.BaseExpression | None:
    """The named collection that `place` goes through, evaluating the call for its every item."""
    loop: cst.For | cst.CompFor | None = place if isinstance(place, cst.For) else None
    inside: cst.CSTNode = call
    for above in context.ancestors(call):
        if isinstance(above, cst.If | cst.IfExp | cst.BooleanOperation | cst.Try | cst.While | cst.Lambda):
            first = above.test if isinstance(above, cst.If | cst.IfExp) else getattr(above, "left", None)
            if inside is not first:
                return None
        if isinstance(above, cst.For) and above is not place:
            return None
        if isinstance(above, Comprehension):
            if loop is not None or above.for_in.inner_for_in or (above.for_in.ifs and inside is not above.for_in):
                return None
            if not isinstance(place, cst.For):
                loop = above.for_in
        if above is place:
            break
        inside = above
    if loop is None:
        return None
    for pattern in ("range(len($xs))", "enumerate($xs)", "$xs"):
        found = match(loop.iter, pattern)
        if found and isinstance(found.xs, cst.Name):
            return found.xs if found.id("xs") in context.locals else None
    return None


def _name_for(call: cst.Call) -> str:
    """`max_values` for `max(values)`, `text_lower` for `text.lower()`."""
    words = re.findall(r"[A-Za-z_]\w*", code(call))
    return "_".join([*words[:2]]) if len(words) <= 3 else f"{words[0]}_{words[1]}"
