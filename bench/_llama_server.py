"""llama.cpp's server, as Debian builds it: unpacked beside the system, and asked over HTTP on loopback."""

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from filelock import FileLock

SUITE, PACKAGE, BINARY = "sid", "llama.cpp", "usr/bin/llama-server"
START_SECONDS = 60.0


def installed(folder: Path) -> Path | None:
    """The root of the unpacked packages, which are downloaded on first use; None where apt or patchelf is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "lock"):  # tests that run at once want it, too
        return _installed(folder)


def _installed(folder: Path) -> Path | None:
    root = folder / "root"
    if (root / BINARY).exists() and (folder / "ready").exists():
        return root
    if not all(map(shutil.which, ("apt-get", "dpkg-deb", "patchelf"))):
        return None
    for part in ("lists/partial", "debs", "root"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    mirror = next(line for line in _out("apt-get", "indextargets", "--format", "$(REPO_URI)") if "security" not in line)
    (folder / "sources.list").write_text(f"deb {mirror} {SUITE} main\n")
    apt = [
        f"-oDir::Etc::sourcelist={folder}/sources.list", f"-oDir::Etc::sourceparts={folder}/none",
        f"-oDir::State::lists={folder}/lists", "-oDir::Cache::pkgcache=", "-oDir::Cache::srcpkgcache=",
        "-oAPT::Sandbox::User=root",
    ]  # fmt: skip
    subprocess.run(["apt-get", *apt, "-qq", "update"], check=True)
    without = [f"--no-{kind}" for kind in ("recommends", "suggests", "conflicts", "breaks", "replaces", "enhances")]
    needed = _out("apt-cache", *apt, "depends", "--recurse", *without, PACKAGE)
    names = sorted({line for line in needed if line[:1].isalnum() and "debconf" not in line})
    subprocess.run(["apt-get", *apt, "-qq", "download", *names], check=True, cwd=folder / "debs")
    for package in (folder / "debs").glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", str(package), str(root)], check=True)
    loader = next(root.rglob("ld-linux-*.so.2"))
    libraries = next(root.rglob("libc.so.6")).parent
    path = f"{libraries}:{libraries}/llama"
    for library in [*root.rglob("libllama*.so*"), *root.rglob("libggml*.so*")]:
        if library.is_file() and not library.is_symlink():
            subprocess.run(["patchelf", "--force-rpath", "--set-rpath", path, str(library)], check=True)
    subprocess.run(
        ["patchelf", "--set-interpreter", str(loader), "--force-rpath", "--set-rpath", path, str(root / BINARY)],
        check=True,
    )
    (folder / "ready").touch()
    return root


def backend(root: Path) -> Path:
    """The build of llama.cpp's arithmetic for this processor."""
    flags = Path("/proc/cpuinfo").read_text().partition("flags")[2].partition("\n")[0].split()
    wanted: tuple[tuple[str, set[str]], ...] = (
        ("zen4", {"avx512f", "avx512_bf16", "avx512_vnni"}), ("icelake", {"avx512f", "avx512_vnni"}),
        ("skylakex", {"avx512f"}), ("alderlake", {"avx_vnni"}), ("haswell", {"avx2", "fma"}), ("x64", set()),
    )  # fmt: skip
    for name, needed in wanted:
        for found in root.rglob(f"libggml-cpu-{name}.so"):
            if needed <= set(flags):
                return found
    raise FileNotFoundError(f"no backend of llama.cpp for this processor below {root}")


class Server:
    """One slot, one model, one thread."""

    def __init__(self, root: Path, model: Path, context: int, threads: int, *arguments: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self._process = subprocess.Popen(
            [
                str(root / BINARY), "--model", str(model), "--ctx-size", str(context), "--threads", str(threads),
                "--threads-batch", str(threads), "--parallel", "1", "--port", str(port), *arguments,
            ],
            env={**os.environ, "GGML_BACKEND_PATH": str(backend(root))},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.url = f"http://127.0.0.1:{port}"
        self._client = httpx.Client(base_url=self.url, timeout=600.0, trust_env=False)

    def __enter__(self) -> Self:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                if self._client.get("/health").status_code == 200:
                    return self
            except httpx.TransportError:
                pass
            time.sleep(0.2)
        self.__exit__(None, None, None)
        raise RuntimeError("llama-server does not start")

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        self._client.close()

    def timings(self, tokens: list[int], n_predict: int = 1, *, cached: bool = True) -> dict[str, Any]:
        """What it says it took: `prompt_n`, `cache_n`, `prompt_ms`, `predicted_ms`, ..."""
        answer = self._client.post(
            "/completion",
            json={
                "prompt": tokens, "n_predict": n_predict, "cache_prompt": cached, "id_slot": 0, "temperature": 0.0,
                "samplers": ["top_k"], "top_k": 1,
            },
        ).raise_for_status()  # fmt: skip
        made: dict[str, Any] = answer.json()["timings"]
        return made


def _out(*command: str) -> list[str]:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
