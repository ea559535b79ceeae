"""Minutes of editing in a real Neovim: nothing fails, the server's memory stays, and it always knows the text.

A user types, takes suggestions, undoes, renames, formats, saves, closes and opens files again, in two windows, one of
them on a file of 10,000 lines; now and then a function is optimized, or that is called off. After each action the text
of the buffer is compared with the server's. Memory is that of the server's process at the end over that after the first
minute.
"""

import itertools
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from _common import REPOSITORY, finish, parser, table

sys.path += [str(REPOSITORY / "tests"), str(REPOSITORY / "tests" / "clients" / "neovim")]
from neovim_editor import SUITES, Neovim, started

MAX_MEMORY_RATIO = 1.2
SERVER = (sys.executable, str(REPOSITORY / "bench" / "_session_server.py"))
N_LINES = 10_000
FUNCTION = '''def function_{number}(items: list[int]) -> list[int]:
    """Größe {number} 🐍."""
    known = set(items)
    return sorted(item + {number} for item in known)


'''
SLOW = """def slow_{number}(items: list[int]) -> list[int]:
    found = []
    for item in items:
        found.insert(0, item)
    return found


"""
N_SLOW = 40
"""In the large file, evenly spread."""
TYPED = ("total = ", "# größer 🐍 als zuvor", "for item in items:", "    found = [item for item in ", "value = total(")
SAME = """
local client = vim.lsp.get_clients({ name = 'speedproof', bufnr = 0 })[1]
if not client then return 'no server' end
local lines = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\\n') .. (vim.bo.eol and '\\n' or '')
local params = { command = 'bench.text', arguments = { vim.uri_from_bufnr(0) } }
local bufnr = vim.api.nvim_get_current_buf()
local answer = vim.fn.has('nvim-0.11') == 1 and client:request_sync('workspace/executeCommand', params, 20000, bufnr)
  or client.request_sync('workspace/executeCommand', params, 20000, bufnr)
return answer and (answer.result == lines and 'same' or 'another text') or 'no answer'
"""
FORMAT = """
local lines = vim.api.nvim_buf_get_lines(0, 0, -1, false)
local done = vim.system({ ..., 'format', '--quiet', '-' }, { stdin = lines, text = true }):wait()
if done.code == 0 then
  vim.api.nvim_buf_set_lines(0, 0, -1, false, vim.split(vim.trim(done.stdout), '\\n'))
end
"""


class User:
    def __init__(self, editor: Neovim, folder: Path, seed: int) -> None:
        self.editor, self.folder, self.random = editor, folder, random.Random(seed)
        self.numbers = itertools.count()
        self.small, self.large = folder / "small.py", folder / "large.py"

    def anywhere(self) -> None:
        """In normal mode, on some line."""
        self.editor.keys("<Esc>")
        n_lines = len(self.editor.session.current.buffer)
        self.editor.session.current.window.cursor = (self.random.randint(1, n_lines), 0)

    def type(self) -> None:
        self.anywhere()
        self.editor.keys("o")
        for letter in self.random.choice(TYPED):
            self.editor.keys("<lt>" if letter == "<" else letter)
            time.sleep(self.random.uniform(0.02, 0.12))

    def take(self) -> None:
        self.type()
        time.sleep(0.5)
        self.editor.keys(self.random.choice(("<Tab>", "<M-w>", "<M-w><M-w>", "<M-l>", "<C-]>")))
        time.sleep(0.1)

    def undo(self) -> None:
        self.editor.keys("<Esc>" + self.random.choice(("u", "uuu", "u<C-r>", "uu<C-r><C-r>")))

    def delete_and_put(self) -> None:
        self.anywhere()
        self.editor.keys(self.random.choice(("3ddp", "yyp", "J", "ddkP", "dwA x<Esc>", ">>", "yipGp")))

    def rename(self) -> None:
        name = f"function_{self.random.randrange(N_LINES // 6)}"
        self.editor.command(f"silent! %s/\\<{name}\\>/{name}_again/ge | nohlsearch")

    def rename_file(self) -> None:
        self.go(self.small)
        path = self.folder / f"small_{next(self.numbers) % 3}.py"
        self.editor.command(f"silent! bwipeout! {path}")
        self.editor.command(f"silent saveas! {path}")

    def format(self) -> None:
        self.editor.keys("<Esc>")
        self.editor.lua(FORMAT, str(Path(sys.executable).with_name("ruff")))

    def save(self) -> None:
        self.editor.keys("<Esc>")
        self.editor.command("silent write")

    def close_and_open(self) -> None:
        self.editor.keys("<Esc>")
        path = self.editor.session.current.buffer.name
        self.editor.command("silent write")
        self.editor.command("enew")
        self.editor.command(f"bwipeout {path}")
        self.editor.edit(Path(path))

    def go(self, path: Path) -> None:
        self.editor.keys("<Esc>")
        if Path(self.editor.session.current.buffer.name) != path:
            self.editor.command(f"silent edit {path}")
        self.editor.until(lambda: self.editor.server_pid)

    def other_window(self) -> None:
        self.editor.keys("<Esc>")
        if len(self.editor.session.windows) < 2:
            self.editor.command("vsplit")
        self.editor.keys("<C-w>w")
        self.go(self.random.choice((self.small, self.large)))

    def optimize(self) -> None:
        self.anywhere()
        self.editor.command("Speedproof optimize")
        if self.random.random() < 0.7:
            time.sleep(self.random.uniform(0.1, 2.0))
            self.editor.command("silent Speedproof cancel")

    @property
    def actions(self) -> dict[Callable[[], None], int]:
        """How often each comes."""
        return {
            self.type: 8,
            self.take: 8,
            self.undo: 4,
            self.delete_and_put: 5,
            self.rename: 2,
            self.rename_file: 1,
            self.format: 1,
            self.save: 2,
            self.close_and_open: 1,
            self.other_window: 3,
            self.optimize: 1,
        }


@dataclass(frozen=True)
class Step:
    """An action, and what was seen after it."""

    action: str
    comparison: str
    answer_seconds: float
    """Until the server had said what text it has."""
    elapsed_seconds: float
    mebibytes: float
    """Of the server."""
    pid: int


def edit(editor: Neovim, folder: Path, seed: int, seconds: float) -> Iterator[Step]:
    user = User(editor, folder, seed)
    functions = [FUNCTION.format(number=number) for number in range(N_LINES // FUNCTION.count("\n") - N_SLOW)]
    slow = [SLOW.format(number=number) for number in range(N_SLOW)]
    apart = len(functions) // N_SLOW
    for number, text in enumerate(slow):
        functions.insert(number * (apart + 1), text)
    user.large.write_text("".join(functions))
    user.small.write_text("".join([*slow[:5], *functions[-3:]]))
    editor.edit(user.large)
    editor.command(f"vsplit {user.small}")
    began = time.monotonic()
    editor.command("Speedproof optimize")  # to the end, so that what it loads is there from the first minute on
    while (elapsed := time.monotonic() - began) < seconds:
        actions = user.actions
        action = user.random.choices([*actions], [*actions.values()])[0]
        action()
        asked = time.monotonic()
        comparison = str(editor.lua(SAME))
        pid = editor.server_pid
        yield Step(action.__name__, comparison, time.monotonic() - asked, elapsed, memory(pid), pid)


def memory(pid: int) -> float:
    """Resident, in MiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def main() -> int:
    options_of = parser(__doc__ or "")
    options_of.add_argument("--versions", nargs="+", choices=SUITES, default=[*SUITES], help="of Neovim")
    options_of.add_argument("--seed", type=int, default=8)
    options = options_of.parse_args()
    seconds, first = (40.0, 10.0) if options.quick else (600.0, 60.0)
    figures: dict[str, float] = {}
    failures: list[str] = []
    details: dict[str, Any] = {}
    rows = []
    for version in options.versions:
        home = Path(tempfile.mkdtemp(prefix="speedproof-session-"))
        (project := home / "project").mkdir()
        (project / "pyproject.toml").touch()
        with started(version, home, {"cmd": SERVER, "settings": {"budget-seconds": 15}}, seconds + 240) as editor:
            steps = list(edit(editor, project, options.seed, seconds))
        shutil.rmtree(home, ignore_errors=True)
        early = statistics.median(step.mebibytes for step in steps if first <= step.elapsed_seconds < first * 1.25)
        late = statistics.median(step.mebibytes for step in steps[-10:])
        answers = sorted(1000 * step.answer_seconds for step in steps)
        p95 = answers[len(answers) * 95 // 100]
        key = f"neovim_{version.replace('.', '_')}"
        figures |= {
            f"{key}_memory_ratio": round(late / early, 3),
            f"{key}_actions": len(steps),
            f"{key}_answer_p95_ms": round(p95, 1),
            f"{key}_answer_max_ms": round(answers[-1], 1),
        }
        ratio = f"{late / early:.2f}"
        rows.append((version, len(steps), f"{early:.0f}", f"{late:.0f}", ratio, f"{p95:.0f}", f"{answers[-1]:.0f}"))
        failures += [
            f"{version}: {step.comparison} after {step.action}, {step.elapsed_seconds:.0f} s"
            for step in steps
            if step.comparison != "same"
        ]
        if late > MAX_MEMORY_RATIO * early:
            failures.append(f"{version}: the server's memory grew from {early:.0f} to {late:.0f} MiB")
        if (n_servers := len({step.pid for step in steps})) != 1:
            failures.append(f"{version}: the server died {n_servers - 1} times")
        details[version] = [asdict(step) for step in steps]
    headers = ("Neovim", "actions", "MiB, first minute", "MiB, end", "ratio", "answer p95, ms", "max, ms")
    print(table(headers, rows))
    return finish("neovim_session", options, figures, details=details, failures=failures)


if __name__ == "__main__":
    sys.exit(main())
