"""How long an editor waits for the server: from starting the process to `initialize` answered.

The measure is the ratio to a server of the same library that can do nothing, started in the same run, in turns.
"""

import statistics
import sys
import time
from collections.abc import Sequence

from _client import Client
from _common import finish, parser, table

MAX_RATIO = 1.5
EMPTY = "from pygls.lsp.server import LanguageServer; LanguageServer('empty', '0').start_io()"
SERVERS = {
    "empty pygls server": [sys.executable, "-c", EMPTY],
    "speedproof serve": [sys.executable, "-m", "speedproof", "serve"],
}


def main() -> int:
    options = parser(__doc__ or "").parse_args()
    rounds = 5 if options.quick else 25
    for command in SERVERS.values():  # the first start reads from disk what the others have in memory
        seconds_to_initialize(command)
    samples: dict[str, list[float]] = {name: [] for name in SERVERS}
    for _ in range(rounds):
        for name, command in SERVERS.items():
            samples[name].append(seconds_to_initialize(command))
    medians_ms = {name: 1000 * statistics.median(values) for name, values in samples.items()}
    empty_ms, ours_ms = medians_ms.values()
    # Of neighbours in time, so that a load that comes and goes falls on both.
    ratio = statistics.median(ours / empty for empty, ours in zip(*samples.values(), strict=True))
    print(table(["", "median ms"], [[name, f"{value:.0f}"] for name, value in medians_ms.items()]))
    print(f"ratio {ratio:.2f}, at most {MAX_RATIO}")
    figures = {"initialize_empty_ms": empty_ms, "initialize_ms": ours_ms, "initialize_ratio": ratio}
    failures = [] if ratio <= MAX_RATIO else [f"initialize_ratio is {ratio:.2f}, more than {MAX_RATIO}"]
    return finish("startup", options, figures, details=samples, failures=failures)


def seconds_to_initialize(command: Sequence[str]) -> float:
    start = time.perf_counter()
    client = Client(command)
    try:
        client.initialize()
        return time.perf_counter() - start
    finally:
        client.close()


if __name__ == "__main__":
    sys.exit(main())
