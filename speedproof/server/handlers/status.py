"""The command `speedproof.status`: what `$/speedproof/status` tells clients that ask for it, as an object."""

from typing import Any

from lsprotocol import types

from speedproof.server import status as state
from speedproof.server.session import Session

STATUS = "speedproof.status"


async def status(session: Session, _: types.ExecuteCommandParams) -> dict[str, Any]:
    return state.status(session)
