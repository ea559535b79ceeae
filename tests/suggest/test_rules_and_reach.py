"""No rule brings in anything for which a candidate would be refused unseen."""

import importlib

from speedproof.profiling.reach import brings_in
from speedproof.suggest.rules.catalogue import RULES
from speedproof.suggest.rules.examples import examples_of


def test_no_rule_needs_more_than_its_arguments() -> None:
    found = {}
    for module in {importlib.import_module(rule.rewrite.__module__) for rule in RULES}:
        for example in examples_of(module):
            for after in filter(None, example.after.values()):
                if reached := brings_in(example.before, after):
                    found[module.__name__] = reached
    assert found == {}
