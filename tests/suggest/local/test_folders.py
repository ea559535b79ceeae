"""Models in folders, as transformers saves them, and from a hub, which is one on loopback here."""

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from gguf_files import KINDS, random_gguf
from loading import HOW, TEXT, apart, check_refused, logits_from
from models import NEVER, logits_of, random_model

from speedproof.suggest.local.convert import parts_of
from speedproof.suggest.local.engine import Engine, Options
from speedproof.suggest.local.load import load, silent

pytestmark = pytest.mark.usefixtures("data")


class TestFolders:
    def save(self, folder: Path, kind: str, options: dict[str, Any], **how: Any) -> Any:
        """As transformers saves a model; with the tokenizer of the GGUF files."""
        model, _ = random_model(kind, tuple(options.items()))
        model.save_pretrained(folder, **how)
        other = folder.parent / "for its tokenizer.gguf"
        random_gguf(other)
        (folder / "tokenizer.json").write_text(parts_of(other, silent, NEVER).tokenizer)
        return model

    @pytest.mark.parametrize("size", ["5GB", "20KB"])
    @pytest.mark.parametrize("kind", ["llama", "qwen2", "starcoder2"])
    def test_ours(self, kind: str, size: str, tmp_path: Path) -> None:
        folder = tmp_path / "model"
        theirs = self.save(folder, *KINDS[kind], max_shard_size=size)
        assert len(list(folder.glob("*.safetensors"))) == 1 or size == "20KB"
        assert apart(logits_from(folder), logits_of(theirs, TEXT)[-1]) < 1e-3
        loaded = load(folder, HOW)
        assert loaded.ours is not None
        assert loaded.tokenizer.ends == {0}

    def test_served_by_transformers(self, tmp_path: Path) -> None:
        folder = tmp_path / "model"
        theirs = self.save(folder, "gpt2", {"n_positions": 512, "n_embd": 48, "n_layer": 2, "n_head": 4})
        assert load(folder, HOW).ours is None
        assert apart(logits_from(folder), logits_of(theirs, TEXT)[-1]) < 1e-3

    def test_what_is_missing(self, tmp_path: Path) -> None:
        folder = tmp_path / "model"
        self.save(folder, *KINDS["llama"])
        weights = folder / "model.safetensors"
        whole = weights.read_bytes()
        weights.write_bytes(whole[:-50])
        check_refused(folder, "cannot be loaded")
        weights.unlink()
        check_refused(folder, "cannot be loaded")
        weights.write_bytes(whole)
        (folder / "tokenizer.json").write_text("{}")
        check_refused(folder, "no tokenizer that can be used")
        (folder / "tokenizer.json").unlink()
        check_refused(folder, "no tokenizer that can be used")

    def test_a_text_is_never_longer_than_the_model_allows(self, tmp_path: Path) -> None:
        folder = tmp_path / "model"
        self.save(folder, *KINDS["llama"])
        assert Engine.load(folder, Options(device="cpu", context=100_000)).context == 512
        assert Engine.load(folder, Options(device="cpu", context=100)).context == 100
        path = tmp_path / "model.gguf"
        random_gguf(path)
        assert Engine.load(path, Options(device="cpu", context=100_000)).context == 512

    def test_of_a_hub(self, tmp_path: Path) -> None:
        """On loopback: the files that are needed, none of those that are not, and with HF_HUB_OFFLINE none at all."""
        folder = tmp_path / "model"
        theirs = self.save(folder, *KINDS["llama"])
        for name in ("pytorch_model.bin", "README.md", "original/model.safetensors"):
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(b"not needed")
        with hub_of(folder) as (url, asked):
            refused, loaded, again, other = ask_hub(url, tmp_path).splitlines()
        assert refused.startswith("offline 0 refused the model somebody/model cannot be had from the hub")
        expected = [round(value, 3) for value in logits_of(theirs, [5, 6, 7])[-1][:4].tolist()]
        assert loaded == f"online 0 loaded True {expected}"
        assert again == f"offline {len(asked) - 1} loaded True {expected}"
        assert other.startswith(f"online {len(asked) - 1} refused the model somebody/other cannot be had from the hub")
        fetched = {path.rpartition("/")[2] for path in asked if "/resolve/" in path}
        assert {"config.json", "model.safetensors", "tokenizer.json"} <= fetched
        assert not fetched & {"pytorch_model.bin", "README.md"}
        assert not any("original" in path for path in asked)


def ask_hub(url: str, folder: Path) -> str:
    """What loading from it says, line by line: without it, with it, without it again, and for what it does not have.

    In a process of its own, because the library reads the variables when it is imported.
    """
    program = """
import urllib.request
from huggingface_hub import constants
from speedproof.core.cancel import CancelToken
from speedproof.core.errors import UsageError
from speedproof.suggest.local.engine import Engine, Options
from speedproof.suggest.local.linear import Precision

def attempt(model, offline):
    before = urllib.request.urlopen(constants.ENDPOINT + "/count").read().decode()
    print("offline" if offline else "online", before, end=" ")
    constants.HF_HUB_OFFLINE = offline
    try:
        engine = Engine.load(model, Options(Precision("fp32"), "cpu", context=64))
    except UsageError as error:
        return print("refused", str(error).splitlines()[0])
    logits, _ = engine.session("document").update([5, 6, 7], CancelToken())
    print("loaded", engine.model is not None, [round(value, 3) for value in logits[:4].tolist()])

assert constants.HF_HUB_OFFLINE
attempt("somebody/model", True)
attempt("somebody/model", False)
attempt("somebody/model", True)
attempt("somebody/other", False)
"""
    proxies = dict.fromkeys(("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"), "")
    variables = {"HF_HOME": str(folder / "hub"), "HF_ENDPOINT": url, "HF_HUB_OFFLINE": "1"}
    environment = {**os.environ, **proxies, **variables}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    return done.stdout


@contextmanager
def hub_of(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """A hub that has the files of `folder` as somebody/model; its URL, and the paths that it is asked for."""
    asked: list[str] = []
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    commit = "c" * 40
    siblings = [{"rfilename": name, "size": len(content)} for name, content in files.items()]
    said = json.dumps({"id": "somebody/model", "sha": commit, "siblings": siblings, "private": False}).encode()

    listed = [{"type": "file", "path": name, "size": len(content), "oid": "0" * 40} for name, content in files.items()]
    tree = json.dumps(listed).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/count":
                self._send(str(len(asked)).encode(), "text/plain")
                return
            asked.append(self.path)
            name = self.path.partition(f"/resolve/{commit}/")[2]
            if self.path.startswith(f"/api/models/somebody/model/tree/{commit}"):
                self._send(tree, "application/json")
            elif self.path.startswith("/api/models/somebody/model"):
                self._send(said, "application/json")
            elif "/somebody/model/" in self.path and name in files:
                self._send(files[name], "application/octet-stream")
            else:
                self.send_response(404)
                self.send_header("X-Error-Code", "RepoNotFound")
                self.send_header("Content-Length", "0")
                self.end_headers()

        def do_HEAD(self) -> None:
            self.do_GET()

        def _send(self, body: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("ETag", f'"{hashlib.sha256(body).hexdigest()}"')
            self.send_header("X-Repo-Commit", commit)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()
