"""Whether two texts compile to the same code but for the names of local variables. Nothing of them is run."""

from types import CodeType


def same_code(text: str, other: str) -> bool:
    """False also where either cannot be compiled here, or where the two only *may* be the same."""
    try:
        ours, theirs = (compile(one, "text", "exec", dont_inherit=True) for one in (text, other))
    except (SyntaxError, ValueError, RecursionError, OverflowError, MemoryError):
        return False
    return _same(ours, theirs)


def _same(ours: CodeType, theirs: CodeType) -> bool:
    if _shape(ours) != _shape(theirs) or len(ours.co_consts) != len(theirs.co_consts):
        return False
    return all(_same_constant(one, other) for one, other in zip(ours.co_consts, theirs.co_consts, strict=True))


def _shape(code: CodeType) -> tuple[object, ...]:
    """Everything that decides what the code does, save constants. Arguments can be passed by name: names of theirs
    count, those of other locals do not."""
    n_arguments = code.co_argcount + code.co_kwonlyargcount
    return (
        code.co_code,
        getattr(code, "co_exceptiontable", b""),
        code.co_names,
        code.co_varnames[:n_arguments],
        code.co_argcount,
        code.co_posonlyargcount,
        code.co_kwonlyargcount,
        code.co_flags,
        code.co_stacksize,
        len(code.co_varnames),
        len(code.co_cellvars),
        len(code.co_freevars),
    )


def _same_constant(one: object, other: object) -> bool:
    if isinstance(one, CodeType) and isinstance(other, CodeType):
        return _same(one, other)
    return type(one) is type(other) and repr(one) == repr(other)  # 1, 1.0 and True are equal, and 0.0 and -0.0
