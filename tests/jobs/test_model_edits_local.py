"""Edits by the embedded model: whatever it says, nothing wrong comes out, and what it cost is told."""

from pathlib import Path

from model_answers import FAMILIES

from speedproof.analysis.project import discover
from speedproof.analysis.targets import targets_in
from speedproof.core.settings import Settings
from speedproof.jobs.optimize import optimize_all
from speedproof.suggest.rules.catalogue import RULES

NO_RULES = ("ruff", *(rule.id for rule in RULES))
FEW = {"max_inputs": 60, "edits_samples": 2, "edits_rounds": 0, "edits_seconds": 20.0}


def test_whatever_a_small_model_answers_is_judged_and_counted(tmp_path: Path, kept: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'work'\n")
    path = tmp_path / "work.py"
    path.write_text("\n\n".join(family.source(name) for name, family in FAMILIES.items()))
    tests = "".join(family.test.replace("NAME", name) for name, family in FAMILIES.items())
    (tmp_path / "test_work.py").write_text("from work import *\n" + tests)
    settings = Settings(rules_off=NO_RULES, edits_model="local", model=str(kept), **FEW)  # type: ignore[arg-type]
    report = optimize_all(targets_in(path, path.read_text()), discover(path), settings)
    for result in report.results:
        assert result.model is not None
        assert not result.model.failure
        assert sum(result.model.outcomes.values()) == result.model.n_asked > 0
        assert result.model.n_prompt_tokens > 100
        assert result.model.n_answer_tokens > 0
        assert result.model.seconds > 0
        if result.after is not None:  # well done; then it must still do what its tests say
            namespace: dict[str, object] = {}
            exec(compile(result.after + tests, "work", "exec"), namespace)
            namespace[f"test_{result.function}"]()  # type: ignore[operator]
