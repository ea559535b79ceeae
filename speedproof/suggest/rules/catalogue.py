"""All rules, in the order in which they are tried."""

from speedproof.suggest.rules import (
    membership_to_set,
    pop_front_to_deque,
    str_concat_in_loop,
)
from speedproof.suggest.rules.base import Rule

RULES: tuple[Rule, ...] = (
    Rule("membership-to-set", membership_to_set.rewrite),
    Rule("str-concat-in-loop", str_concat_in_loop.rewrite),
    Rule("pop-front-to-deque", pop_front_to_deque.rewrite),
)

BY_ID = {rule.id: rule for rule in RULES}
