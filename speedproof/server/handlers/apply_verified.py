"""The command `speedproof.apply`: apply the verified rewrite that is held for a function, as one edit.

Its argument is `{"uri": …, "qualname": …}`; its result whether the edit was applied. Where not, the user is told why.
"""

from lsprotocol import types

from speedproof.server.apply import apply
from speedproof.server.handlers.show_proof import known_proof
from speedproof.server.request import function_named
from speedproof.server.session import Session

APPLY = "speedproof.apply"


async def apply_verified(session: Session, params: types.ExecuteCommandParams) -> bool:
    uri, qualname = function_named(APPLY, params.arguments)
    proof = known_proof(session, uri, qualname)
    return proof is not None and await apply(session, uri, proof)
