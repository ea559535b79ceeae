from __future__ import annotations


def work(x):
    return x


def joined(words: list[str], separator: str | None = None) -> str:
    """
    >>> joined(["a", "b"])
    'ab'
    """
    return (separator or "").join(words)


def rare(xs: list[int], limit: int | None = 4711) -> str:
    return "rare" if sum(xs) == limit else "usual"


class Stack:
    def __init__(self, items: list[int]) -> None:
        self.items = items

    def pop(self) -> int:
        return self.items.pop()
