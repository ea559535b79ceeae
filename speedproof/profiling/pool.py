"""The inputs that the worker keeps in a file for one function, as the engine knows them: by number, origin and text."""

import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from speedproof.profiling.workers import Child, ChildEnded, ChildTimeout, Zygote

LIST_SECONDS = 20.0
MAX_ASSUMED = 10


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a target. `place` is its number in the worker's file."""

    place: int
    origin: str
    call: str


class Pool:
    """Grows only, and by nobody else: what is added is what was not there at the last look."""

    def __init__(self, zygote: Zygote, order: Mapping[str, Any]) -> None:
        """`order` names the function and its original text for the worker."""
        self.zygote = zygote
        self.order = order
        self.assumed: dict[str, None] = {}
        """What was not tried, because no real call is like it; in words, each once."""
        self.has_solver = False
        """Whether the project's interpreter has a solver that can take the function on."""
        self._known = 0
        self.coming: set[str] = set()
        """Origins of which a `Making` makes more and more."""
        self._held: list[Input] = []

    def add(self, task: str, more: Mapping[str, Any]) -> list[Input]:
        """What a child at `task`, with `more` in its order, adds within about three times `more["seconds"]`.

        Its death or its delay cost only what it had not added yet. Raises SandboxError, Cancelled.
        """
        return self.begin(task, more).rest()

    def begin(self, task: str, more: Mapping[str, Any], origins: Collection[str] = ()) -> "Making":
        """As `add`; in the meantime others may be asked for, whose inputs are not of these `origins`.

        What a candidate's process makes comes at its end only. Raises SandboxError, Cancelled.
        """
        order = {**self.order, **more}
        writable = () if order.get("of_candidate") else (self.zygote.scratch / "inputs",)
        return Making(self, order, self.zygote.begin(task, order, writable=writable), origins)

    def adopt(self, order: Mapping[str, Any], folder: Path) -> None:
        """What a candidate's process has left in its own `folder`, looked through by a process without the candidate.

        Otherwise a hostile candidate could change the inputs on which it, and others, are judged.
        """
        clean = {**self.order, "known": order["known"], "count": order["count"], "left_in": str(folder)}
        clean["origin"] = order.get("origin", "mutated")
        writable = (self.zygote.scratch / "inputs",)
        with self.zygote.child("adopt_inputs", clean, writable=writable) as child, suppress(ChildTimeout, ChildEnded):
            child.receive(LIST_SECONDS)

    def note(self, message: Mapping[str, Any]) -> None:
        """What a child says at its end."""
        self.has_solver |= message.get("solver") is True
        texts = message.get("assumed")
        if isinstance(texts, list) and len(self.assumed) < MAX_ASSUMED:
            self.assumed |= dict.fromkeys(str(text)[:200] for text in texts[:MAX_ASSUMED])

    def unseen(self) -> list[Input]:
        """The inputs that came since the last look, and that are not of a child that still makes them."""
        with self.zygote.child("list_inputs", {**self.order, "start": self._known}) as child:
            headers = child.receive(LIST_SECONDS)["inputs"]
        start, self._known = self._known, self._known + len(headers)
        came = self._held + [
            Input(start + number, str(header["origin"]), str(header["call"])) for number, header in enumerate(headers)
        ]
        self._held = [item for item in came if item.origin in self.coming]
        return [item for item in came if item.origin not in self.coming]


class Making:
    """A child that makes inputs, while others may work. Ends with `rest` or `drop`, and with its zygote."""

    def __init__(self, pool: Pool, order: Mapping[str, Any], child: Child, origins: Collection[str]) -> None:
        self._pool = pool
        self._order = order
        self._child = child
        self._origins = origins
        self._until = time.monotonic() + 3 * float(order["seconds"]) + 5.0
        self._ended = False
        pool.coming |= set(origins)

    def first(self) -> list[Input]:
        """What is there when the child says that the most telling ones are. Raises SandboxError, Cancelled."""
        self._wait(for_all=False)
        self._pool.coming -= set(self._origins)
        first = self._pool.unseen()
        self._pool.coming |= set(self._origins)
        return first

    def rest(self) -> list[Input]:
        """All that is there at its end and nobody has seen. Raises SandboxError, Cancelled."""
        try:
            self._wait(for_all=True)
        finally:
            self.drop()
        if self._order.get("of_candidate"):
            self._pool.adopt(self._order, self._child.folder)
        return self._pool.unseen()

    def drop(self) -> None:
        if not self._ended:
            self._ended = True
            self._pool.coming -= set(self._origins)
            self._pool.zygote.end(self._child)

    def _wait(self, *, for_all: bool) -> None:
        """For the child's next word or its last one, for its end, or for the end of all patience."""
        with suppress(ChildTimeout, ChildEnded):
            while True:
                message = self._child.receive(self._until - time.monotonic())
                if "some" not in message:
                    if not self._order.get("of_candidate"):
                        self._pool.note(message)
                    return
                if not for_all:
                    return
