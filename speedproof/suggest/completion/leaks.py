"""What models put around an answer that is no part of it: special tokens that came through as text, code fences."""

import re

from speedproof.core.completion import Around, Kind, Place

_SPECIAL = re.compile(
    r"""(?<!["'`])(?:
      <\|[A-Za-z_][\w/-]*\|>                             # <|endoftext|> and its kin
    | <｜[^｜<>\n]{1,40}｜>                                # DeepSeek's, in wide bars
    | <fim[_-](?:prefix|middle|suffix|pad)>
    | <(?:file_sep|repo_name|reponame|gh_stars|empty_output|issue_\w+|jupyter_\w+|commit_\w+)>
    | <(?:/s|eos|bos|pad|unk|EOT|end_of_turn|start_of_turn)>
    | [ ]?<(?:PRE|SUF|MID)>
    | \[(?:PREFIX|SUFFIX|MIDDLE)\]
    | \[/?INST\]
    )""",
    re.VERBOSE,
)
"""Those in quotes are somebody's text."""
_FIRST = re.compile(r"<s>")
"""Only at the start, since it is HTML, too."""
_FENCE = re.compile(r"\s*```[\w+-]*[ \t]*(\n|$)")
_CLOSING_FENCE = re.compile(r"(?:^|\n)[ \t]*```")
_PROSE = (".md", ".markdown", ".rst", ".txt", ".adoc", ".ipynb")
"""Files in which a fence is text like any other."""


def answer_in(text: str, around: Around, place: Place) -> tuple[int, int | None]:
    """Where in `text`, which may still grow, the answer begins, and where it ends if that is known.

    A special token ends it, unless it is the first thing, or the document holds the same token: then it is about
    such tokens. A fence at the start is left out, and ends the answer elsewhere.
    """
    start = 0
    fenced = place.kind is Kind.CODE and not around.path.endswith(_PROSE)
    quoted = around.prefix.endswith(('"', "'", "`"))
    while True:
        if fenced and (fence := _FENCE.match(text, start)):
            start = fence.end()
        token = _SPECIAL.match(text, start) or _FIRST.match(text, start)
        if token is None or quoted or _is_written(token[0], around):
            break
        start = token.end()
    leaked = (token.start() for token in _SPECIAL.finditer(text, start) if not _is_written(token[0], around))
    ends = [place for place in [next(leaked, None)] if place is not None and (place or not quoted)]
    if fenced and (closing := _CLOSING_FENCE.search(text, start)):
        ends.append(closing.start())
    return start, min(ends) if ends else None


def _is_written(token: str, around: Around) -> bool:
    """Whether somebody has written `token`, or the other one of its pair, into the document."""
    name = token.strip().replace("/", "")
    return name in around.suffix or name in around.prefix
