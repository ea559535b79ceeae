"""Whether two observations of one call are the same, as far as can be known. Pure functions over workers' reports."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Observation = Mapping[str, Any]
"""As `worker/observe.py` makes it: `outcome`, `aspects` = {name: {"digest", "text", "opaque"}}, and more."""


def is_observation(message: Any) -> bool:
    """Whether a worker's report has all that an observation has, of the right types: foreign code may have sent it."""
    if not isinstance(message, dict) or not isinstance(aspects := message.get("aspects"), dict):
        return False
    seconds, error = message.get("seconds"), message.get("error")
    return (
        isinstance(message.get("outcome"), str)
        and (error is None or isinstance(error, str))
        and isinstance(seconds, int | float)
        and 0 <= seconds < float("inf")
        and all(
            isinstance(aspect, dict)
            and all(isinstance(aspect.get(name), str) for name in ("digest", "text"))
            and isinstance(aspect.get("opaque"), list)
            and all(isinstance(name, str) for name in aspect["opaque"])
            for aspect in aspects.values()
        )
    )


@dataclass(frozen=True, slots=True)
class Difference:
    """The first aspect in which the two part, with how each reads.

    `undecidable` names types whose content cannot be seen: then nobody can say that the two really differ, and nobody
    can say that they do not.
    """

    aspect: str
    original: str
    candidate: str
    undecidable: tuple[str, ...] = ()


def difference(original: Observation, candidate: Observation) -> Difference | None:
    """None where both are the same in every aspect. What one side lacks, or what is malformed, is a difference."""
    if original.get("outcome") != candidate.get("outcome"):
        return Difference("outcome", outcome_text(original), outcome_text(candidate))
    ours, theirs = original.get("aspects"), candidate.get("aspects")
    if not isinstance(ours, dict) or not isinstance(theirs, dict) or not ours:
        return Difference("observation", "present" if ours else "missing", "present" if theirs else "missing")
    undecided: Difference | None = None
    for aspect in {**ours, **theirs}:
        one, other = ours.get(aspect), theirs.get(aspect)
        if one is None or other is None:
            return Difference(aspect, _text(one), _text(other))
        if one["digest"] == other["digest"] and one["digest"] not in ("?", None):
            continue
        if one["digest"] == one.get("class") == other.get("class"):
            continue  # the original raised in the interpreter's words: what the candidate says instead is as good
        names = (*one["opaque"], *other["opaque"])
        if not names:
            return Difference(aspect, _text(one), _text(other))
        undecided = undecided or Difference(aspect, _text(one), _text(other), tuple(dict.fromkeys(names)))
    return undecided


def outcome_text(observation: Observation) -> str:
    """How the call ended, for a reader: its value or its exception."""
    aspects = observation.get("aspects") or {}
    for aspect, form in (("exception", "raises {}"), ("result", "returns {}")):
        if aspect in aspects:
            return form.format(aspects[aspect]["text"])
    return str(observation.get("outcome"))


def _text(aspect: Any) -> str:
    return "unchanged" if aspect is None else str(aspect.get("text", ""))
