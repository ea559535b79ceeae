"""What commands about one function have in common: their argument, and their answer.

The argument is `{"uri": …, "version": …, "qualname": …, "range": …}`; `qualname` or `range` is needed, and `version`
says which version of the document `range` is meant for. `hint` is for a model that is asked.
"""

import math
from dataclasses import dataclass
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from speedproof.analysis.syntax import syntax_error
from speedproof.analysis.targets import target_of, targets_of
from speedproof.core.errors import UsageError
from speedproof.core.target import Target
from speedproof.server import convert
from speedproof.server.document import Document
from speedproof.server.session import Session


@dataclass(frozen=True, slots=True)
class FunctionRequest:
    uri: str
    version: int | None
    qualname: str | None
    range: types.Range | None
    hint: str = ""


def function_request(command: str, arguments: Any) -> FunctionRequest:
    """Raises JsonRpcInvalidParams, which says what is wrong."""
    if not isinstance(arguments, list | tuple) or len(arguments) != 1 or not isinstance(arguments[0], dict):
        raise JsonRpcInvalidParams(f"{command} takes one argument, an object")
    fields = arguments[0]
    uri, version, qualname, hint = (fields.get(name) for name in ("uri", "version", "qualname", "hint"))
    if not isinstance(uri, str) or not isinstance(version, int | None) or not isinstance(qualname, str | None):
        raise JsonRpcInvalidParams(f"{command}: `uri` must be a string, `version` a number, `qualname` a string")
    if not isinstance(hint, str | None):
        raise JsonRpcInvalidParams(f"{command}: `hint` must be a string")
    try:
        where = None if fields.get("range") is None else convert.range_from_json(fields["range"])
    except ValueError as error:
        raise JsonRpcInvalidParams(f"{command}: `range` is {error}") from error
    if qualname is None and where is None:
        raise JsonRpcInvalidParams(f"{command}: `qualname` or `range` is needed")
    return FunctionRequest(uri, version, qualname, where, hint or "")


def function_named(command: str, arguments: Any) -> tuple[str, str]:
    """The URI and the qualified name in `{"uri": …, "qualname": …}`. Raises JsonRpcInvalidParams."""
    match arguments:
        case [{"uri": str(uri), "qualname": str(qualname)}]:
            return uri, qualname
    raise JsonRpcInvalidParams(f'{command} takes one argument, {{"uri": string, "qualname": string}}')


def target_meant(session: Session, request: FunctionRequest) -> Target:
    """The function that is meant, in the document as it is now. Raises UsageError where there is none."""
    document = session.document(request.uri).normal
    if document.path is None:
        raise UsageError("save the file first: a function is judged within its project")
    targets = targets_of(document.path, document.syntax)
    is_current = request.version is None or request.version == document.version
    there = None
    if request.range is not None and is_current:
        offset = convert.offset_at(document, request.range.start, session.client.encoding)
        there = target_of(document.path, document.syntax, offset)
    qualname = request.qualname or (there and there.qualname)
    target = next((target for target in targets if target.qualname == qualname), None)
    if target is None:
        raise UsageError(f"there is no function `{qualname}`" if qualname else "there is no function at this place")
    if there is not None and there.qualname == qualname and there.span != target.span:
        raise UsageError(f"`{qualname}` is defined again further down, and only that definition is ever used")
    return target


def argument_for(session: Session, document: Document, target: Target) -> dict[str, Any]:
    """The argument that means this function, as it is carried by a code action."""
    return {
        "uri": document.uri,
        "version": document.version,
        "qualname": target.qualname,
        "range": convert.range_to_json(convert.range_at(document, target.span, session.client.encoding)),
    }


def check_syntax(target: Target) -> None:
    """Raises UsageError where the module around the function cannot be run. Takes longer than a moment."""
    error = syntax_error(target.text)
    if error is not None:
        raise UsageError(f"{target.path.name}, line {error[0]}: {error[1]}")


def without_infinities(value: Any) -> Any:
    """JSON has no infinity and no NaN: they become null."""
    if isinstance(value, dict):
        return {key: without_infinities(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_infinities(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
