"""The verdict on a candidate and the evidence it rests on."""

from dataclasses import dataclass, field
from enum import StrEnum


class Status(StrEnum):
    """Only `verified` is ever surfaced as an edit. What is unknown is never verified."""

    VERIFIED = "verified"
    NOT_FASTER = "not_faster"
    DIFFERS = "differs"
    UNVERIFIABLE = "unverifiable"
    CRASHED = "crashed"
    TIMED_OUT = "timed_out"


@dataclass(frozen=True, slots=True)
class Speedup:
    """Baseline time / candidate time (2.0 = twice as fast) with its 95 % interval."""

    estimate: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.estimate:.2f}× (95 %: {self.low:.2f}-{self.high:.2f})"


@dataclass(frozen=True, slots=True)
class Memory:
    """Peak bytes allocated during the workload, by each side in a process of its own."""

    before_bytes: int
    after_bytes: int


@dataclass(frozen=True, slots=True)
class Counterexample:
    """The smallest input known on which original and candidate part."""

    call: str
    aspect: str
    original: str
    candidate: str
    origin: str = ""
    """Where the input comes from that the two first parted on; this one may be a simpler variant of it."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One fresh process pair: CPU (or wall) seconds per workload pass on each side, and their paired ratio."""

    baseline_s: float
    candidate_s: float


@dataclass(frozen=True, slots=True)
class InputTime:
    """One timed input: seconds per call on each side (medians over all passes), and the median of their ratio."""

    call: str
    origin: str
    baseline_s: float
    candidate_s: float
    ratio: float
    """Baseline / candidate: below 1.0 this input got slower."""
    n_passes: int
    size: int | None = None
    """How many items its largest argument holds; of plain numbers the largest one. None where it has no size."""


@dataclass(frozen=True, slots=True)
class Scaling:
    """How time grows with size: the exponents of a power law, Theil-Sen over the upper half of the sizes."""

    before: float
    after: float
    sizes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a verdict rests on. Empty fields mean "not reached", never "fine"."""

    inputs: dict[str, int] = field(default_factory=dict)
    """Distinct inputs compared, by origin: recorded, doctest, call_site, annotation, mutated, crosshair, and more."""
    swept: int = 0
    """Further calls with the same outcome, by a digest: result or class of exception, output, arguments afterwards."""
    coverage_original: float | None = None
    """Share of the target's executable lines that the inputs reach, 0..1."""
    coverage_candidate: float | None = None
    samples: tuple[Sample, ...] = ()
    clock: str = "cpu"
    """"cpu", or "wall" where the function spends its time blocked."""
    timed_inputs: int = 0
    slowest_input: float | None = None
    """The worst per-input ratio baseline / candidate: below 1.0 that input got slower."""
    per_input: tuple[InputTime, ...] = ()
    noise: float | None = None
    """The ratio that identical code reached on this machine in the minutes before, outliers aside; 1.0 or more."""
    confirmed: bool = False
    """Whether the speedup is that of a second measurement, made after the choice among several candidates."""
    scaling: Scaling | None = None
    """Only where the exponents were measured and differ by 0.3 or more."""
    memory: Memory | None = None
    sandbox: tuple[str, ...] = ()
    unverified: tuple[str, ...] = ()
    """What was not compared, in words for the reader."""

    @property
    def n_inputs(self) -> int:
        return sum(self.inputs.values())


@dataclass(frozen=True, slots=True)
class Verdict:
    status: Status
    reason: str
    evidence: Evidence = field(default_factory=Evidence)
    speedup: Speedup | None = None
    counterexample: Counterexample | None = None

    @property
    def verified(self) -> bool:
        return self.status is Status.VERIFIED
