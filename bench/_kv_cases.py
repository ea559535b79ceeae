"""Real Python files with edits as programmers make them: text before, text after."""

import json
import re
import sysconfig
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

FILES = (
    "argparse", "ast", "bdb", "calendar", "cgitb", "codecs", "configparser", "csv", "dataclasses", "datetime",
    "difflib", "dis", "doctest", "enum", "fileinput", "fractions", "ftplib", "functools", "gettext", "heapq",
    "imaplib", "inspect", "ipaddress", "locale", "mailbox", "mimetypes", "nntplib", "optparse", "pathlib",
    "pdb", "pickle", "pickletools", "plistlib", "poplib", "pprint", "pydoc", "pyclbr", "random", "shutil",
    "smtplib", "socketserver", "statistics", "string", "subprocess", "tarfile", "tempfile", "textwrap",
    "threading", "tokenize", "trace", "traceback", "turtle", "typing", "uuid", "weakref", "zipfile",
)  # fmt: skip
LINE = "        self._pending = result or None\n"
COMMIT = "commit"
"""The kind of the edits that real commits made."""
CHARACTERS_PER_TOKEN = 3.2


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    edit: str
    before: list[int]
    after: list[int]


def cases(tokenizer: Any, length: int, count: int, edits: tuple[str, ...] = ()) -> Iterator[Case]:
    """`count` cases of about `length` tokens each, every class of edit in turn, the same ones every time."""
    rng = Random(length)
    chosen = edits or tuple(EDITS)
    made = number = 0
    texts = _texts(tokenizer, length, rng)
    while made < count:
        name, text = next(texts)
        edit = chosen[made % len(chosen)]
        number += 1
        after = EDITS[edit](text, rng)
        if after is None or after == text:
            continue
        yield Case(f"{name} {number}", edit, tokenizer.encode(text), tokenizer.encode(after))
        made += 1


def grouped_cases(tokenizer: Any, length: int, count: int) -> Iterator[list[Case]]:
    """About `count` cases, in groups of one text before and every class of edit that it allows."""
    rng = Random(length)
    for number, (name, text) in enumerate(_texts(tokenizer, length, rng)):
        if count <= 0:
            return
        before = tokenizer.encode(text)
        edited = {edit: change(text, rng) for edit, change in EDITS.items()}
        group = [
            Case(f"{name} {number}", edit, before, tokenizer.encode(after))
            for edit, after in edited.items()
            if after is not None and after != text
        ]
        count -= len(group)
        yield group


def committed_cases(tokenizer: Any, length: int, data: Path) -> Iterator[list[Case]]:
    """The edits of real commits in `data`, one place after the other; one group for those that share a window of text.

    In a group each text before is the text after of the one before it.
    """
    files = {row["name"]: row["text"] for row in _rows(data / "files.jsonl")}
    for trace in _rows(data / "edit_traces.jsonl"):
        text = files[trace["base_file"]]
        for number, step in enumerate(trace["steps"]):
            group: list[Case] = []
            start = stop = moved = 0
            for edit in step["edits"]:
                first, last = edit["start"] + moved, edit["end"] + moved
                half = int(CHARACTERS_PER_TOKEN * length / 2)
                if not start <= first <= last < stop - half // 4:
                    if group:
                        yield group
                    group, start = [], max(0, first - half)
                    stop = min(len(text), start + 2 * half)
                after = text[:first] + edit["text"] + text[last:]
                grown = len(after) - len(text)
                encoded = [tokenizer.encode(one) for one in (text[start:stop], after[start : stop + grown])]
                if encoded[0] != encoded[1]:
                    group.append(Case(f"{trace['id']} {number}", COMMIT, *encoded))
                text, stop, moved = after, stop + grown, moved + grown
            if group:
                yield group


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.is_file() else []


def drifting(tokenizer: Any, length: int, count: int, number: int = 0) -> Iterator[Case]:
    """One text, the one of that `number`, edited again and again at changing places, as by somebody who goes through
    a file."""
    rng = Random(length + 1)
    _, text = next(islice(_texts(tokenizer, length, rng), number, None))
    kinds = [edit for edit in EDITS if edit not in ("rename", "block move")]
    for number in range(count):
        edit = kinds[number % len(kinds)]
        after = EDITS[edit](text, rng)
        if after is not None and after != text:
            yield Case(f"edit {number}", edit, tokenizer.encode(text), tokenizer.encode(after))
            text = after


def long_text(tokenizer: Any, length: int, number: int = 0) -> list[int]:
    """The first `length` tokens of standard library files one after the other, from the one of that number on."""
    folder = Path(sysconfig.get_path("stdlib"))
    tokens: list[int] = []
    names = [name for name in FILES if (folder / f"{name}.py").exists()]
    while len(tokens) < length:
        tokens += tokenizer.encode((folder / f"{names[number % len(names)]}.py").read_text(encoding="utf-8"))
        number += 1
    return tokens[:length]


def _texts(tokenizer: Any, length: int, rng: Random) -> Iterator[tuple[str, str]]:
    """Windows of files that end in the middle of a line, as where somebody types."""
    folder = Path(sysconfig.get_path("stdlib"))
    encoded: dict[str, list[int]] = {}
    while True:
        for name in FILES:
            path = folder / f"{name}.py"
            if not path.exists():
                continue
            if name not in encoded:
                encoded[name] = tokenizer.encode(path.read_text(encoding="utf-8"))
            ids = encoded[name]
            if len(ids) <= length:
                continue
            start = rng.randrange(len(ids) - length)
            yield name, tokenizer.decode(ids[start : start + length])


def _middle(text: str, rng: Random) -> int:
    """The start of a line between 40 and 60 % of the text."""
    place = int(len(text) * rng.uniform(0.4, 0.6))
    return text.find("\n", place) + 1


def _identifier(text: str, rng: Random) -> int:
    """The end of an identifier in the middle."""
    found = re.compile(r"[a-z]\b").search(text, _middle(text, rng))
    return found.end() if found else len(text) // 2


def _insert_one(text: str, rng: Random) -> str:
    place = _identifier(text, rng)
    return text[:place] + rng.choice("xs2_") + text[place:]


def _insert_ten(text: str, rng: Random) -> str:
    place = _middle(text, rng)
    return text[:place] + LINE + text[place:]


def _delete_twenty(text: str, rng: Random) -> str:
    """About two lines."""
    place = _middle(text, rng)
    return text[:place] + text[text.find("\n", place + 60) + 1 :]


def _three_places(text: str, rng: Random) -> str:
    for share in (0.75, 0.5, 0.25):
        place = text.find("\n", int(len(text) * share)) + 1
        text = text[:place] + rng.choice((LINE, "\n", "    # see above\n")) + text[place:]
    return text


def _rename(text: str, rng: Random) -> str | None:
    names = re.findall(r"\b[a-z_]{4,}\b", text)
    often = [name for name in sorted(set(names)) if 3 <= names.count(name) <= 30 and name not in ("self", "return")]
    if not often:
        return None
    return re.sub(rf"\b{rng.choice(often)}\b", rng.choice(("entry", "my_value", "handler", "item_count")), text)


def _import(text: str, _rng: Random) -> str:
    return "from collections import OrderedDict\n" + text


def _move(text: str, rng: Random) -> str:
    """A block of some lines from one place to another."""
    lines = text.splitlines(keepends=True)
    start = rng.randrange(len(lines) // 3, len(lines) // 2)
    size = rng.randint(8, 20)
    block, rest = lines[start : start + size], lines[:start] + lines[start + size :]
    target = rng.randrange(len(rest) // 2, len(rest) - 5)
    return "".join(rest[:target] + block + rest[target:])


EDITS: dict[str, Callable[[str, Random], str | None]] = {
    "insert 1": _insert_one,
    "insert 10": _insert_ten,
    "delete 20": _delete_twenty,
    "three places": _three_places,
    "rename": _rename,
    "import at the top": _import,
    "block move": _move,
}
