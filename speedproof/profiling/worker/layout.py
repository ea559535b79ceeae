"""Where things lie in memory, left to chance in every process that is timed.

Two processes that run the same code differ by what neighbours its objects have: which cache lines they share, whether a
list can grow where it is, whether the heap shrinks after each call. Children of one zygote inherit one layout, and each
side comes to its own place in it by the same steps every time; so one side may be ahead in all rounds of a function for
no merit of its own. With the layout drawn anew per process, that shows as what it is, a difference between rounds
(Curtsinger and Berger, STABILIZER, ASPLOS 2013).
"""

from __future__ import annotations

import random
from typing import Any

SMALL_BLOCKS, SMALL_BYTES = 400, 512
"""Of Python's own allocator, which keeps blocks of a size together: every second one is given back, as a hole."""
LARGE_BLOCKS, LARGE_BYTES = 12, 1 << 18
"""Of the C library, below and above where it asks the kernel for each block by itself."""


def shuffled(seed: int) -> list[Any]:
    """Takes memory in sizes of which only `seed` knows. The layout is that until the result is let go."""
    rng = random.Random(seed)
    small = [bytearray(rng.randrange(SMALL_BYTES)) for _ in range(rng.randrange(SMALL_BLOCKS))]
    large = [bytearray(rng.randrange(LARGE_BYTES)) for _ in range(rng.randrange(LARGE_BLOCKS))]
    rng.shuffle(small)
    del small[::2]
    return [small, large]
