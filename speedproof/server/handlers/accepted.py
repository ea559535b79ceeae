"""The command `speedproof.accepted`, which an editor runs when a suggestion was taken; its argument is its number.

Nothing depends on it: what was taken also shows in the text. It only counts sooner.
"""

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from speedproof.server.session import Session

ACCEPTED = "speedproof.accepted"


def accepted(session: Session, params: types.ExecuteCommandParams) -> None:
    arguments = params.arguments or []
    if len(arguments) != 1 or not isinstance(arguments[0], int):
        raise JsonRpcInvalidParams(f"{ACCEPTED} takes one argument, the number of a suggestion")
    completer = session.completing.completer
    if completer is not None:
        completer.accepted(arguments[0])
