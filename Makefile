# make demo    sets up .venv and optimizes a copy of the example project, in under four minutes
# make test    sets up .venv, with PyTorch for the tests of local models, and runs every check: lint, types, tests
# make lint    ruff and mypy alone
# make bench   every benchmark, full length (QUICK=1: short); its figures go to build/bench/*.json
# make vsix    builds the VS Code extension into build/speedproof.vsix
# make clean   removes what the other targets made, .venv too
# PYTHON=...   the interpreter to make .venv with (3.11 or newer), else the newest that is found

PYTHON ?=
QUICK ?=
VENV := .venv/bin
BENCHMARKS := $(filter-out bench/_%,$(wildcard bench/*.py))

.PHONY: setup setup-local demo test lint bench vsix clean

setup:
	@PYTHON="$(PYTHON)" scripts/setup

setup-local:
	@PYTHON="$(PYTHON)" scripts/setup local

demo: setup
	@scripts/demo

test: lint
	$(VENV)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile

lint: setup-local
	$(VENV)/ruff check
	$(VENV)/ruff format --check
	$(VENV)/mypy

bench: setup-local
	@mkdir -p build/bench
	@failed=; for script in $(BENCHMARKS); do \
		echo "== $$script"; \
		$(VENV)/python $$script $(if $(QUICK),--quick) --json build/bench/$$(basename $$script .py).json \
			|| failed="$$failed $$script"; \
	done; \
	test -z "$$failed" || { echo "failed:$$failed" >&2; exit 1; }

vsix:
	@PYTHON="$(or $(PYTHON),python3)" scripts/vsix

clean:
	rm -rf .venv .demo build clients/vscode/node_modules clients/vscode/out clients/vscode/LICENSE .mypy_cache .ruff_cache .pytest_cache .hypothesis
