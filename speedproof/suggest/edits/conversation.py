"""How each family of models wants to be talked to: told by the special tokens of its vocabulary, never by its name."""

from collections.abc import Callable, Iterator, Sequence

from speedproof.suggest.backend import Turn
from speedproof.suggest.completion.templates import Piece, Special

CHATML = ("<|im_start|>", "<|im_end|>")
LLAMA_3 = ("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>")
GEMMA = ("<start_of_turn>", "<end_of_turn>")
MISTRAL = ("[INST]", "[/INST]")


def pieces(turns: Sequence[Turn], has_token: Callable[[str], bool]) -> tuple[Piece, ...]:
    """The prompt for the answer to the last of `turns`. Models that know no conversation get the texts one by one."""
    for tokens, layout in _LAYOUTS:
        if all(map(has_token, tokens)):
            return tuple(piece for piece in layout(turns) if piece)
    return tuple(f"{turn.text}\n\n" for turn in turns)


def _chatml(turns: Sequence[Turn]) -> Iterator[Piece]:
    begin, end = map(Special, CHATML)
    for turn in turns:
        yield from (begin, f"{turn.role}\n", turn.text, end, "\n")
    yield from (begin, "assistant\n")


def _llama_3(turns: Sequence[Turn]) -> Iterator[Piece]:
    begin, end, over = map(Special, LLAMA_3)
    for turn in turns:
        yield from (begin, turn.role, end, "\n\n", turn.text, over)
    yield from (begin, "assistant", end, "\n\n")


def _gemma(turns: Sequence[Turn]) -> Iterator[Piece]:
    begin, end = map(Special, GEMMA)
    for role, text in _with_system_first(turns):
        yield from (begin, f"{'model' if role == 'assistant' else role}\n", text, end, "\n")
    yield from (begin, "model\n")


def _mistral(turns: Sequence[Turn]) -> Iterator[Piece]:
    begin, end = map(Special, MISTRAL)
    for role, text in _with_system_first(turns):
        yield from (text,) if role == "assistant" else (begin, f" {text} ", end)


def _with_system_first(turns: Sequence[Turn]) -> Iterator[tuple[str, str]]:
    """For families without a turn for the system: it goes before what the user says first."""
    waiting = ""
    for turn in turns:
        if turn.role == "system":
            waiting += f"{turn.text}\n\n"
        else:
            yield turn.role, waiting + turn.text
            waiting = ""


_LAYOUTS: tuple[tuple[tuple[str, ...], Callable[[Sequence[Turn]], Iterator[Piece]]], ...] = (
    (CHATML, _chatml),
    (LLAMA_3, _llama_3),
    (GEMMA, _gemma),
    (MISTRAL, _mistral),
)
