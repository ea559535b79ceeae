"""From a model's answer to the text of a module: read tolerantly, applied exactly.

An answer is prose with code in it: the whole function, alone or in its class, with imports, helpers and constants
beside it; or blocks that say what to search for and what to put in its place. Of the function only its body is taken.
What it is called with, how it is decorated and what its docstring says is not for a model to change.
"""

import ast
import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import libcst as cst

from speedproof.core.target import Target
from speedproof.suggest.edits.body import code_of, with_body_of
from speedproof.suggest.edits.readable import foreign_imports, is_too_deep, is_too_long
from speedproof.suggest.syntax.module import Additions, ModuleFacts
from speedproof.suggest.syntax.source import FunctionSource, put_back, tree_of

MAX_CHARACTERS = 60_000
"""Of an answer; more than that is no rewrite of one function."""
_FENCE = re.compile(r"^[ \t]*(```+|~~~+)[^\n`]*\n(.*?)(?:^[ \t]*\1[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
_REPLACEMENT = re.compile(
    r"^<{5,9} ?SEARCH[^\n]*\n(.*?)^={5,9}[ \t]*\n(.*?)^>{5,9} ?REPLACE[^\n]*$", re.DOTALL | re.MULTILINE
)


class Failure(StrEnum):
    """Why nothing can be made of an answer."""

    EMPTY = "empty"
    NO_CODE = "no code"
    NO_PYTHON = "code that does not parse"
    OTHER_FUNCTION = "another function"
    OTHER_SIGNATURE = "another signature"
    NOT_FOUND = "a search text that is not in the function"
    NAME_TAKEN = "a helper with a name that is taken"
    NEW_DEPENDENCY = "a new dependency"
    TOO_LONG = "too long to be read"
    TOO_DEEP = "nested too deeply to be read"
    UNCHANGED = "the function as it was"


class Unusable(Exception):
    """An answer that cannot be applied."""

    def __init__(self, failure: Failure, detail: str = "") -> None:
        super().__init__(f"{failure.value}: {detail}" if detail else failure.value)
        self.failure = failure


def rewritten(target: Target, answer: str) -> Target:
    """The target as `answer` wants it. Raises Unusable."""
    answer = _THOUGHT.sub("", answer[:MAX_CHARACTERS].replace("\r\n", "\n").replace("\r", "\n"))
    if not answer.strip():
        raise Unusable(Failure.EMPTY)
    source, facts = FunctionSource.of(target), ModuleFacts.of(target.text)
    if source is None or facts is None:
        raise Unusable(Failure.NO_PYTHON, "the function stands where it cannot be replaced")
    try:
        found = _found(target, answer)
        _same_signature(source.function, found.function)
        _readable(facts, source.function, found)
        function = with_body_of(source.function, found.function)
        made = put_back(target, source, function, _additions(facts, found))
        is_same = normal_form(made.text) == normal_form(target.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        # What two parsers do not agree about, or nests too deeply to be walked.
        raise Unusable(Failure.NO_PYTHON) from error
    if is_same:
        raise Unusable(Failure.UNCHANGED)
    return made


def normal_form(text: str) -> str:
    """What two modules have in common that differ in layout and comments alone. Raises Unusable for what is none."""
    facts = ModuleFacts.of(text)
    if facts is None:
        raise Unusable(Failure.NO_PYTHON, "the module does not parse")
    return ast.dump(facts.tree)


@dataclass(frozen=True)
class _Found:
    function: cst.FunctionDef
    others: tuple[cst.BaseSmallStatement | cst.BaseCompoundStatement, ...]
    """Top-level statements beside it: imports, helpers, constants."""


def _found(target: Target, answer: str) -> _Found:
    """The function in an answer. Where several blocks of code hold it, the last one: what is before are drafts."""
    blocks = _REPLACEMENT.findall(answer)
    if blocks:
        answer = _replaced(target, blocks)
    others = False
    parsed_any = False
    texts = list(_code_in(answer))
    for text in reversed(texts):
        module = _parsed(text)
        if module is None:
            continue
        parsed_any = True
        found = _in_module(module, target)
        if found is not None:
            return found
        others = others or any(isinstance(node, cst.FunctionDef | cst.ClassDef) for node in module.body)
    if others:
        raise Unusable(Failure.OTHER_FUNCTION, f"`{target.name}` is not in it")
    if not texts or parsed_any:
        raise Unusable(Failure.NO_CODE)
    raise Unusable(Failure.NO_PYTHON)


def _replaced(target: Target, blocks: Sequence[tuple[str, str]]) -> str:
    """The function's text after each replacement, of which every search text is there exactly as it is, once."""
    text = textwrap.dedent(target.lines.replace("\r\n", "\n") + "\n")
    for search, new in blocks:
        for wanted, instead in ((search, new), (textwrap.dedent(search), textwrap.dedent(new))):
            if wanted.strip() and text.count(wanted) == 1:
                text = text.replace(wanted, instead)
                break
        else:
            raise Unusable(Failure.NOT_FOUND, (search.strip().splitlines() or ["an empty one"])[0][:60])
    return text


def _code_in(answer: str) -> Iterator[str]:
    """Blocks between fences, or, without any, what may be code as a whole."""
    fenced = [match[2] for match in _FENCE.finditer(answer)]
    if fenced:
        yield from fenced
        # A model may show helpers in one block and the function in another.
        if len(fenced) > 1:
            yield "\n".join(fenced)
    elif re.search(r"^\s*(?:async\s+)?def\s", answer, re.MULTILINE):
        yield answer
        begin = re.search(r"^(?:@|from |import |async def |def |class )", answer, re.MULTILINE)
        if begin:
            yield answer[begin.start() :]


def _parsed(text: str) -> cst.Module | None:
    text = textwrap.dedent(text).strip("\n") + "\n"
    # First Python's own parser: what is nested without end takes libcst's many seconds.
    if tree_of(text) is None:
        return None
    try:
        return cst.parse_module(text)
    except (cst.ParserSyntaxError, cst.CSTValidationError, UnicodeError, RecursionError):
        return None


def _in_module(module: cst.Module, target: Target) -> _Found | None:
    """The function at the top level, or as a method of a class, and what else is at the top level."""
    owner, _, name = target.qualname.rpartition(".")
    others: list[cst.BaseSmallStatement | cst.BaseCompoundStatement] = []
    function: cst.FunctionDef | None = None
    for statement in module.body:
        if isinstance(statement, cst.FunctionDef) and statement.name.value == name:
            function = statement
        elif isinstance(statement, cst.ClassDef) and owner and statement.name.value == owner.rpartition(".")[2]:
            methods = [each for each in statement.body.body if isinstance(each, cst.FunctionDef)]
            function = next((each for each in methods if each.name.value == name), function)
        elif isinstance(statement, cst.SimpleStatementLine):
            others.extend(statement.body)
        else:
            others.append(statement)
    return None if function is None else _Found(function, tuple(others))


def _same_signature(original: cst.FunctionDef, other: cst.FunctionDef) -> None:
    """Names, kinds and defaults of the parameters; annotations are the original's in any case."""
    if bool(original.asynchronous) != bool(other.asynchronous):
        raise Unusable(Failure.OTHER_SIGNATURE, "`async`")
    expected, given = _parameters(original), _parameters(other)
    if expected != given:
        raise Unusable(Failure.OTHER_SIGNATURE, f"({given}) instead of ({expected})")


def _readable(facts: ModuleFacts, original: cst.FunctionDef, found: _Found) -> None:
    before = ast.parse(code_of(original))
    nodes = [ast.parse(code_of(node)) for node in (found.function, *found.others)]
    foreign = foreign_imports(facts.tree, nodes)
    if foreign:
        raise Unusable(Failure.NEW_DEPENDENCY, ", ".join(f"`{name}`" for name in foreign))
    if is_too_long(before, nodes):
        raise Unusable(Failure.TOO_LONG)
    if is_too_deep(before, nodes):
        raise Unusable(Failure.TOO_DEEP)


def _parameters(function: cst.FunctionDef) -> str:
    plain = function.params.visit(_WithoutAnnotations())
    assert isinstance(plain, cst.Parameters)
    made = cst.parse_statement("def f(): pass\n")
    assert isinstance(made, cst.FunctionDef)
    code = cst.Module([made.with_changes(params=plain)]).code
    arguments = ast.parse(code).body[0]
    assert isinstance(arguments, ast.FunctionDef)
    return ast.unparse(arguments.args)


class _WithoutAnnotations(cst.CSTTransformer):
    def leave_Param(self, _: cst.Param, updated: cst.Param) -> cst.Param:  # noqa: N802
        return updated.with_changes(annotation=None)


def _additions(facts: ModuleFacts, found: _Found) -> Additions:
    """What the answer has beside the function, as far as the module does not have it yet."""
    imports: list[tuple[str, str | None]] = []
    definitions: list[tuple[str, str]] = []
    for node in found.others:
        imported = _imported(facts, node) if isinstance(node, cst.Import | cst.ImportFrom) else None
        if imported is not None:
            imports += [(module, name) for module, name in imported if not _has(facts, module, name)]
        elif (name := _name_of(node)) and name not in facts.bindings:
            definitions.append((name, code_of(node)))
        elif name and not _is_the_same(facts, name, code_of(node)):
            raise Unusable(Failure.NAME_TAKEN, f"`{name}`")
    return Additions(tuple(dict.fromkeys(imports)), tuple(definitions))


def _imported(facts: ModuleFacts, node: cst.Import | cst.ImportFrom) -> list[tuple[str, str | None]] | None:
    """What is imported; None where it has another name here, is relative, or a star."""
    parsed = ast.parse(code_of(node)).body[0]
    assert isinstance(parsed, ast.Import | ast.ImportFrom)
    if any(alias.asname or alias.name == "*" for alias in parsed.names):
        return None
    if isinstance(parsed, ast.Import):
        return [(alias.name, None) for alias in parsed.names]
    if parsed.level or parsed.module is None:
        return None
    return [(parsed.module, alias.name) for alias in parsed.names if not _has(facts, parsed.module, alias.name)]


def _has(facts: ModuleFacts, module: str, name: str | None) -> bool:
    return (name or module.partition(".")[0]) in facts.spellings(module, name) or module == "__future__"


def _name_of(node: cst.CSTNode) -> str:
    """The one name that it binds; empty for what binds none, or several, and is left out."""
    match node:
        case cst.FunctionDef(name=cst.Name(value=name)) | cst.ClassDef(name=cst.Name(value=name)):
            return name
        case (
            cst.AnnAssign(target=cst.Name(value=name))
            | cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))])
        ):
            return name
        case cst.Import(names=[cst.ImportAlias(asname=cst.AsName(name=cst.Name(value=name)))]):
            return name
        case cst.ImportFrom(names=[cst.ImportAlias(name=cst.Name(value=bound), asname=asname)]):
            return asname.name.value if asname and isinstance(asname.name, cst.Name) else bound
    return ""


def _is_the_same(facts: ModuleFacts, name: str, code: str) -> bool:
    """Whether an answer only repeats what the module has under this name."""
    nodes = facts.bindings[name]
    return len(nodes) == 1 and ast.dump(nodes[0]) == ast.dump(ast.parse(code).body[0])
