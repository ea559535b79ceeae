"""`window/workDoneProgress/cancel`"""

from lsprotocol import types

from speedproof.server.session import Session


def work_done_progress_cancel(session: Session, params: types.WorkDoneProgressCancelParams) -> None:
    token = session.progress.get(params.token)
    if token is not None:  # else it has just ended
        token.cancel()
