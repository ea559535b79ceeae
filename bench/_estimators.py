"""Expected efficiency of the best of k samples, estimated without bias from n of them."""

from collections.abc import Sequence


def eff_at(k: int, scores: Sequence[float]) -> float:
    """eff@k of ENAMEL (Qiu et al., 2024): what the best of `k` samples is worth, in expectation over all choices of k.

    `scores` are those of the n samples that there are, in any order. With them sorted, the r-th lowest (from 1) is the
    best of k in C(r-1, k-1) of the C(n, k) choices, so eff@k = sum over r of C(r-1, k-1) / C(n, k) * score of r. The
    share of the highest is k / n, and each lower one has (r - k) / (r - 1) of that above it: no large number is needed.
    Raises ValueError where there are fewer than k.
    """
    n = len(scores)
    if not 1 <= k <= n:
        raise ValueError(f"the best of {k} out of {n} samples")
    share, total = k / n, 0.0
    for rank, score in zip(range(n, k - 1, -1), sorted(scores, reverse=True), strict=False):
        total += share * score
        if rank > 1:
            share *= (rank - k) / (rank - 1)
    return total
