"""What a model has read of documents, on disk, so that after a restart it need not be read again.

    snapshots/cache.db       names, sizes, when each page was used (diskcache)
              7f/3a/….val    a page: the length of its header, the header as JSON, keys and values of up to 64 tokens

A page's name is a digest of the version of the format, the model, how it is run, the document, and the page's number.
Its header has its tokens, and a digest of all before them. Only what is exact is kept, and that follows from these: so
a page belongs to a snapshot where it goes on from the page before, whoever wrote it, and for whichever text. After an
edit the pages before it stay as they are.

Pages are written, and used, from the last to the first: where there is no more room a text loses its end first.
"""

import hashlib
import json
import zlib
from array import array
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from io import BufferedReader
from pathlib import Path
from time import monotonic
from typing import TypeVar

import torch
from torch import Tensor

from speedproof import __version__
from speedproof.core.cancel import CancelToken
from speedproof.core.errors import UsageError
from speedproof.core.store import Blobs
from speedproof.suggest.local.convert import key_of
from speedproof.suggest.local.linear import Precision
from speedproof.suggest.local.model import Model
from speedproof.suggest.local.plan import align, n_kept
from speedproof.suggest.local.session import Session
from speedproof.suggest.local.tensors import Damaged
from speedproof.suggest.models import private_folder, snapshots_folder

FORMAT = 1
PAGE = 64
"""Tokens. Of a small model that is 3 MB: some milliseconds, after which a cancel is obeyed."""
MANY, SHARE = 256, 0.25
"""So many tokens that a snapshot could not give, or that share of a text, make it worth writing."""
SECONDS = 60.0
"""Between two times that a document is written."""
MIN_TOKENS = 64
"""A shorter text is soon read again."""
HEADER_BYTES = 16
"""For each token of it, about."""
MAX_HEADER = 2**14
FILE = "file:"
"""Other documents are in no file, and their text is not to come into one."""
WEIGHTS = (".safetensors", ".bin")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Written:
    """What this process knows to be on disk of a document, and when that came there, by the clock."""

    tokens: Sequence[int] = ()
    at: float | None = None


@dataclass(frozen=True, slots=True)
class _Header:
    before: str
    tokens: list[int]
    checksum: int


class Snapshots:
    """Of one model. Used on one thread at a time."""

    def __init__(self, blobs: Blobs, model: Model, key: str, tag: str) -> None:
        """`key` names the model and how it is run, `tag` the model alone."""
        self._blobs = blobs
        self._model = model
        self._key = key
        self._tag = tag
        self._written: dict[str, _Written] = {}

    @classmethod
    def of(cls, model: Model, precision: Precision, identity: str, limit_bytes: int) -> "Snapshots | None":
        """In the user's folder; None where that cannot be written. `identity` names what the weights are from."""
        shape = {**asdict(model.shape), "frequencies": model.shape.frequencies.tolist()}
        run = [str(precision), str(model.dtype), model.device.type]
        said = [FORMAT, __version__, torch.__version__, identity, *run, shape]
        try:
            blobs = Blobs(private_folder(snapshots_folder()), limit_bytes)
        except OSError:
            return None
        return cls(blobs, model, _digest(json.dumps(said, sort_keys=True)), identity)

    def resume(self, session: Session, document: str, wanted: Sequence[int], at_least: int) -> bool:
        """Give a new session what of the document's snapshot is of use for `wanted`, if that is `at_least` tokens."""
        pages = self._pages(document)
        tokens = [token for page in pages for token in page]
        last = self._written.get(document, _Written())
        self._written[document] = replace(last, tokens=tokens)
        kept = align(tokens, wanted)
        if sum(run.length for run in kept) >= at_least:
            self._read(session, document, pages, min(max(run.old + run.length for run in kept), session.n_free))
        for number in reversed(range(len(pages))):
            self._blobs.touch(self._name(document, number))
        return bool(session.tokens)

    def n_there(self, document: str, wanted: Sequence[int]) -> int:
        """How many tokens of `wanted` the snapshot has, as far as it has been looked at or written already."""
        return n_kept(self._written[document].tokens, wanted) if document in self._written else 0

    def keep(self, session: Session, document: str, cancel: CancelToken) -> None:
        """Write what is exact, where much of it is not on disk yet. Raises Cancelled between two pages."""
        room = self._blobs.room // (session.cache.bytes_per_slot + HEADER_BYTES)
        tokens = session.tokens[: min(session.n_exact, room)]
        if not document.startswith(FILE) or not self._is_worth_it(document, tokens):
            return
        last = self._written.get(document, _Written())
        self._written[document] = _Written((), last.at)  # as long as it is not all there
        marks = _marks(tokens)
        for number in reversed(range(len(marks))):
            cancel.check()
            start = number * PAGE
            page = tokens[start : start + PAGE]
            name = self._name(document, number)
            if self._is_there(name, marks[number], page):
                continue
            value = _packed(name, marks[number], page, session.exported(start, start + len(page)))
            if not self._blobs.put(name, value, self._tag):
                self._written[document] = _Written((), monotonic())
                return
        number = len(marks)
        while self._blobs.drop(self._name(document, number)):
            number += 1
        self._written[document] = _Written(tokens, monotonic())

    def forget(self, document: str) -> None:
        """It was closed. What is on disk stays there."""
        self._written.pop(document, None)

    def _is_worth_it(self, document: str, tokens: Sequence[int]) -> bool:
        last = self._written.get(document, _Written())
        if len(tokens) < MIN_TOKENS or (last.at is not None and monotonic() < last.at + SECONDS):
            return False
        return len(tokens) - n_kept(last.tokens, tokens) >= min(MANY, SHARE * len(tokens))

    def _read(self, session: Session, document: str, pages: Sequence[list[int]], stop: int) -> None:
        """Give `session` the tokens up to `stop`, as far as their pages are whole."""
        before = _marks([token for page in pages for token in page])
        for number, tokens in enumerate(pages[: -(-stop // PAGE)]):
            exported = self._exported(self._name(document, number), before[number], tokens)
            if exported is None:
                self._written[document] = _Written()
                return
            count = min(len(tokens), stop - len(session.tokens))
            session.resume(tokens[:count], exported[:, :, :, :count])

    def _pages(self, document: str) -> list[list[int]]:
        """The tokens of each page, as far as they follow on each other."""
        pages: list[list[int]] = []
        mark = hashlib.sha256()
        while not pages or len(pages[-1]) == PAGE:
            header = self._header(self._name(document, len(pages)))
            if header is None or header.before != mark.hexdigest():
                break
            pages.append(header.tokens)
            mark.update(_bytes_of(header.tokens))
        return pages

    def _is_there(self, name: str, before: str, tokens: list[int]) -> bool:
        header = self._header(name)
        return header is not None and (header.before, header.tokens) == (before, tokens)

    def _header(self, name: str) -> _Header | None:
        return self._opened(name, lambda file: self._header_in(file, name))

    def _exported(self, name: str, before: str, tokens: list[int]) -> Tensor | None:
        """Keys and values on a page, if that is still the one with these tokens."""

        def read(file: BufferedReader) -> Tensor | None:
            header = self._header_in(file, name)
            return self._tensor_in(file, header) if (header.before, header.tokens) == (before, tokens) else None

        return self._opened(name, read)

    def _opened(self, name: str, read: Callable[[BufferedReader], T]) -> T | None:
        """What `read` makes of a page; None where there is none. One that is damaged is dropped."""
        file = self._blobs.get(name)
        if file is None:
            return None
        try:
            with file:
                return read(file)
        except (OSError, Damaged):
            self._blobs.drop(name)
            return None

    def _header_in(self, file: BufferedReader, name: str) -> _Header:
        """Raises Damaged, OSError."""
        length = int.from_bytes(file.read(8), "little")
        if not 2 <= length <= MAX_HEADER:
            raise Damaged("a page does not begin as it should")
        try:
            said = json.loads(file.read(length))
            header = _Header(said["before"], said["tokens"], said["crc32"])
            whole = said["name"] == name and 0 < len(header.tokens) <= PAGE
            known = all(type(token) is int and 0 <= token < self._model.shape.vocabulary for token in header.tokens)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise Damaged("the header of a page cannot be read") from error
        if not whole or not known:
            raise Damaged("a page is not the one that was written")
        return header

    def _tensor_in(self, file: BufferedReader, header: _Header) -> Tensor:
        """Keys and values, as `Session.exported` gave them. Raises Damaged, OSError."""
        shape = self._model.shape
        size = (2, shape.n_layers, shape.n_kv_heads, len(header.tokens), shape.head_dim)
        tensor = torch.empty(size, dtype=self._model.dtype)
        data = _memory_of(tensor)
        # What is read is buffered, and comes whole unless the file ends.
        if file.readinto(data) != len(data) or file.read(1) or zlib.crc32(data) != header.checksum:
            raise Damaged("a page is not what was written")
        return tensor

    def _name(self, document: str, number: int) -> str:
        return _digest(json.dumps([self._key, document, number]))


def identity_of(source: str | Path) -> str:
    """Names the content of a model's files; empty where there are none here. Reads a little of each."""
    path = Path(source).expanduser()
    try:
        if path.is_file():
            return key_of(path)
        folder = path if path.is_dir() else _from_a_hub(str(source))
        files = sorted(file for file in folder.iterdir() if file.suffix in WEIGHTS)
        said = [[file.name, key_of(file)] for file in files]
        return _digest(json.dumps([said, (folder / "config.json").read_text(encoding="utf-8")])) if said else ""
    except (OSError, ValueError, UsageError):
        return ""


def _from_a_hub(hub_id: str) -> Path:
    """Raises OSError or ValueError where it was never fetched."""
    from huggingface_hub import snapshot_download

    return Path(snapshot_download(hub_id, local_files_only=True))


def _marks(tokens: Sequence[int]) -> list[str]:
    """For each page of `tokens` a digest of those before it."""
    digest = hashlib.sha256()
    marks = []
    for start in range(0, len(tokens), PAGE):
        marks.append(digest.hexdigest())
        digest.update(_bytes_of(tokens[start : start + PAGE]))
    return marks


def _packed(name: str, before: str, tokens: list[int], exported: Tensor) -> bytes:
    data = _memory_of(exported)
    said = {"name": name, "before": before, "tokens": tokens, "crc32": zlib.crc32(data)}
    header = json.dumps(said, separators=(",", ":")).encode()
    return b"".join((len(header).to_bytes(8, "little"), header, data))


def _memory_of(tensor: Tensor) -> memoryview:
    """Its bytes, where they are."""
    return tensor.flatten().view(torch.uint8).numpy().data


def _bytes_of(tokens: Sequence[int]) -> bytes:
    return array("q", tokens).tobytes()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
