"""The command `speedproof.prove`: the verdict on what the user made of a function since the last commit.

Its argument names the function; see `server.request`. Its result is what `speedproof verify --json` prints for one
function, or null where there is none; why, the user has been told.
"""

from functools import partial
from typing import Any

from lsprotocol import types

from speedproof.core.cancel import CancelToken
from speedproof.core.errors import Cancelled, SandboxError, UsageError
from speedproof.core.report import FunctionResult, Outcome
from speedproof.core.settings import Settings
from speedproof.core.target import Target
from speedproof.server.engine import Engine
from speedproof.server.progress import Report, shown
from speedproof.server.proofs import Proof
from speedproof.server.request import check_syntax, function_request, target_meant, without_infinities
from speedproof.server.session import Session

PROVE = "speedproof.prove"
FINE = (Outcome.FASTER, Outcome.SAME)


async def prove(session: Session, params: types.ExecuteCommandParams) -> dict[str, Any] | None:
    request = function_request(PROVE, params.arguments)
    try:
        target = target_meant(session, request)
        settings = session.settings_for(target.path)
        cancel = CancelToken()
        async with shown(session, "Proving", target, params.work_done_token, cancel) as report:
            work = partial(_judged, session.engine, target, settings, report)
            result, answer = await session.measuring.run((request.uri, target.qualname), work, cancel)
    except Cancelled:
        return None
    except (UsageError, SandboxError) as error:
        session.show(types.MessageType.Error, str(error))
        return None
    session.remember(Proof(target, result))
    from speedproof.report.words import conclusion, headline

    kind = types.MessageType.Info if result.outcome in FINE else types.MessageType.Warning
    session.show(kind, f"`{target.qualname}`: {conclusion(result)}: {headline(result.verdict)}")
    return answer


def _judged(
    engine: Engine, target: Target, settings: Settings, report: Report, cancel: CancelToken
) -> tuple[FunctionResult, dict[str, Any]]:
    """The result and the command's answer. Runs in a thread: all of this takes longer than a moment."""
    check_syntax(target)
    result = engine.prove(target, settings, cancel, report)
    return result, without_infinities(result.to_json())
