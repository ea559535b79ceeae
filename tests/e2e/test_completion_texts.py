"""Completions in texts that are out of the ordinary: the suggestion is where it belongs, or there is none."""

import json
from pathlib import Path

import pytest
from test_completion import ANSWERS, server, started, texts
from wire import Wire

__all__ = ["server"]

HEADER = f"# {json.dumps(ANSWERS)}"
LINE = "total = "
LONG = "value = 1  # a line like any other\n" * 150_000


@pytest.mark.parametrize(
    ("above", "line"),
    [
        pytest.param(f"{HEADER}\na = b = 1\n", LINE, id="plain"),
        pytest.param(f"{HEADER}\r\na = 1\nb = 1\ra = 2\n", LINE, id="mixed line ends"),
        pytest.param(f"{HEADER}\na = b = 1\n\f\n\x0b\n", LINE, id="form feeds"),
        pytest.param(f"{HEADER}\na = b = '\u2028 \u2029 \x85'\n", LINE, id="U+2028"),
        pytest.param(f"{HEADER}\na = b = '😀 e\u0301 👩‍👩‍👧'\n", LINE, id="emoji above"),
        pytest.param(f"{HEADER}\na = b = 1\n", "'😀 e\u0301'; " + LINE, id="emoji before the cursor"),
        pytest.param(f"{HEADER}\na = b = 1\n{LONG}", LINE, id="5 MB"),
        pytest.param("\ufeff" + f"{HEADER}\na = b = 1\n", LINE, id="byte order mark"),
        pytest.param(f"{HEADER}\na = b = '\x00\x01'\n", LINE, id="binary"),
        pytest.param("", "", id="empty"),
    ],
)
def test_a_text(server: Wire, tmp_path: Path, above: str, line: str) -> None:
    started(server)
    uri = server.open(tmp_path / "a.py", above + line)
    n_lines = len(above.replace("\r\n", "\n").replace("\r", "\n").split("\n")) - 1
    position = {"line": n_lines, "character": len(line.encode("utf-16-le")) // 2}
    params = {"textDocument": {"uri": uri}, "position": position, "context": {"triggerKind": 1}}
    items = server.request("textDocument/inlineCompletion", params)
    far = len(above) > 10_000  # the model is not shown the first line, from which it has its answers
    assert texts(items) == ([] if far or not line else ["a + b"])
    if items:
        assert items[0]["range"] == {"start": position, "end": position}
    assert not [message for message in server.received if message.get("method") == "window/showMessage"]
