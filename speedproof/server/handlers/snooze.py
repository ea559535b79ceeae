"""The command `speedproof.snooze`: no completions unless asked for, for so many minutes; 0 ends it."""

import time

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from speedproof.server import status
from speedproof.server.session import Session

SNOOZE = "speedproof.snooze"
DEFAULT_MINUTES = 5.0


async def snooze(session: Session, params: types.ExecuteCommandParams) -> float:
    """Returns the minutes that are left of it."""
    arguments = params.arguments or [DEFAULT_MINUTES]
    minutes = arguments[0]
    if len(arguments) != 1 or isinstance(minutes, bool) or not isinstance(minutes, int | float) or minutes < 0:
        raise JsonRpcInvalidParams(f"{SNOOZE} takes one argument, a number of minutes")
    session.completing.snoozed_until = time.monotonic() + 60 * minutes
    status.tell(session)
    session.later("snooze is over", "", 60 * minutes, lambda: status.tell(session))
    return float(minutes)
