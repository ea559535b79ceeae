"""All rules, in the order in which they are tried."""

from speedproof.suggest.rules import (
    count_to_counter,
    hoist_invariant,
    identity_comprehension,
    insert_front_to_reverse,
    keys_membership,
    linear_recursion_to_loop,
    list_concat_to_append,
    membership_to_set,
    memoize_recursion,
    modulo_filter_to_step,
    pop_front_to_deque,
    range_len_to_items,
    regex_precompiled,
    repeated_fold_to_table,
    slice_count_to_counter,
    str_concat_in_loop,
    str_prepend_in_loop,
    trial_division_to_isqrt,
    window_to_locals,
)
from speedproof.suggest.rules.base import Rule

RULES: tuple[Rule, ...] = (
    Rule("membership-to-set", membership_to_set.rewrite),
    Rule("count-to-counter", count_to_counter.rewrite),
    Rule("count-to-counter/guarded", count_to_counter.rewrite_guarded),
    Rule("str-concat-in-loop", str_concat_in_loop.rewrite),
    Rule("str-prepend-in-loop", str_prepend_in_loop.rewrite),
    Rule("list-concat-to-append", list_concat_to_append.rewrite),
    Rule("pop-front-to-deque", pop_front_to_deque.rewrite),
    Rule("insert-front-to-reverse", insert_front_to_reverse.rewrite),
    Rule("memoize-recursion", memoize_recursion.rewrite),
    Rule("trial-division-to-isqrt", trial_division_to_isqrt.rewrite),
    Rule("regex-precompiled", regex_precompiled.rewrite),
    Rule("keys-membership", keys_membership.rewrite),
    Rule("hoist-invariant", hoist_invariant.rewrite),
    Rule("modulo-filter-to-step", modulo_filter_to_step.rewrite),
    Rule("range-len-to-items", range_len_to_items.rewrite),
    Rule("identity-comprehension", identity_comprehension.rewrite),
    Rule("linear-recursion-to-loop", linear_recursion_to_loop.rewrite),
    Rule("repeated-fold-to-table", repeated_fold_to_table.rewrite),
    Rule("window-to-locals", window_to_locals.rewrite),
    Rule("slice-count-to-counter", slice_count_to_counter.rewrite),
)

BY_ID = {rule.id: rule for rule in RULES}
