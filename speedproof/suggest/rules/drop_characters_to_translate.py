"""Characters of a constant set left out of a string one by one: `translate`.

Why: `translate` runs inside the interpreter. Measured: 10-12× (catalogue 24).

Requires: the set is a literal of single characters or one of `string`'s constants, and what is joined are the
characters of something that is simply read: anything that is not a string fails instead of giving something else.

Before:
    def consonants(text: str) -> str:
        return "".join([char for char in text if char not in "aeiou"])
After:
    _DROPPED = dict.fromkeys(map(ord, "aeiou"))


    def consonants(text: str) -> str:
        return text.translate(_DROPPED)
Try:
    ("hello",)
    ("",)
    ("é aeiou 𝔘",)

Before:
    def plain(text):
        return "".join(c for c in text if c not in (".", ","))
After:
    _DROPPED = dict.fromkeys(map(ord, ".,"))


    def plain(text):
        return text.translate(_DROPPED)
Try:
    ("a.b,c",)
    ("",)

Before:
    import string

    def bare(words):
        return "".join(c for c in words[0] if c not in string.punctuation)
After:
    import string

    _DROPPED = dict.fromkeys(map(ord, string.punctuation))


    def bare(words):
        return words[0].translate(_DROPPED)
Try:
    (["it's"],)
    ([""],)

Unchanged: a set of its own
    def f(text, dropped):
        return "".join(c for c in text if c not in dropped)

Unchanged: kept instead of dropped
    def f(text):
        return "".join([char for char in text if char in "aeiou"])

Unchanged: something longer than a character
    def f(words):
        return "".join([word for word in words if word not in ("a", "the")])

Unchanged: changed on the way
    def f(text):
        return "".join([char.upper() for char in text if char not in "aeiou"])
"""

import ast

import libcst as cst

from speedproof.suggest.rules.base import Context
from speedproof.suggest.rules.effects import is_pure
from speedproof.suggest.syntax.pattern import expression, match, same
from speedproof.suggest.syntax.tree import meaning

_CONSTANTS = ("ascii_letters", "ascii_lowercase", "ascii_uppercase", "digits", "hexdigits", "punctuation", "whitespace")


def rewrite(context: Context) -> cst.FunctionDef | None:
    if not context.builtins("dict", "map", "ord"):
        return None
    for call in context.find(cst.Call):
        found = match(call, '"".join($made)')
        made = found.made if found else None
        if not isinstance(made, cst.ListComp | cst.GeneratorExp) or not same(made.elt, made.for_in.target):
            continue
        clause = made.for_in
        one_test = len(clause.ifs) == 1 and not clause.inner_for_in and not clause.asynchronous
        test = match(clause.ifs[0].test, "$char not in $dropped") if one_test else None
        dropped = _characters(context, test.dropped) if test and same(test.char, clause.target) else None
        if dropped is None or not is_pure(context, clause.iter) or isinstance(clause.iter, cst.Call):
            continue
        kind = context.type_of(clause.iter)
        if kind is not None and kind.name != "str":
            continue
        table = context.constant("_DROPPED", f"dict.fromkeys(map(ord, {dropped}))")
        return context.replaced(call, expression(f"$text.translate({table})", text=clause.iter))
    return None


def _characters(context: Context, node: cst.BaseExpression) -> str | None:
    """The code of a text that holds what a literal text, list, tuple or set of single characters does."""
    for constant in _CONSTANTS:
        if any(match(node, spelled) for spelled in context.spellings("string", constant)):
            return cst.Module([]).code_for_node(node)
    match meaning(node):
        case ast.Constant(value=str(text)):
            return _quoted(text) if text else None
        case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
            texts = [e.value for e in elements if isinstance(e, ast.Constant) and isinstance(e.value, str)]
            whole = len(texts) == len(elements) > 0 and all(len(text) == 1 for text in texts)
            return _quoted("".join(texts)) if whole else None
    return None


def _quoted(text: str) -> str:
    """The literal in double quotes, where that needs no backslashes."""
    return f'"{text}"' if repr(text) == f"'{text}'" and '"' not in text else repr(text)
