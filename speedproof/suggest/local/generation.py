"""An answer of a model that runs in this process, piece by piece. Torch is imported with the first one."""

import re
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from speedproof.core.cancel import CancelToken
from speedproof.core.completion import Usage
from speedproof.suggest.backend import Question, Request
from speedproof.suggest.edits import conversation

if TYPE_CHECKING:
    from torch import Tensor

    from speedproof.suggest.local.backend import LocalBackend, Ready
    from speedproof.suggest.local.tokens import Tokens

_INDENT = re.compile(r"[ \t]+")
MAX_TRIED = 500
"""Of a model's tokens, the likeliest, for one that indents."""
CONVERSATION = "speedproof:conversation"
"""The document by which the engine keeps what was said last: a question often begins as the one before."""


class LocalGeneration:
    """See `suggest.backend.Generation`."""

    def __init__(self, backend: "LocalBackend", wanted: Request | Question, cancel: CancelToken) -> None:
        self._usage = Usage()
        self._document = wanted.document if isinstance(wanted, Request) else CONVERSATION
        self._pieces = self._made(backend, wanted, cancel)

    def __iter__(self) -> Iterator[str]:
        return self._pieces

    def close(self) -> None:
        self._pieces.close()

    @property
    def usage(self) -> Usage:
        return self._usage

    def _made(
        self, backend: "LocalBackend", wanted: Request | Question, cancel: CancelToken
    ) -> Generator[str, None, None]:
        cancel.check()
        ready = backend.ready(cancel)
        assert ready is not None, "without a limit of time it is there, or an error"
        try:
            yield from self._answer(ready, wanted, cancel)
        except (RuntimeError, MemoryError) as error:
            raise backend.broken(self._document, error) from error

    def _answer(self, ready: "Ready", wanted: Request | Question, cancel: CancelToken) -> Iterator[str]:
        from speedproof.suggest.local.answer import Until
        from speedproof.suggest.local.decode import decoded, most_probable, sampled
        from speedproof.suggest.local.tokens import BROKEN, Written

        engine, tokens = ready.engine, ready.engine.tokenizer
        n_answer, ids = prompt(ready, wanted)
        session = engine.session(self._document, ids)
        logits, reused = session.update(ids, cancel)
        self._usage = Usage(reused.n_cached, reused.n_computed, 0)
        written, until = Written(tokens, ids), Until(())
        choose: Callable[[Tensor], int] = most_probable
        if isinstance(wanted, Request):
            until = Until(wanted.stop)
        else:
            until = Until((wanted.closing,))
            if wanted.temperature:
                choose = sampled(wanted.temperature, wanted.seed)
            if wanted.opening:
                yield wanted.opening
                choose = _indented_first(choose, tokens)
        made = decoded(session, logits, ready.stops, n_answer, cancel, choose=choose)
        for count, token in enumerate(made, 1):
            cancel.check()
            self._usage = replace(self._usage, n_generated_tokens=count)
            whole, broken, _ = written.add(token).partition(BROKEN)
            text, is_over = until.add(whole)
            if text:
                yield text
            if is_over or broken:
                return
        rest = until.rest()
        if rest:
            yield rest


def _indented_first(choose: "Callable[[Tensor], int]", tokens: "Tokens") -> "Callable[[Tensor], int]":
    """`choose` as it is, but for the first token, which is the likeliest one that indents.

    Small models like to end what was begun for them before they have said anything, or to begin it once more.
    """
    has_begun = False

    def chosen(logits: "Tensor") -> int:
        nonlocal has_begun
        number = choose(logits)
        if not has_begun:
            has_begun = True
            likeliest = logits.flatten().topk(min(MAX_TRIED, logits.numel())).indices.tolist()
            number = next((each for each in (number, *likeliest) if _INDENT.fullmatch(tokens.decode([each]))), number)
        return number

    return chosen


def prompt(ready: "Ready", wanted: Request | Question) -> tuple[int, list[int]]:
    """How many tokens the answer may have, and the prompt's."""
    import torch

    from speedproof.suggest.local.answer import prompt_ids

    torch.set_num_threads(ready.n_threads)  # of the thread that this is
    engine, tokens = ready.engine, ready.engine.tokenizer
    n_answer = max(1, min(wanted.max_tokens, engine.context // 2))
    suffix = wanted.around.suffix if isinstance(wanted, Request) else ""
    if isinstance(wanted, Request):
        pieces = ready.template.pieces(wanted.around)
    else:
        asked = conversation.pieces(wanted.turns, lambda token: tokens.id_of(token) is not None)
        pieces = (*asked, wanted.opening) if wanted.opening else asked
    return n_answer, prompt_ids(tokens, pieces, suffix, engine.context - n_answer)
