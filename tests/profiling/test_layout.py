"""Memory as each timed process finds it: elsewhere each time, and never much of it taken."""

from speedproof.profiling.worker.layout import LARGE_BLOCKS, LARGE_BYTES, shuffled


def sizes(seed: int) -> list[list[int]]:
    return [[len(block) for block in blocks] for blocks in shuffled(seed)]


def test_each_seed_has_a_layout_of_its_own_and_always_the_same() -> None:
    layouts = [sizes(seed) for seed in range(50)]
    assert layouts == [sizes(seed) for seed in range(50)]
    assert all(layouts.count(layout) == 1 for layout in layouts)


def test_what_is_taken_is_little() -> None:
    assert max(sum(map(sum, sizes(seed))) for seed in range(50)) < LARGE_BLOCKS * LARGE_BYTES
