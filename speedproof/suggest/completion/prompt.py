"""What a model is shown of a document and of the files around it, so that the next time most of it is the same.

Other files stand before the document in a prompt. A change among them means to compute the whole document again, so
they change as seldom as possible: what was shown stays where it was, new things are added behind it, and only what
has become wrong is taken out. When there is no room left and half of what is shown is no longer asked for, all is laid
out anew, once, rather than the oldest replaced again and again.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from speedproof.core.completion import Around, Chunk
from speedproof.suggest.completion.window import windowed

CONTEXT_SHARE = 0.25
"""Of the characters, which a long document leaves to other files where there is something to show."""
SPARE_SHARE = 1 / 16
"""Of the characters: room that nothing new is put into, so that it does not have to go when the text grows."""
HEADING = 16
"""Characters, about, that the format adds to each chunk besides its path."""
RESEMBLING = 0.5
"""Two texts that share more of their lines are shown once."""
WORTH_KEEPING = 0.5
"""Of the characters of what is shown: with less of them still asked for, a full context is laid out anew."""


def around_for(
    path: str,
    text: str,
    offset: int,
    context: Sequence[Chunk],
    budget_characters: int,
    previous: Around | None = None,
) -> Around:
    """What a model is shown for the cursor at `offset` of `text`, in about `budget_characters` with its headings.

    `context` is what may help, the most helpful first. `previous` is what this returned for the same document before:
    its chunks come first again, in their order, also those that `context` no longer names; without those that
    lie in the window by now, or of which `context` has another state. Whoever forbids a file to be shown must not
    pass on a `previous` from before.
    """
    kept = previous.extra_context if previous is not None and previous.path == path else ()
    share = CONTEXT_SHARE if context or kept else 0.0
    previous_suffix = previous.suffix if previous is not None and previous.path == path else ""
    n_for_window = budget_characters - int(budget_characters * share)
    prefix, suffix = windowed(text[:offset], text[offset:], n_for_window, previous_suffix=previous_suffix)
    if not context and not kept:
        return Around(path, prefix, suffix)
    room = budget_characters - len(prefix) - len(suffix)
    return Around(path, prefix, suffix, _chosen(context, kept, _lines(prefix + suffix), room, budget_characters))


def _chosen(
    wanted: Sequence[Chunk], kept: Sequence[Chunk], window: frozenset[str], room: int, budget: int
) -> tuple[Chunk, ...]:
    room_for_new = room - int(budget * SPARE_SHARE)
    still = [chunk for chunk in kept if not _lies_in(chunk, window) and not _is_outdated(chunk, wanted)]
    chosen = tuple(_fitting(still, room))
    added = tuple(_added(chosen, wanted, window, room_for_new))
    n_useful = sum(_size(chunk) for chunk in chosen if chunk in wanted)
    if n_useful < WORTH_KEEPING * sum(map(_size, chosen)):
        is_full = len(added) < len(tuple(_added(chosen, wanted, window, None)))
        return tuple(_added((), wanted, window, room_for_new)) if is_full else (*chosen, *added)
    return (*chosen, *added)


def _fitting(chunks: Iterable[Chunk], room: int) -> Iterator[Chunk]:
    """The first ones: what comes behind one that does not fit has to move anyway."""
    for chunk in chunks:
        room -= _size(chunk)
        if room < 0:
            return
        yield chunk


def _added(
    shown: Sequence[Chunk], wanted: Iterable[Chunk], window: frozenset[str], room: int | None
) -> Iterator[Chunk]:
    """Those of `wanted` that are not shown yet and fit in beside `shown`; with `room` None all fit."""
    seen = [_lines_of(chunk) for chunk in shown]
    left = None if room is None else room - sum(map(_size, shown))
    for chunk in wanted:
        lines = _lines_of(chunk)
        if not lines or _lies_in(chunk, window) or any(_resemble(lines, other) for other in seen):
            continue
        if left is not None:
            if _size(chunk) > left:
                continue
            left -= _size(chunk)
        seen.append(lines)
        yield chunk


def _is_outdated(chunk: Chunk, wanted: Sequence[Chunk]) -> bool:
    """Whether it is there in another state: of the same file, and much alike."""
    if chunk in wanted:
        return False
    lines = _lines_of(chunk)
    return any(other.path == chunk.path and _resemble(lines, _lines_of(other)) for other in wanted)


def _lies_in(chunk: Chunk, window: frozenset[str]) -> bool:
    lines = _lines_of(chunk)
    return len(lines & window) > RESEMBLING * len(lines)


def _resemble(lines: frozenset[str], others: frozenset[str]) -> bool:
    return 2 * len(lines & others) > RESEMBLING * (len(lines) + len(others))


@lru_cache(maxsize=200)
def _lines_of(chunk: Chunk) -> frozenset[str]:
    """The same chunks come with every keystroke."""
    return _lines(chunk.text)


def _lines(text: str) -> frozenset[str]:
    """The lines that say something, without the quotes by which a docstring's only line differs from its first."""
    return frozenset(line for each in text.split("\n") if any(map(str.isalnum, line := each.strip(" \t\f\"'"))))


def _size(chunk: Chunk) -> int:
    return len(chunk.path) + len(chunk.text) + HEADING
