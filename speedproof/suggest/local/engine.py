"""A model that is loaded, and the sessions of its documents within a budget of memory."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch

from speedproof.core.cancel import CancelToken
from speedproof.core.errors import UsageError
from speedproof.suggest.local.convert import Progress
from speedproof.suggest.local.linear import Precision
from speedproof.suggest.local.load import How, Loaded, load, silent
from speedproof.suggest.local.model import Model
from speedproof.suggest.local.plan import common_prefix, n_kept
from speedproof.suggest.local.repair import Repair, Reuse
from speedproof.suggest.local.session import Session, TextSession
from speedproof.suggest.local.snapshots import MANY, Snapshots, identity_of

MIB = 2**20
MIN_SHARED = 16
"""A shorter common start is as soon computed as copied."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a model is run."""

    precision: Precision = Precision.FP16
    device: str = "auto"
    reuse: Reuse = Reuse.REPAIR
    repair: Repair = field(default_factory=Repair)
    context: int = 4096
    """Tokens of text and answer together."""
    cache_mb: int = 1024
    """What the caches of all documents may take, in MiB; the one that was not used for longest goes first."""
    snapshot_mb: int = 0
    """What may be kept of them on disk for the next time, in MiB."""


class Engine:
    """Sessions by key, a document's URI for one. Not thread-safe: all on one thread at a time."""

    def __init__(self, loaded: Loaded, options: Options, identity: str = "") -> None:
        """`identity` names what the model was loaded from; without one nothing is kept on disk."""
        self.tokenizer = loaded.tokenizer
        self._loaded = loaded
        self._options = options
        self._snapshots: Snapshots | None = None
        if loaded.ours is not None and identity and options.snapshot_mb:
            self._snapshots = Snapshots.of(loaded.ours, options.precision, identity, options.snapshot_mb * MIB)
        self._sessions: OrderedDict[str, TextSession] = OrderedDict()

    @classmethod
    def load(
        cls,
        source: str | Path,
        options: Options = Options(),
        progress: Progress = silent,
        cancel: CancelToken | None = None,
    ) -> "Engine":
        """`source` is a hub id, a folder, or a GGUF file. Raises UsageError where that cannot be used, Cancelled."""
        how = How(options.precision, chosen_device(options.device), options.context)
        identity = identity_of(source) if options.snapshot_mb else ""
        loaded = load(source, how, progress, cancel)
        # What was replaced meanwhile, or has only now come from a hub, is known by name the next time.
        return cls(loaded, options, identity if identity and identity == identity_of(source) else "")

    @property
    def model(self) -> Model | None:
        """None where transformers runs it."""
        return self._loaded.ours

    @property
    def context(self) -> int:
        """Tokens of text and answer together: as the options say, or fewer where the model was made for no more."""
        return self._loaded.context

    @property
    def why_not_movable(self) -> str:
        """Why only common prefixes are reused; empty where edits are, too."""
        return self._loaded.why_not_movable

    def session(self, key: str, tokens: Sequence[int] = ()) -> TextSession:
        """The session for `key`; others give way where all together take too much.

        A new one begins with what `tokens`, the text it is for, have in common with what is on disk of the document,
        or with the start of another one. So does one whose text was much shorter meanwhile, as it is when the cursor
        has been further up.
        """
        if key not in self._sessions or self._is_better_on_disk(key, tokens):
            self._sessions[key] = self._new(key, tokens)
        self._sessions.move_to_end(key)
        self._evict()
        return self._sessions[key]

    def improve(self, key: str, cancel: CancelToken) -> bool:
        """When there is time: make more of a session exact; when all is, keep it on disk, if that is wanted.

        Whether any is left to be made exact. Raises Cancelled.
        """
        session = self._sessions[key]
        if session.improve(cancel):
            return True
        if self._snapshots is not None and isinstance(session, Session):
            self._snapshots.keep(session, key, cancel)
        return False

    def forget(self, key: str) -> None:
        self._sessions.pop(key, None)
        if self._snapshots is not None:
            self._snapshots.forget(key)

    @property
    def n_bytes(self) -> int:
        """Of all caches."""
        return sum(session.n_bytes for session in self._sessions.values())

    def _new(self, key: str, tokens: Sequence[int]) -> TextSession:
        made = self._loaded.session(self.context, self._options.reuse, self._options.repair)
        if isinstance(made, Session):
            others = [other for other in self._sessions.values() if isinstance(other, Session)]
            shared = {id(other): min(common_prefix(other.tokens, tokens), other.n_exact) for other in others}
            best = max(others, key=lambda other: shared[id(other)], default=None)
            n_worth = MIN_SHARED if best is None else max(MIN_SHARED, shared[id(best)] + 1)
            if self._snapshots is not None and self._snapshots.resume(made, key, tokens, n_worth):
                return made
            if best is not None and shared[id(best)] >= MIN_SHARED:
                made.adopt(best, shared[id(best)])
        return made

    def _is_better_on_disk(self, key: str, tokens: Sequence[int]) -> bool:
        session = self._sessions[key]
        if self._snapshots is None or not isinstance(session, Session):
            return False
        n_here = n_kept(session.tokens, tokens)
        return len(tokens) >= n_here + MANY and self._snapshots.n_there(key, tokens) >= n_here + MANY

    def _evict(self) -> None:
        while len(self._sessions) > 1 and self.n_bytes > self._options.cache_mb * MIB:
            self._sessions.popitem(last=False)


def chosen_device(name: str) -> torch.device:
    """`auto` is the best there is. Raises UsageError for one that is not there."""
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise UsageError(f"the device {name!r} is not usable: {error}") from error
    return device
