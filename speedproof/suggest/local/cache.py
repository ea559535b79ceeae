"""The buffers of keys and values, in which no token ever moves.

    slot       0    1    2    3    4    5    6          "def f(a)" became "def fx(a)": the new token took a free slot,
    token      def  ' f' (    a    )    :    x          and what stood behind the edit is where it was, with its keys
    position   0    1    3    4    5    6    2          rotated to the position it had when it was computed
    encoded    0    1    2    3    4    5    2

Attention does not care for the order of its keys, only for their positions. So an edit writes the slots of new tokens
and numbers, and nothing else: instead of the keys of all that moved by d, the few queries are rotated the other way, by
-d, for that stretch of slots (`Run`). Rotating the keys themselves is left for when there is time (`settle`).
One allocation for the whole text, as in vAttention (Prabhu et al., 2024); pages that were never touched cost no memory.
"""

from dataclasses import dataclass

import torch

from speedproof.suggest.local.shape import Shape

FREE = -1
MAX_RUNS = 12
"""More stretches than this, and rotating them for good costs less than attending to each by itself."""


@dataclass(frozen=True, slots=True)
class Run:
    """Slots from `start` up to `stop`, whose keys are all rotated to `shift` positions before where they are now."""

    start: int
    stop: int
    shift: int


class KVCache:
    """Keys and values by layer, head, slot; all of one dtype and device.

    `keys` and `values` are [n_layers, n_kv_heads, capacity, head_dim]; keys are rotated in the interleaved layout, in
    which each pair of neighbours is a complex number.
    """

    def __init__(self, shape: Shape, capacity: int, dtype: torch.dtype, device: torch.device) -> None:
        size = (shape.n_layers, shape.n_kv_heads, capacity, shape.head_dim)
        self.keys = torch.empty(size, dtype=dtype, device=device)
        self.values = torch.empty(size, dtype=dtype, device=device)
        self.capacity = capacity
        self.encoded = torch.zeros(capacity, dtype=torch.long)
        """The position that each slot's key is rotated to."""
        self.position = torch.full((capacity,), FREE, dtype=torch.long)
        """The position at which each slot's token is; FREE where it has none."""
        self.n_used = 0
        """Slots from here on have no token."""
        self.n_touched = 0
        """Slots from here on were never written, and take no memory where the system gives it as it is touched."""
        if device.type != "cpu":
            self.n_touched = capacity
        self._frequencies = shape.frequencies

    @property
    def bytes_per_slot(self) -> int:
        layers, heads, _, dim = self.keys.shape
        return 2 * layers * heads * dim * self.keys.element_size()

    @property
    def has_holes(self) -> bool:
        return bool((self.position[: self.n_used] == FREE).any())

    def take(self, count: int) -> torch.Tensor:
        """Slots for `count` more tokens, written to nothing yet: [count]. Raises ValueError where there are too few."""
        if self.n_used + count > self.capacity:
            free = torch.nonzero(self.position == FREE).flatten()[:count]
            if len(free) < count:
                raise ValueError(f"the cache holds {self.capacity} tokens")
            self.n_used = max(self.n_used, int(free.max()) + 1) if count else self.n_used
            return free
        taken = torch.arange(self.n_used, self.n_used + count)
        self.n_used += count
        return taken

    def place(self, slots: torch.Tensor, positions: torch.Tensor) -> None:
        """Say that the keys for `positions` are being written to `slots`, rotated to there."""
        self.encoded[slots] = positions
        self.position[slots] = positions
        self.n_touched = max(self.n_touched, self.n_used)

    def arrange(self, slots: torch.Tensor, positions: torch.Tensor) -> None:
        """The tokens in `slots` are at `positions` from now on; all other slots become free."""
        self.position[: self.n_used] = FREE
        self.position[slots] = positions
        self.n_used = int(slots.max()) + 1 if len(slots) else 0

    def runs(self) -> list[Run]:
        """All used slots in stretches of one shift. Free ones go with what is before them: nobody attends to them."""
        used = self.position[: self.n_used]
        taken = torch.nonzero(used != FREE).flatten()
        if not len(taken):
            return []
        shifts = (used - self.encoded[: self.n_used])[taken]
        changes = torch.nonzero(shifts[1:] != shifts[:-1]).flatten() + 1
        starts = [0, *taken[changes].tolist()]
        stops = [*starts[1:], self.n_used]
        values = [int(shifts[0]), *shifts[changes].tolist()]
        return [Run(start, stop, shift) for start, stop, shift in zip(starts, stops, values, strict=True)]

    def settle(self) -> None:
        """Rotate every key to where its token is, for good."""
        for run in self.runs():
            if run.shift:
                self._rotate(slice(run.start, run.stop), run.shift)
        self.encoded[: self.n_used] = self.position[: self.n_used]

    def turn(self, slots: torch.Tensor) -> None:
        """Rotate the keys of a few slots to where their tokens are, for good."""
        shifts = self.position[slots] - self.encoded[slots]
        moved = torch.nonzero(shifts).flatten()
        if not len(moved):
            return
        slots = slots[moved]
        rows = slots.to(self.keys.device)
        turned = rotated_by(self.keys[:, :, rows].float(), self.phases(shifts[moved]))
        self.keys[:, :, rows] = turned.to(self.keys.dtype)
        self.encoded[slots] = self.position[slots]

    def put_in_order(self, slots: torch.Tensor) -> torch.Tensor:
        """Bring the tokens of `slots` to the first slots, in that order, all settled. Gives their new slots."""
        self.settle()
        count = len(slots)
        order = slots.to(self.keys.device)
        positions = self.position[slots].clone()
        for layer in range(self.keys.shape[0]):
            # By layer, so that no second cache is needed to copy through.
            self.keys[layer, :, :count] = self.keys[layer].index_select(1, order)
            self.values[layer, :, :count] = self.values[layer].index_select(1, order)
        self.position[: self.n_used] = FREE
        self.n_used = count
        placed = torch.arange(count)
        self.place(placed, positions)
        return placed

    def copy_from(self, other: "KVCache", theirs: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
        """Take over tokens from another document's cache, settled there; gives their slots here."""
        slots = self.take(len(theirs))
        source, target = theirs.to(self.keys.device), slots.to(self.keys.device)
        for layer in range(self.keys.shape[0]):
            self.keys[layer].index_copy_(1, target, other.keys[layer].index_select(1, source))
            self.values[layer].index_copy_(1, target, other.values[layer].index_select(1, source))
        self.place(slots, positions)
        self.encoded[slots] = other.encoded[theirs]
        return slots

    def exported(self, slots: torch.Tensor) -> torch.Tensor:
        """Keys and values of settled tokens: [2, n_layers, n_kv_heads, len(slots), head_dim], on the CPU."""
        rows = slots.to(self.keys.device)
        return torch.stack((self.keys.index_select(2, rows), self.values.index_select(2, rows))).cpu()

    def imported(self, exported: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
        """Take over what `exported` gave, rotated to `positions`; gives their slots here."""
        slots = self.take(len(positions))
        rows = slots.to(self.keys.device)
        for target, source in zip((self.keys, self.values), exported, strict=True):
            target.index_copy_(2, rows, source.to(target.device))
        self.place(slots, positions)
        return slots

    def phases(self, positions: torch.Tensor, scale: float = 1.0) -> torch.Tensor:
        """What a key or query at each of `positions` is multiplied by: complex64 [len(positions), head_dim / 2]."""
        # In double precision, which not every device has.
        angles = positions.double()[:, None] * self._frequencies
        return torch.polar(torch.full_like(angles, scale), angles).to(torch.complex64).to(self.keys.device)

    def _rotate(self, slots: slice, shift: int) -> None:
        phase = self.phases(torch.tensor([shift]))
        part = self.keys[:, :, slots]
        rotated = rotated_by(part.float(), phase)
        self.keys[:, :, slots] = rotated.to(part.dtype)


def rotated_by(vectors: torch.Tensor, phases: torch.Tensor) -> torch.Tensor:
    """Float32 vectors [..., head_dim] in interleaved layout, times phases [..., head_dim / 2]."""
    pairs = torch.view_as_complex(vectors.reshape(*vectors.shape[:-1], -1, 2))
    return torch.view_as_real(pairs * phases).flatten(-2)


def interleaved(rows: torch.Tensor, n_heads: int) -> torch.Tensor:
    """Rows of a weight or bias for heads of queries or keys, from transformers' half-and-half layout to ours."""
    per_head = rows.reshape(n_heads, 2, -1, *rows.shape[1:])
    return per_head.transpose(1, 2).reshape(rows.shape)
