"""A request for a completion of which all is known but the model's answer."""

from dataclasses import dataclass

from speedproof.analysis.place import sound
from speedproof.analysis.syntax import Syntax
from speedproof.core.completion import Place, Usage
from speedproof.core.text import Edit
from speedproof.jobs.asked import Asked, Offer, in_document
from speedproof.suggest.backend import Request
from speedproof.suggest.completion.finish import fitted


@dataclass(frozen=True, slots=True)
class Pending:
    syntax: Syntax | None
    place: Place
    request: Request

    def offer(self, asked: Asked, answer: str, source: str, usage: Usage) -> Offer | None:
        """What of `answer` to `asked`, cleaned, is worth showing."""
        around, syntax = self.request.around, self.syntax

        def is_sound(edit: Edit) -> bool:
            return syntax is None or sound(syntax, in_document(asked, edit, start=len(around.prefix)))

        edit = fitted(answer, around, self.place, is_sound)
        return None if edit is None else Offer(in_document(asked, edit, start=len(around.prefix)), source, usage)
