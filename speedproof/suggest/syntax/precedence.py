"""When an expression needs parentheses in its new place."""

import libcst as cst

_NEVER_BARE, _LOWEST = -2, 0
_TERNARY = 2
_OR, _AND, _NOT, _COMPARISON = 3, 4, 5, 6
_STAR = 7
_UNARY, _POWER = 13, 14
_ATOM = 16
_BINARY: dict[type[cst.BaseBinaryOp], int] = {
    cst.BitOr: 7, cst.BitXor: 8, cst.BitAnd: 9, cst.LeftShift: 10, cst.RightShift: 10, cst.Add: 11, cst.Subtract: 11,
    cst.Multiply: 12, cst.MatrixMultiply: 12, cst.Divide: 12, cst.FloorDivide: 12, cst.Modulo: 12, cst.Power: _POWER,
}  # fmt: skip


def fitted(part: cst.BaseExpression, parent: cst.CSTNode | None, place: cst.CSTNode) -> cst.BaseExpression:
    """`part`, in parentheses if it cannot stand bare where `place` stands in `parent`."""
    if part.lpar or binds(part) > _limit(parent, place):
        return part
    return parenthesized(part)


def parenthesized(part: cst.BaseExpression) -> cst.BaseExpression:
    return part.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def binds(part: cst.BaseExpression) -> int:
    """How tightly an expression holds together; more binds tighter."""
    match part:
        case cst.NamedExpr() | cst.GeneratorExp():
            return _NEVER_BARE
        case cst.Yield() | cst.Tuple():
            return _LOWEST
        case cst.Lambda():
            return 1
        case cst.IfExp():
            return _TERNARY
        case cst.BooleanOperation(operator=cst.Or()):
            return _OR
        case cst.BooleanOperation():
            return _AND
        case cst.UnaryOperation(operator=cst.Not()):
            return _NOT
        case cst.Comparison():
            return _COMPARISON
        case cst.BinaryOperation(operator=operator):
            return _BINARY[type(operator)]
        case cst.UnaryOperation():
            return _UNARY
        case cst.Await():
            return 15
        case cst.ConcatenatedString():
            return 15
    return _ATOM


def _limit(parent: cst.CSTNode | None, place: cst.CSTNode) -> int:
    """What stands in that place must bind tighter than this."""
    match parent:
        case cst.BinaryOperation(operator=operator, left=left):
            own = _BINARY[type(operator)]
            leans_left = not isinstance(operator, cst.Power)
            return own - 1 if (left is place) == leans_left else own
        case cst.BooleanOperation(operator=operator):
            return (_OR if isinstance(operator, cst.Or) else _AND) - 1
        case cst.UnaryOperation(operator=operator):
            return _NOT - 1 if isinstance(operator, cst.Not) else _UNARY - 1
        case cst.Comparison() | cst.ComparisonTarget():
            return _COMPARISON
        case cst.IfExp(orelse=orelse):
            return 0 if orelse is place else _TERNARY
        case cst.CompFor() | cst.CompIf():
            return _TERNARY
        case cst.Attribute() | cst.Await():
            return _ATOM - 1
        case cst.Subscript(value=value) if value is place:
            return _ATOM - 1
        case cst.Call(func=func) if func is place:
            return _ATOM - 1
        case cst.StarredElement() | cst.StarredDictElement():
            return _STAR - 1
        case cst.Slice() | cst.Arg() | cst.Element() | cst.DictElement() | cst.FormattedStringExpression():
            return _LOWEST
        case cst.Assign() | cst.Return() | cst.Index() | cst.AssignTarget() | cst.For():
            return _LOWEST - 1
    return _LOWEST
