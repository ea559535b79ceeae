"""Source files as text, and back to the very same bytes."""

import os
import re
import tempfile
import tokenize
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from speedproof.core.errors import UsageError

MAX_SOURCE_BYTES = 5 * 2**20
"""What is larger is data that happens to be Python."""


@dataclass(frozen=True, slots=True)
class Source:
    """A Python file as it was read.

    `text` has the file's line ends as `\\n` where they are all alike (`newline` is what they are); a file that
    mixes them keeps each in `text`, and `newline` is empty. A byte order mark is not part of `text`.
    """

    path: Path
    text: str
    data: bytes
    encoding: str
    newline: str

    def encoded(self, text: str) -> bytes:
        """`text` in this file's encoding, with its line ends and its byte order mark.

        Raises UsageError where the encoding lacks a character of `text`.
        """
        if self.newline:
            text = text.replace("\n", self.newline)
        try:
            # "utf-8-sig", as tokenize names it, writes the mark by itself.
            return text.encode(self.encoding)
        except UnicodeEncodeError as error:
            raise UsageError(
                f"{self.path}: {error.object[error.start]!r} cannot be written in {self.encoding}"
            ) from error


def read_source(path: Path) -> Source:
    """Raises UsageError where `path` is no readable file, or not text in the encoding it declares (PEP 263)."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    return decoded(path, data)


def decoded(path: Path, data: bytes) -> Source:
    """What a file of this content is as a Source; `path` names it. Raises UsageError where it is no text."""
    try:
        encoding, _ = tokenize.detect_encoding(BytesIO(data).readline)
        text = data.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        raise UsageError(f"{path}: {_why_not_text(error)}") from error
    if "\0" in text:
        raise UsageError(f"{path}: not Python source: it holds null bytes")
    newlines = set(re.findall(r"\r\n|\r|\n", text))
    newline = newlines.pop() if len(newlines) == 1 else ""
    return Source(path, text.replace(newline, "\n") if newline else text, data, encoding, newline)


def stamp(path: Path) -> list[int]:
    """Another one when the file is written; empty where it is not there."""
    try:
        status = path.stat()
    except OSError:
        return []
    return [status.st_mtime_ns, status.st_size]


def encoded(text: str) -> bytes:
    """As an interpreter reads it that knows nothing of the file: in the encoding that the text declares (PEP 263)."""
    data = text.encode("utf-8", "surrogatepass")
    encoding, _ = tokenize.detect_encoding(BytesIO(data).readline)
    return data if encoding == "utf-8" else text.encode(encoding)


def write_source(source: Source, text: str) -> Source:
    """Replaces the file's text, whole or not at all, keeping its mode; returns the file as it is then.

    Raises UsageError where the file is no longer what `source` was read from, cannot be written, or uses its
    encoding in a way that would not survive (some encodings have several spellings of one character).
    """
    path = source.path.resolve()  # a link stays a link
    data = source.encoded(text)
    if source.encoded(source.text) != source.data:
        raise UsageError(f"{source.path}: rewriting it in {source.encoding} would change other places too")
    try:
        if path.read_bytes() != source.data:
            raise UsageError(f"{source.path} has changed meanwhile; it was left as it is")
        _replace(path, data)
    except OSError as error:
        raise UsageError(f"cannot write {source.path}: {error.strerror}") from error
    return read_source(source.path)


def _replace(path: Path, data: bytes) -> None:
    # In the same folder, since a rename is atomic only within one file system.
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        stat = path.stat()
        temporary.chmod(stat.st_mode & 0o7777)
        with suppress(OSError, AttributeError):  # only root may give files away; Windows has no owner
            os.chown(temporary, stat.st_uid, stat.st_gid)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _why_not_text(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"not {error.encoding} text (byte {error.start})"
    if "invalid or missing encoding" in str(error):  # tokenize's words for bytes that are not UTF-8
        return "not utf-8 text; another encoding must be declared in the first line (PEP 263)"
    return str(error)
