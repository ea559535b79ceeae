"""Another body for a function, with what the function has to keep: its docstring, and comments on lines that stay."""

from typing import Any

import libcst as cst


def with_body_of(original: cst.FunctionDef, other: cst.FunctionDef) -> cst.FunctionDef:
    """The original with the other's body, and its own docstring in front of it."""
    body = other.body
    if not isinstance(body, cst.IndentedBlock):
        assert isinstance(body, cst.SimpleStatementSuite)
        body = cst.IndentedBlock([cst.SimpleStatementLine(body.body)])
    statements = list(body.body)
    if statements and _is_docstring(statements[0]):
        del statements[0]
    first = original.body.body[0] if isinstance(original.body, cst.IndentedBlock) else None
    if first is not None and _is_docstring(first):
        statements.insert(0, first)
    if not statements:
        statements = [cst.SimpleStatementLine([cst.Pass()])]
    indent = original.body.indent if isinstance(original.body, cst.IndentedBlock) else None
    made = body.with_changes(body=statements, indent=indent).visit(_WithComments(original))
    return original.with_changes(body=made)


class _WithComments(cst.CSTTransformer):
    """Statements that an answer leaves as they were get the comments that they had, should it have dropped those."""

    def __init__(self, original: cst.FunctionDef) -> None:
        super().__init__()
        found = _Commented()
        original.visit(found)
        self._known = found.statements

    def on_leave(self, original_node: Any, updated_node: Any) -> Any:
        updated_node = super().on_leave(original_node, updated_node)
        if not isinstance(updated_node, cst.BaseCompoundStatement | cst.SimpleStatementLine):
            return updated_node
        known = None if _comments(updated_node) else self._known.pop(_bare(updated_node), None)
        if known is None:
            return updated_node
        changes: dict[str, Any] = {"leading_lines": known.leading_lines}
        if isinstance(known, cst.SimpleStatementLine):
            changes["trailing_whitespace"] = known.trailing_whitespace
        return updated_node.with_changes(**changes)


class _Commented(cst.CSTVisitor):
    def __init__(self) -> None:
        super().__init__()
        self.statements: dict[str, Any] = {}
        """Those with comments above them or behind them, by their code without."""

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.BaseCompoundStatement | cst.SimpleStatementLine) and _comments(node):
            self.statements.setdefault(_bare(node), node)
        return True


def _comments(statement: Any) -> bool:
    behind = statement.trailing_whitespace.comment if isinstance(statement, cst.SimpleStatementLine) else None
    return behind is not None or any(line.comment for line in statement.leading_lines)


def _bare(statement: Any) -> str:
    """The code of a statement, of a compound one its first line, without comments above and behind it."""
    if isinstance(statement, cst.SimpleStatementLine):
        return code_of(statement.with_changes(leading_lines=(), trailing_whitespace=cst.TrailingWhitespace()))
    return code_of(statement.with_changes(leading_lines=())).partition("\n")[0]


def _is_docstring(node: cst.CSTNode) -> bool:
    return (
        isinstance(node, cst.SimpleStatementLine)
        and len(node.body) == 1
        and isinstance(node.body[0], cst.Expr)
        and isinstance(node.body[0].value, cst.SimpleString | cst.ConcatenatedString)
    )


def header_of(function: cst.FunctionDef) -> str:
    """From `def` to the colon, with the line end behind it."""
    bare = function.with_changes(decorators=(), leading_lines=(), body=cst.SimpleStatementSuite([cst.Pass()]))
    return f"{code_of(bare).removesuffix('pass').rstrip()}\n"


def code_of(node: cst.CSTNode) -> str:
    return cst.Module([]).code_for_node(node).strip("\n")
