"""What the code under test says through `logging`, at any level, whether or not anything would print it."""

from __future__ import annotations

import sys
from typing import Any

MAX_RECORDS = 10_000
_OURS = ("asyncio",)
"""The loop that we run coroutines in reports about itself."""

_log: Any = None


def take() -> list[Any]:
    """The records since the last time: logger, level, text, and the type of the exception that was logged.

    The first call after `logging` has been imported starts to listen, so one comes before the call under test as well.
    """
    global _log
    logging = sys.modules.get("logging")
    if logging is None:
        return []
    if _log is None:
        _log = _handler(logging)
        logging.root.addHandler(_log)
        logging.root.setLevel(1)
    records: list[Any] = _log.records
    _log.records = []
    return records


def _handler(logging: Any) -> Any:
    class Log(logging.Handler):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.records: list[Any] = []

        def handle(self, record: Any) -> bool:
            if record.name not in _OURS and len(self.records) < MAX_RECORDS:
                error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
                self.records.append([record.name, record.levelno, _text(record), error])
            return True

    return Log()


def _text(record: Any) -> str:
    try:
        return str(record.getMessage())
    except Exception as error:
        return "%s of %r" % (type(error).__name__, record.msg)
