"""The whole way from a model's answer to the text with it, without a model: shared by the tests of this folder."""

from speedproof.analysis.place import place_at, plain_place, sound
from speedproof.analysis.syntax import Syntax
from speedproof.core.completion import Around, Place
from speedproof.core.text import Edit, apply_edits
from speedproof.suggest.completion.ending import ended
from speedproof.suggest.completion.finish import cleaned, fitted


class Cursor:
    """A text with a mark, `$0`, where the cursor is."""

    def __init__(self, marked: str, path: str = "main.py") -> None:
        offset = marked.index("$0")
        self.text = marked[:offset] + marked[offset + 2 :]
        self.around = Around(path, marked[:offset], marked[offset + 2 :])
        self._syntax = Syntax.parse(self.text) if path.endswith(".py") else None
        self.place: Place = plain_place(self.text, offset) if self._syntax is None else place_at(self._syntax, offset)

    def is_sound(self, edit: Edit) -> bool:
        return self._syntax is None or sound(self._syntax, edit)

    def edit(self, raw: str) -> Edit | None:
        return fitted(cleaned(raw, self.around, self.place), self.around, self.place, self.is_sound)

    def kept(self, raw: str) -> str | None:
        """What is made of an answer that comes in a character at a time; None if it is all wanted."""
        for n in range(len(raw) + 1):
            end = ended(raw[:n], self.around, self.place)
            if end is not None:
                return raw[:end]
        return None

    def applied(self, raw: str) -> str | None:
        """The text with the completion in it; None if there is none."""
        edit = self.edit(raw)
        if edit is None:
            return None
        line_end = self.text.find("\n", len(self.around.prefix))
        assert edit.span.start == len(self.around.prefix), "the edit begins at the cursor"
        assert edit.span.end <= (line_end if line_end >= 0 else len(self.text)), "and ends on its line"
        return apply_edits(self.text, [edit])
