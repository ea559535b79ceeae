"""The inputs that the worker keeps in a file for one function, as the engine knows them: by number, origin and text."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from speedproof.profiling.workers import ChildEnded, ChildTimeout, Zygote

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

    def add(self, task: str, more: Mapping[str, Any]) -> list[Input]:
        """What a child at `task`, with `more` in its order, adds within about three times `more["seconds"]`.

        Its death or its delay cost only what it had not added yet. Raises SandboxError, Cancelled.
        """
        order = {**self.order, **more}
        if order.get("of_candidate"):
            return self._adopted(task, order)
        writable = (self.zygote.scratch / "inputs",)
        with self.zygote.child(task, order, writable=writable) as child, suppress(ChildTimeout, ChildEnded):
            message = child.receive(3 * float(more["seconds"]) + 5.0)
            self.has_solver |= message.get("solver") is True
            if isinstance(message, dict) and len(self.assumed) < MAX_ASSUMED:
                self.assumed |= dict.fromkeys(str(text)[:200] for text in message.get("assumed", ())[:MAX_ASSUMED])
        return self.unseen()

    def _adopted(self, task: str, order: Mapping[str, Any]) -> list[Input]:
        """What a candidate's process makes stays in its own folder; a process without the candidate looks it through.

        Otherwise a hostile candidate could change the inputs on which it, and others, are judged.
        """
        with self.zygote.child(task, order) as child, suppress(ChildTimeout, ChildEnded):
            child.receive(3 * float(order["seconds"]) + 5.0)
        clean = {**self.order, "known": order["known"], "count": order["count"], "left_in": str(child.folder)}
        clean["origin"] = order.get("origin", "mutated")
        writable = (self.zygote.scratch / "inputs",)
        with self.zygote.child("adopt_inputs", clean, writable=writable) as child, suppress(ChildTimeout, ChildEnded):
            child.receive(LIST_SECONDS)
        return self.unseen()

    def unseen(self) -> list[Input]:
        """The inputs that came since the last look."""
        with self.zygote.child("list_inputs", {**self.order, "start": self._known}) as child:
            headers = child.receive(LIST_SECONDS)["inputs"]
        start, self._known = self._known, self._known + len(headers)
        return [
            Input(start + number, str(header["origin"]), str(header["call"])) for number, header in enumerate(headers)
        ]
