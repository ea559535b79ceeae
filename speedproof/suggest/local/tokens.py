"""Texts to tokens and back, such that nothing in a user's text can pass for a token that steers the model."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tokenizers import Tokenizer

MARKER = re.compile(r"[\s▁]*(<[^<>\s]*[^\W\d_][^<>\s]*>|\[[A-Z][A-Z_]*\])[\s▁]*")
"""What tokens look like that stand for no text. Qwen's vocabulary, for one, does not say so of all of them."""
REMEMBERED = 8
"""Tokens before a new one that are decoded with it: how it is written may depend on them."""
BROKEN = "\ufffd"
"""What is decoded from a part of a character."""


class Tokens:
    """The tokenizer of a model."""

    def __init__(self, backend: Tokenizer, ends: Iterable[int] = (), named: Iterable[int] = ()) -> None:
        """`ends` are the ids that end a text, `named` others that the model's configuration gives a role."""
        self._backend = backend
        self._backend.encode_special_tokens = True
        self._backend.no_truncation()
        self._backend.no_padding()
        added = backend.get_added_tokens_decoder()
        markers = {number for number, token in added.items() if token.special or MARKER.fullmatch(token.content)}
        self.ends = frozenset(ends)
        self.markers = frozenset(markers | self.ends | set(named))
        """Tokens that stand for no text."""
        self.beginning = self._beginning()
        """What every text begins with."""

    @classmethod
    def from_json(cls, text: str, config: Mapping[str, Any], generation: Mapping[str, Any] | None = None) -> "Tokens":
        """From a tokenizer.json, and what config.json and generation_config.json say. Raises ValueError."""
        try:
            backend = Tokenizer.from_str(_adding_nothing(text))
        except Exception as error:  # of the library, which has no class of its own for them
            raise ValueError(str(error)) from error
        said = [values.get("eos_token_id") for values in (config, generation or {})]
        ends = {
            number for each in said for number in (each if isinstance(each, list) else [each]) if number is not None
        }
        named = {number for role in ("bos", "pad") if (number := config.get(f"{role}_token_id")) is not None}
        return cls(backend, ends, named)

    def encode(self, text: str) -> list[int]:
        """None of `markers` among them, and nothing put before or behind."""
        made = self._backend.encode(text, add_special_tokens=False)
        ids: list[int] = made.ids
        if self.markers.isdisjoint(ids):
            return ids
        found = [(number, *made.offsets[place]) for place, number in enumerate(ids) if number in self.markers]
        # Cut in the middle, near its start and near its end: white space around a marker may count as part of it.
        wide = [(start, end) for _, start, end in found if end - start > 1]
        cuts = sorted({cut for start, end in wide for cut in (start + 1, (start + end) // 2, end - 1)})
        if not cuts:
            return [number for number in ids if number not in self.markers]
        parts = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
        return [number for part in parts for number in self.encode(part)]

    def decode(self, ids: Sequence[int]) -> str:
        return str(self._backend.decode(list(ids), skip_special_tokens=False))

    def id_of(self, token: str) -> int | None:
        """Of the token that is written so in the vocabulary."""
        number: int | None = self._backend.token_to_id(token)
        return number

    def _beginning(self) -> tuple[int, ...]:
        made = self._backend.encode("a")
        text = next((place for place, mask in enumerate(made.special_tokens_mask) if not mask), 0)
        return tuple(made.ids[:text])


def _adding_nothing(text: str) -> str:
    """A tokenizer.json that puts no space before a text: pieces of a prompt follow each other as they are."""
    if not any(name in text for name in ("Prepend", "Metaspace", "add_prefix_space")):
        return text
    said = json.loads(text)
    before = json.dumps([said.get("normalizer"), said.get("pre_tokenizer")])
    for part in ("normalizer", "pre_tokenizer"):
        said[part] = _without_prefix(said.get(part))
    after = json.dumps([said["normalizer"], said["pre_tokenizer"]])
    return text if before == after else json.dumps(said)


def _without_prefix(part: Any) -> Any:
    if not isinstance(part, dict):
        return part
    if part.get("type") == "Prepend":
        return None
    changed = {**part}
    for key in ("normalizers", "pretokenizers"):
        if isinstance(part.get(key), list):
            changed[key] = [kept for each in part[key] if (kept := _without_prefix(each)) is not None]
    if "prepend_scheme" in part:
        changed["prepend_scheme"] = "never"
    if "add_prefix_space" in part:
        changed["add_prefix_space"] = False
    return changed


class Written:
    """The text of tokens as they come, character by whole character."""

    def __init__(self, tokens: Tokens, before: Sequence[int]) -> None:
        """`before` are the tokens of the text that this one goes on from."""
        self._tokens = tokens
        self._ids = [number for number in before[-REMEMBERED:] if number not in tokens.markers]
        self._told = tokens.decode(self._ids)

    def add(self, token: int) -> str:
        """What is certain by now and was not before; empty as long as the last character is not whole.

        Holds BROKEN where the bytes of two characters do not make any.
        """
        self._ids.append(token)
        text = self._tokens.decode(self._ids)
        if text.endswith(BROKEN):
            return ""
        new = text[len(self._told) :]
        self._ids = self._ids[-REMEMBERED:]
        self._told = self._tokens.decode(self._ids)
        return new
