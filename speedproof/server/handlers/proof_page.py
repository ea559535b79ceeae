"""The command `speedproof.proofPage`: the evidence of a result as a page, and the two texts that were compared.

Its argument is `{"uri": …, "qualname": …}`; its result null where nothing is known.
"""

from dataclasses import replace
from typing import Any

from lsprotocol import types

from speedproof.core.report import Report
from speedproof.server.handlers.show_proof import known_proof
from speedproof.server.request import function_named
from speedproof.server.session import Session

PROOF_PAGE = "speedproof.proofPage"


async def proof_page(session: Session, params: types.ExecuteCommandParams) -> dict[str, Any] | None:
    proof = known_proof(session, *function_named(PROOF_PAGE, params.arguments))
    if proof is None:
        return None
    from speedproof.analysis.project import find_root
    from speedproof.report.html import page
    from speedproof.report.words import conclusion

    path, root = proof.target.path, find_root(proof.target.path)
    result = replace(proof.result, path=path.relative_to(root) if path.is_relative_to(root) else path)
    return {
        "title": f"{proof.target.qualname}: {conclusion(result)}",
        "html": page(Report((result,), subject=proof.target.qualname)),
        "before": result.before,
        "after": result.after,
    }
