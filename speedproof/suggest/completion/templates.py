"""How each family of models wants to be asked to fill a gap.

A template is chosen by the special tokens that a vocabulary has, never by a model's name: names are made up by
whoever publishes a model, tokens are what it was trained with. The facts are those of the families' model cards.

A prompt is a tuple of pieces, special tokens and texts. Texts are exact: whoever turns them into tokens adds nothing
to them, also where a tokenizer likes to put a space before a text, and looks for no special tokens in them. Only in
front of the whole prompt goes what the tokenizer begins every text with.

Where things stand in a prompt decides how much of it must be computed again for the next keystroke, as most servers
keep what they have only up to the first difference. So:

- Other files come first; they change least.
- What is typed on the cursor's line goes behind the token that begins the middle, where typing only appends, rather
  than before the suffix, which would all move (so does llama.vim). Models are trained on gaps that begin anywhere,
  also where this one now does. The price is that a name which is half typed ends inside of the middle, where training
  knows whole tokens only; every model that has no gaps at all lives with it. The indentation stays with the lines
  above: a gap that begins behind it begins as most answers do, and pressing Enter changes the lines above anyway.
- Families that want the suffix first need none of this. Code Llama is left as it was trained: its tokenizer puts
  spaces where a text begins, and in a middle that begins with typed text there would be one too many.

A space at the very end is left out. To a tokenizer it belongs to the word behind it, and so it stood everywhere in the
training: after a single space, or an indentation in full, a model expects anything but a word, and most often the end
of the line. The answer begins with the space then; `continued` takes it away.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum, auto

from speedproof.core.completion import Around


@dataclass(frozen=True, slots=True)
class Special:
    """One token of the vocabulary, by its name there."""

    token: str

    @property
    def text(self) -> str:
        """As it is written in prompts that are sent as text. SentencePiece writes a space as U+2581."""
        return f" {self.token[1:]}" if self.token.startswith("▁") else self.token


Piece = str | Special
"""A text, of the user or of the format, or a special token. Special tokens inside of a text are just text."""


class Slot(Enum):
    """What of an Around goes somewhere in a layout."""

    CONTEXT = auto()
    """The other files and the heading of this one, or nothing where there are no other files."""
    NAME = auto()
    """The path of the document on a line of its own where there are other files, or nothing."""
    PREFIX = auto()
    ABOVE = auto()
    """The prefix up to what is typed on the cursor's line. With TYPED it makes PREFIX."""
    TYPED = auto()
    SUFFIX = auto()
    PATH = auto()
    TEXT = auto()
    """Of another file, with one line end after it."""


Layout = tuple[Piece | Slot, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """How one family of models is asked."""

    name: str
    needs: tuple[str, ...]
    """A vocabulary that has these tokens is of this family, or close enough to it."""
    stops: tuple[str, ...]
    """The special tokens at which an answer ends, most telling first: some servers take only four."""
    gap: Layout
    """Of the whole prompt."""
    start: Layout = ()
    """Before the other files, where there are any."""
    file: Layout = ("# ", Slot.PATH, "\n", Slot.TEXT, "\n")
    """For each of the other files: PATH and TEXT are its own."""
    own: Layout = ("# ", Slot.PATH, "\n")
    """After them, as the heading of the document itself."""

    def pieces(self, around: Around) -> tuple[Piece, ...]:
        """The prompt. No text is empty, and no two texts are next to each other."""
        cut = _start_of_typed(around.prefix)
        values = {
            Slot.PREFIX: around.prefix,
            Slot.ABOVE: around.prefix[:cut],
            Slot.TYPED: around.prefix[cut:],
            Slot.SUFFIX: around.suffix,
            Slot.NAME: f"{around.path}\n" if around.extra_context else "",
        }
        parts: list[Piece] = []
        for part in self.gap:
            if part is Slot.CONTEXT:
                parts += self._context(around)
            else:
                parts.append(values[part] if isinstance(part, Slot) else part)
        pieces = _joined(parts)
        if pieces and isinstance(last := pieces[-1], str):
            return _joined((*pieces[:-1], last.removesuffix(" ")))
        return pieces

    def _context(self, around: Around) -> list[Piece]:
        if not around.extra_context:
            return []
        parts = [part for part in self.start if not isinstance(part, Slot)]
        for chunk in around.extra_context:
            parts += _filled(self.file, chunk.path, chunk.text.rstrip("\n") + "\n")
        return parts + _filled(self.own, around.path, "")


def template_for(has_token: Callable[[str], bool]) -> Template:
    """The most specific template that a vocabulary has all tokens for; there always is one."""
    return next(template for template in TEMPLATES.values() if all(map(has_token, template.needs)))


def continued(answer: str, prefix: str) -> str:
    """The answer, or as much of it as there is, without the one space that `prefix` ends with already."""
    is_there = prefix.endswith(" ") and answer.startswith(" ") and not answer.startswith("  ") and answer != " "
    return answer[1:] if is_there else answer


def as_text(pieces: Iterable[Piece]) -> str:
    """A prompt for a server that takes a text and finds special tokens in it by itself.

    Where the user's text happens to hold one of the prompt's special tokens, a space makes it text again.
    """
    pieces = tuple(pieces)
    specials = {piece.token.lstrip("▁") for piece in pieces if isinstance(piece, Special)}
    parts = [piece.text if isinstance(piece, Special) else _defused(piece, specials) for piece in pieces]
    if pieces and isinstance(pieces[0], Special):
        parts[0] = parts[0].lstrip(" ")
    return "".join(parts)


def _start_of_typed(prefix: str) -> int:
    """Where the first character of the cursor's line is that is no indentation; the cursor where there is none."""
    start = prefix.rfind("\n") + 1
    return len(prefix) - len(prefix[start:].lstrip(" \t\f"))


def _filled(layout: Layout, path: str, text: str) -> list[Piece]:
    values = {Slot.PATH: path, Slot.TEXT: text}
    return [values[part] if isinstance(part, Slot) else part for part in layout]


def _joined(parts: Iterable[Piece]) -> tuple[Piece, ...]:
    joined: list[Piece] = []
    for part in parts:
        last = joined[-1] if joined else None
        if isinstance(part, str) and isinstance(last, str):
            joined[-1] = last + part
        elif part:
            joined.append(part)
    return tuple(joined)


def _defused(text: str, specials: Iterable[str]) -> str:
    for special in specials:
        text = text.replace(special, f"{special[0]} {special[1:]}")
    return text


PROJECT = "project"
"""What stands for the repository's name, which nobody needs to know."""

_BARRED = ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>")
_PLAIN = ("<fim_prefix>", "<fim_suffix>", "<fim_middle>")
_HYPHENS = ("<fim-prefix>", "<fim-suffix>", "<fim-middle>")
_DEEPSEEK = ("<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>")
_LLAMA = ("▁<PRE>", "▁<SUF>", "▁<MID>")


def _gap(tokens: tuple[str, str, str], *, context_inside: bool = False) -> Layout:
    """Prefix, suffix, middle, each behind its token; other files before all or, where each text is one, inside it."""
    begin, hole, end = map(Special, tokens)
    heading: Layout = (begin, Slot.CONTEXT) if context_inside else (Slot.CONTEXT, begin)
    return (*heading, Slot.ABOVE, hole, Slot.SUFFIX, end, Slot.TYPED)


# From the most specific to the most general: the first one whose tokens exist is taken.
_FAMILIES = (
    # Qwen2.5-Coder and its successors.
    Template(
        name="qwen",
        needs=(*_BARRED, "<|repo_name|>", "<|file_sep|>"),
        stops=("<|endoftext|>", "<|file_sep|>", "<|repo_name|>", *_BARRED, "<|fim_pad|>", "<|im_end|>"),
        gap=_gap(_BARRED),
        start=(Special("<|repo_name|>"), f"{PROJECT}\n"),
        file=(Special("<|file_sep|>"), Slot.PATH, "\n", Slot.TEXT),
        own=(Special("<|file_sep|>"), Slot.PATH, "\n"),
    ),
    Template(
        name="codegemma",
        needs=(*_BARRED, "<|file_separator|>"),
        stops=("<|file_separator|>", "<eos>", *_BARRED),
        gap=_gap(_BARRED),
        file=(Slot.PATH, "\n", Slot.TEXT, Special("<|file_separator|>")),
        own=(Slot.PATH, "\n"),
    ),
    # Granite 4, and any other model with these tokens: nothing else is assumed.
    Template(
        name="granite",
        needs=_BARRED,
        stops=("<|end_of_text|>", "<|endoftext|>", *_BARRED, "<|fim_pad|>"),
        gap=_gap(_BARRED, context_inside=True),
    ),
    # The files of a repository, each below its name, were one text to this family, with the gap somewhere in it.
    Template(
        name="deepseek",
        needs=_DEEPSEEK,
        stops=("<｜end▁of▁sentence｜>", *_DEEPSEEK),
        gap=_gap(_DEEPSEEK, context_inside=True),
        file=("#", Slot.PATH, "\n", Slot.TEXT),
        own=("#", Slot.PATH, "\n"),
    ),
    # CodeQwen1.5.
    Template(
        name="codeqwen",
        needs=(*_PLAIN, "<reponame>", "<file_sep>"),
        stops=("<|endoftext|>", "<file_sep>", "<reponame>", *_PLAIN, "<fim_pad>"),
        gap=_gap(_PLAIN),
        start=(Special("<reponame>"), f"{PROJECT}\n"),
        file=(Special("<file_sep>"), Slot.PATH, "\n", Slot.TEXT),
        own=(Special("<file_sep>"), Slot.PATH, "\n"),
    ),
    # A file's name is part of its prefix here, behind the token that begins it.
    Template(
        name="starcoder2",
        needs=(*_PLAIN, "<repo_name>", "<file_sep>"),
        stops=("<file_sep>", "<|endoftext|>", "<repo_name>", *_PLAIN, "<fim_pad>"),
        gap=(Slot.CONTEXT, Special(_PLAIN[0]), Slot.NAME, *_gap(_PLAIN)[2:]),
        start=(Special("<repo_name>"), PROJECT),
        file=(Special("<file_sep>"), Slot.PATH, "\n", Slot.TEXT),
        own=(Special("<file_sep>"),),
    ),
    # StarCoder, Granite code, Stable Code: trained on single files, whatever else their vocabulary has.
    Template(
        name="starcoder",
        needs=_PLAIN,
        stops=("<|endoftext|>", "<file_sep>", *_PLAIN, "<fim_pad>"),
        gap=_gap(_PLAIN, context_inside=True),
    ),
    Template(
        name="santacoder",
        needs=_HYPHENS,
        stops=("<|endoftext|>", *_HYPHENS, "<fim-pad>"),
        gap=_gap(_HYPHENS, context_inside=True),
    ),
    Template(
        name="codellama",
        needs=_LLAMA,
        stops=("▁<EOT>", "</s>", *_LLAMA),
        gap=(Special("▁<PRE>"), " ", Slot.CONTEXT, Slot.PREFIX, Special("▁<SUF>"), Slot.SUFFIX, Special("▁<MID>")),
    ),
    Template(
        name="codestral",
        needs=("[SUFFIX]", "[PREFIX]"),
        stops=("</s>", "[SUFFIX]", "[PREFIX]", "[MIDDLE]"),
        gap=(Special("[SUFFIX]"), Slot.SUFFIX, Special("[PREFIX]"), Slot.CONTEXT, Slot.PREFIX),
        file=("+++++ ", Slot.PATH, "\n", Slot.TEXT, "\n"),
        own=("+++++ ", Slot.PATH, "\n"),
    ),
    # No gaps, but files one after the other: SmolLM2.
    Template(
        name="prefix-only-repository",
        needs=("<repo_name>", "<file_sep>"),
        stops=("<|endoftext|>", "<file_sep>", "<repo_name>", "<|im_end|>"),
        gap=(Slot.CONTEXT, Slot.PREFIX),
        start=(Special("<repo_name>"), PROJECT),
        file=(Special("<file_sep>"), Slot.PATH, "\n", Slot.TEXT),
        own=(Special("<file_sep>"), Slot.PATH, "\n"),
    ),
    Template(
        name="prefix-only",
        needs=(),
        stops=("<|endoftext|>", "</s>", "<|end_of_text|>", "<eos>"),
        gap=(Slot.CONTEXT, Slot.PREFIX),
    ),
)

TEMPLATES = {family.name: family for family in _FAMILIES}
"""By the names that the setting `model_template` takes, in the order in which they are tried."""
