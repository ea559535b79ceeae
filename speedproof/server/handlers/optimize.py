"""The command `speedproof.optimize`: search and prove a faster version of one function, then apply it.

Its argument names the function; see `server.request`. Its result is what `speedproof optimize --json` prints for
one function, or null where there is none; why, the user has been told.
"""

from functools import partial
from typing import Any

from lsprotocol import types

from speedproof.core.cancel import CancelToken
from speedproof.core.errors import Cancelled, SpeedproofError, UsageError
from speedproof.core.settings import Settings
from speedproof.core.target import Target
from speedproof.server.apply import apply
from speedproof.server.engine import Engine
from speedproof.server.progress import Report, shown
from speedproof.server.proofs import Proof
from speedproof.server.request import check_syntax, function_request, target_meant, without_infinities
from speedproof.server.session import Session

OPTIMIZE = "speedproof.optimize"


async def optimize(session: Session, params: types.ExecuteCommandParams) -> dict[str, Any] | None:
    request = function_request(OPTIMIZE, params.arguments)
    try:
        target = target_meant(session, request)
        settings = session.settings_for(target.path)
        if request.hint and settings.edits_model == "off":
            raise UsageError("a hint is for a model, and none is asked: set `edits-model` to `local` or `remote`")
        cancel = CancelToken()
        async with shown(session, "Optimizing", target, params.work_done_token, cancel) as report:
            work = partial(_search, session.engine, target, settings, report, request.hint)
            proof, answer = await session.measuring.run((request.uri, target.qualname), work, cancel)
    except Cancelled:
        return None
    except SpeedproofError as error:
        session.show(types.MessageType.Error, str(error))
        return None
    session.remember(proof)
    if proof.result.found:
        await apply(session, request.uri, proof)
    elif proof.result.suggestions:
        what = (
            f"nothing is proved or applied: {proof.result.verdict.reason}. Its proof shows what would have been tried"
        )
        session.show(types.MessageType.Warning, f"`{target.qualname}`: {what}")
    else:
        session.show(types.MessageType.Info, f"`{target.qualname}` stays as it is: {proof.result.verdict.reason}")
    return answer


def _search(
    engine: Engine, target: Target, settings: Settings, report: Report, hint: str, cancel: CancelToken
) -> tuple[Proof, dict[str, Any]]:
    """The result and the command's answer. Runs in a thread: all of this takes longer than a moment."""
    check_syntax(target)
    result = engine.optimize(target, settings, cancel, report, hint)
    return Proof.of(target, result), without_infinities(result.to_json())
