"""The position of a character in a constant string, asked for in a loop: a dict made once, when the module is loaded.

Why: `index` and `find` search the string from its start each time.

Requires: the string is constant, and what is looked for is a single character: an item of a string, or of a name that
may be one. `index` must stand under a test that it is there; `find` is -1 for what is not.

Before:
    from string import ascii_uppercase


    def shifted(text: str, by: int) -> str:
        out = []
        for char in text.upper():
            if char in ascii_uppercase:
                out.append(ascii_uppercase[(ascii_uppercase.index(char) + by) % 26])
            else:
                out.append(char)
        return "".join(out)
After:
    from string import ascii_uppercase


    _ASCII_UPPERCASE_AT = {char: i for i, char in enumerate(ascii_uppercase)}


    def shifted(text: str, by: int) -> str:
        out = []
        for char in text.upper():
            if char in _ASCII_UPPERCASE_AT:
                out.append(ascii_uppercase[(_ASCII_UPPERCASE_AT[char] + by) % 26])
            else:
                out.append(char)
        return "".join(out)
Try:
    ("Hello, you", 3)
    ("", 1)
    ("ß", 2)

Before:
    def value(roman: str) -> int:
        digits = "0123456789abcdef"
        total = 0
        for i in range(len(roman)):
            total = total * 16 + digits.find(roman[i])
        return total
After:
    _DIGITS_AT = {char: i for i, char in enumerate("0123456789abcdef")}


    def value(roman: str) -> int:
        digits = "0123456789abcdef"
        total = 0
        for i in range(len(roman)):
            total = total * 16 + _DIGITS_AT.get(roman[i], -1)
        return total
Try:
    ("ff0",)
    ("x",)
    ("",)

Before:
    LETTERS = "abcdefghijklmnopqrstuvwxyz"


    def caesar(text: str, key: int) -> str:
        out = []
        for char in text:
            if char not in LETTERS:
                out.append(char)
            else:
                out.append(LETTERS[(LETTERS.index(char) + key) % len(LETTERS)])
        return "".join(out)
After:
    LETTERS = "abcdefghijklmnopqrstuvwxyz"


    _LETTERS_AT = {char: i for i, char in enumerate(LETTERS)}


    def caesar(text: str, key: int) -> str:
        out = []
        for char in text:
            if char not in _LETTERS_AT:
                out.append(char)
            else:
                out.append(LETTERS[(_LETTERS_AT[char] + key) % len(LETTERS)])
        return "".join(out)
Try:
    ("hello, you", 3)
    ("", 3)

Unchanged: it may not be there
    def f(text: str):
        return [("abc" + "d").index(char) for char in text]

Unchanged: not a character
    def f(text: str):
        digits = "0123456789"
        return [digits.find(word) for word in text.split()]

Unchanged: the string changes
    def f(text: str):
        letters = "abc"
        for char in text:
            letters = letters + char
            if char in letters:
                print(letters.index(char))
"""

import ast
import string

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.syntax import names
from speedproof.suggest.syntax.pattern import expression, match, same
from speedproof.suggest.syntax.tree import code, lines, small, walk

_LIBRARY = {name: getattr(string, name) for name in string.__all__ if isinstance(getattr(string, name), str)}


def rewrite(context: Context) -> cst.FunctionDef | None:
    if not context.builtins("enumerate", "reversed"):
        return None
    for call in context.find(cst.Call):
        found = match(call, "$chars.index($x)", "$chars.find($x)")
        if found is None or not _repeats(context, call):
            continue
        value = _constant_text(context, found.chars)
        if value is None or not _is_character(context, found.x) or len(value) < 2:
            continue
        is_index = match(call, "$chars.index($x)") is not None
        if is_index and not _is_under_test(context, call, found.x, found.chars):
            continue
        table = _table(context, found.chars, value)
        changes: dict[cst.CSTNode, object] = {}
        for node in walk(context.function.body, into_functions=False):
            if isinstance(node, cst.Call) and same(node, call):
                form = f"{table}[$x]" if is_index else f"{table}.get($x, -1)"
                changes[node] = expression(form, x=found.x)
            elif isinstance(node, cst.Comparison) and match(node, "$x in $chars", "$x not in $chars"):
                asked = match(node, "$x in $chars", "$x not in $chars")
                if asked and same(asked.x, found.x) and same(asked.chars, found.chars):
                    changes[node.comparisons[0].comparator] = cst.Name(table)
        return context.replaced_all(changes)
    return None


def _repeats(context: Context, call: cst.Call) -> bool:
    return context.loop_around(call) is not None or any(
        isinstance(above, cst.ListComp | cst.GeneratorExp | cst.SetComp | cst.DictComp)
        for above in context.ancestors(call)
    )


def _constant_text(context: Context, node: cst.BaseExpression) -> str | None:
    """The text that the expression always is."""
    if isinstance(node, cst.SimpleString) and isinstance(node.evaluated_value, str):
        return node.evaluated_value
    if not isinstance(node, cst.Name):
        return None
    if node.value in context.locals:
        made = [a for a in context.find(cst.Assign) if len(a.targets) == 1 and same(a.targets[0].target, node)]
        if context.n_stores(node.value) != 1 or len(made) != 1 or node.value in (*context.parameters, *context.shared):
            return None
        return _constant_text(context, made[0].value)
    for name, text in _LIBRARY.items():
        if context.module.imported("string", name) == node.value:
            return str(text)
    known = context.module.constant(node.value)
    return known.value if isinstance(known, ast.Constant) and isinstance(known.value, str) else None


def _is_character(context: Context, x: cst.BaseExpression) -> bool:
    """Whether the expression is an item of a string: not a longer or empty one."""
    if isinstance(x, cst.Subscript):
        return context.is_a(x.value, "str") and not isinstance(x.slice[0].slice, cst.Slice)
    if not isinstance(x, cst.Name) or x.value in context.parameters:
        return False
    taken = [
        node
        for node in ast.walk(context.tree)
        if isinstance(node, ast.For | ast.comprehension) and _takes_characters(context, node.target, node.iter, x.value)
    ]
    return context.n_stores(x.value) == len(taken) > 0


def _takes_characters(context: Context, target: ast.expr, iterable: ast.expr, name: str) -> bool:
    match target, iterable:
        case ast.Name(id=bound), _ if bound == name:
            return _may_be_text(context, iterable)
        case ast.Tuple(elts=[_, ast.Name(id=bound)]), ast.Call(func=ast.Name(id="enumerate"), args=[inner, *_]):
            return bound == name and _may_be_text(context, inner)
    return False


def _may_be_text(context: Context, iterable: ast.expr) -> bool:
    """Whether it is a string, or a name that nothing says is not: its items are looked for in a text, after all."""
    kind = context.type_of_ast(iterable)
    return kind.name == "str" if kind is not None else isinstance(iterable, ast.Name)


def _is_under_test(context: Context, call: cst.Call, x: cst.BaseExpression, chars: cst.BaseExpression) -> bool:
    """Whether the call only runs where `x in chars` is known: in a branch, or after one that leaves otherwise."""

    def says(test: cst.BaseExpression, *patterns: str) -> bool:
        found = match(test, *patterns)
        return found is not None and same(found.x, x) and same(found.chars, chars)

    inside: cst.CSTNode = call
    for above in context.ancestors(call):
        if isinstance(above, cst.If | cst.IfExp):
            if inside is above.body and says(above.test, "$x in $chars", "$x in $chars and $more"):
                return True
            if inside is above.orelse and says(above.test, "$x not in $chars", "$x not in $chars or $more"):
                return True
        if isinstance(above, cst.IndentedBlock):
            for line in lines(above):
                if line is inside:
                    break
                guard = match(line, "if $test:\n    $$then")
                leaves = guard and isinstance(small(guard.then[-1]), cst.Return | cst.Continue | cst.Raise)
                if guard and leaves and says(guard.test, "$x not in $chars", "$x not in $chars or $more"):
                    return True
                if isinstance(x, cst.Name) and x.value in names.writes(line):
                    return False
        inside = above
    return False


def _table(context: Context, chars: cst.BaseExpression, value: str) -> str:
    """The name of the dict of positions: of the first ones, where a character comes more than once."""
    is_local = isinstance(chars, cst.Name) and chars.value in context.locals
    source = repr(value) if is_local else code(chars)
    if is_local:
        source = ast.unparse(ast.Constant(value)).replace("'", '"') if '"' not in value else repr(value)
    stem = f"_{chars.value.upper()}_AT" if isinstance(chars, cst.Name) else "_CHARACTER_AT"
    if len(set(value)) == len(value):
        return context.constant(stem, f"{{char: i for i, char in enumerate({source})}}")
    return context.constant(stem, f"{{char: i for i, char in reversed([*enumerate({source})])}}")
