"""Whatever the evidence says, stewards' decisions hold, and what is not to be linked leaves no trace."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.linkage.overrides import STEWARD, Overrides, OverridesContradict, check_overrides
from sightline.linkage.resolve import Edges, components, resolve
from sightline.linkage.score import SCORED
from sightline.model.entities import OVERRIDE_SCHEMA

MEMBERS = 7
NAMES = [f"i{at}" for at in range(MEMBERS)]
ALL_PAIRS = list(combinations(range(MEMBERS), 2))
RULES, FORBIDDEN = [None, "likeness", "NHS number and date of birth"], [None, None, None, "different numbers", "twin or sibling"]

evidence = st.dictionaries(
    st.sampled_from(ALL_PAIRS),
    st.tuples(st.floats(-20, 20).map(lambda weight: round(weight, 1)), st.sampled_from(RULES), st.sampled_from(FORBIDDEN)),
)
decisions = st.dictionaries(st.sampled_from(ALL_PAIRS), st.sampled_from(["must_link", "cannot_link", "do_not_link"]), max_size=5)


def scored_of(found):
    rows = [
        {"left": left + 1, "right": right + 1, "weight": weight, "probability": 0.5, "rule": rule, "forbidden": forbidden, "pattern": "p"}
        for (left, right), (weight, rule, forbidden) in sorted(found.items())
    ]
    return pa.Table.from_pylist(rows, schema=SCORED)


def table_of(decided):
    rows = [
        {"number": number, "left": NAMES[left], "right": NAMES[right], "kind": kind, "reason": "why", "in_force": True}
        for number, ((left, right), kind) in enumerate(decided.items(), start=1)
    ]
    return pa.Table.from_pylist(rows, schema=OVERRIDE_SCHEMA)


def one_by_must(decided):
    group = list(range(MEMBERS))
    for (left, right), kind in decided.items():
        if kind == "must_link":
            group = [group[left] if each == group[right] else each for each in group]
    return group


def linked(found, decided):
    overrides = Overrides.of(table_of(decided), pa.array(NAMES, pa.string()))
    scored = overrides.mark(scored_of(found))
    glued = Edges.of(overrides.glue(scored))
    labels = overrides.spread(resolve(components(MEMBERS, glued, largest=200), glued).labels)
    return overrides, scored, labels


def contradict(decided):
    group = one_by_must(decided)
    return any(kind != "must_link" and group[left] == group[right] for (left, right), kind in decided.items())


@given(found=evidence, decided=decisions)
def test_every_decision_holds_or_all_are_refused(found, decided):
    if contradict(decided):
        with pytest.raises(OverridesContradict):
            check_overrides(table_of(decided))
        return

    _, scored, labels = linked(found, decided)

    for (left, right), kind in decided.items():
        assert bool(labels[left] == labels[right]) is (kind == "must_link")
    marked = {(row["left"] - 1, row["right"] - 1): row for row in scored.to_pylist()}
    assert set(marked) == set(found) | set(decided)
    for pair, kind in decided.items():
        assert marked[pair]["rule" if kind == "must_link" else "forbidden"] == STEWARD


@given(found=evidence)
def test_without_decisions_nothing_changes(found):
    overrides = Overrides.of(None, pa.array(NAMES, pa.string()))
    scored = scored_of(found)

    assert overrides.mark(scored) is scored
    assert overrides.glue(scored) is scored
    assert overrides.visible(scored, np.arange(MEMBERS)) is scored


@given(found=evidence, decided=decisions)
def test_nothing_that_is_kept_shows_two_who_are_not_to_be_linked(found, decided):
    if contradict(decided):
        return
    overrides, scored, labels = linked(found, decided)

    kept = overrides.visible(scored, labels)

    beside = [{int(labels[row["left"] - 1]), int(labels[row["right"] - 1])} for row in kept.to_pylist()]
    for (left, right), kind in decided.items():
        if kind == "do_not_link":
            one, other = int(labels[left]), int(labels[right])
            assert {one, other} not in beside
            for person in set(labels.tolist()) - {one, other}:
                assert not ({person, one} in beside and {person, other} in beside)
    if "do_not_link" not in decided.values():
        assert kept.equals(scored)
    within = [row for row in scored.to_pylist() if labels[row["left"] - 1] == labels[row["right"] - 1]]
    assert [row for row in kept.to_pylist() if labels[row["left"] - 1] == labels[row["right"] - 1]] == within


@given(found=evidence, decided=decisions, seed=st.randoms(use_true_random=False))
def test_no_order_of_decisions_changes_the_people(found, decided, seed):
    if contradict(decided):
        return
    shuffled = list(decided.items())
    seed.shuffle(shuffled)

    one, other = linked(found, decided)[2], linked(found, dict(shuffled))[2]

    assert [one[left] == one[right] for left, right in ALL_PAIRS] == [other[left] == other[right] for left, right in ALL_PAIRS]
