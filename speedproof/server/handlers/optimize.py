"""The command `speedproof.optimize`: search and prove a faster version of one function, then apply it.

Its argument is `{"uri": …, "version": …, "qualname": …, "range": …}`; `qualname` or `range` is needed, and `version`
says which version of the document `range` is meant for. Its result is what `speedproof optimize --json` prints for
one function, or null where there is none; why, the user has been told.
"""

import math
from dataclasses import dataclass
from functools import partial
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from speedproof.analysis.syntax import syntax_error
from speedproof.analysis.targets import target_of, targets_of
from speedproof.core.cancel import CancelToken
from speedproof.core.errors import Cancelled, SandboxError, UsageError
from speedproof.core.settings import Settings
from speedproof.core.target import Target
from speedproof.server import convert
from speedproof.server.apply import apply
from speedproof.server.engine import Engine
from speedproof.server.progress import Report, shown
from speedproof.server.proofs import Proof
from speedproof.server.session import Session

OPTIMIZE = "speedproof.optimize"


@dataclass(frozen=True, slots=True)
class _Request:
    uri: str
    version: int | None
    qualname: str | None
    range: types.Range | None


async def optimize(session: Session, params: types.ExecuteCommandParams) -> dict[str, Any] | None:
    request = _request(params.arguments)
    try:
        target = _target(session, request)
        settings = session.settings_for(target.path)
        cancel = CancelToken()
        async with shown(session, f"Optimizing {target.name}", params.work_done_token, cancel) as report:
            work = partial(_search, session.engine, target, settings, report)
            proof, answer = await session.measuring.run((request.uri, target.qualname), work, cancel)
    except Cancelled:
        return None
    except (UsageError, SandboxError) as error:
        session.show(types.MessageType.Error, str(error))
        return None
    session.remember(proof)
    if proof.result.found:
        await apply(session, request.uri, proof)
    else:
        session.show(types.MessageType.Info, f"`{target.qualname}` stays as it is: {proof.result.verdict.reason}")
    return answer


def _search(
    engine: Engine, target: Target, settings: Settings, report: Report, cancel: CancelToken
) -> tuple[Proof, dict[str, Any]]:
    """The result and the command's answer. Runs in a thread: all of this takes longer than a moment."""
    error = syntax_error(target.text)
    if error is not None:
        raise UsageError(f"{target.path.name}, line {error[0]}: {error[1]}")
    result = engine.optimize(target, settings, cancel, report)
    return Proof.of(target, result), _without_infinities(result.to_json())


def _request(arguments: Any) -> _Request:
    """Raises JsonRpcInvalidParams, which says what is wrong."""
    if not isinstance(arguments, list | tuple) or len(arguments) != 1 or not isinstance(arguments[0], dict):
        raise JsonRpcInvalidParams(f"{OPTIMIZE} takes one argument, an object")
    fields = arguments[0]
    uri, version, qualname = fields.get("uri"), fields.get("version"), fields.get("qualname")
    if not isinstance(uri, str) or not isinstance(version, int | None) or not isinstance(qualname, str | None):
        raise JsonRpcInvalidParams(f"{OPTIMIZE}: `uri` must be a string, `version` a number, `qualname` a string")
    try:
        where = None if fields.get("range") is None else convert.range_from_json(fields["range"])
    except ValueError as error:
        raise JsonRpcInvalidParams(f"{OPTIMIZE}: `range` is {error}") from error
    if qualname is None and where is None:
        raise JsonRpcInvalidParams(f"{OPTIMIZE}: `qualname` or `range` is needed")
    return _Request(uri, version, qualname, where)


def _target(session: Session, request: _Request) -> Target:
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


def _without_infinities(value: Any) -> Any:
    """JSON has no infinity and no NaN: they become null."""
    if isinstance(value, dict):
        return {key: _without_infinities(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_infinities(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
