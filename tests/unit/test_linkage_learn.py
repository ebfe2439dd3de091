"""What the records themselves teach about how careless they are, and what they may not teach."""

from __future__ import annotations

import pyarrow as pa
import pytest

from sightline.definitions.linkage import linkage_model
from sightline.linkage.learn import Learnt, learn

MODEL = linkage_model()
SAME, SLIP, OTHER = "born:same", "born:one digit", "born:different"
JUDGED = pa.schema([("weight", pa.float64()), ("pattern", pa.string()), ("by_number", pa.bool_()), ("forbidden", pa.string())])


def pattern(*said):
    told = dict(part.split(":") for part in said)
    silent = {comparison.id: next(level.label for level in comparison.levels if level.is_silent) for comparison in MODEL.comparisons}
    return "|".join(f"{comparison}:{told.get(comparison, label)}" for comparison, label in silent.items())


def judged(*groups):
    rows = [
        {"weight": weight, "pattern": pattern(*said.split("|")), "by_number": by_number, "forbidden": forbidden}
        for count, said, weight, by_number, forbidden in groups
        for _ in range(count)
    ]
    return pa.Table.from_pylist(rows, schema=JUDGED)


def learnt(*groups, pairs=0.0, alike=None):
    return learn(judged(*groups), MODEL, shift=0.0, pairs=pairs, alike=alike or {})


CAREFUL, CARELESS = (8800, SAME, 20.0, False, None), (4000, SAME, 20.0, False, None)


@pytest.mark.parametrize(
    ("groups", "level", "least", "most"),
    [
        pytest.param([CARELESS, (4000, SLIP, 20.0, False, None)], SLIP, 2.5, 4.0, id="half of all dates are mistyped: a slip says little"),
        pytest.param([CAREFUL, (400, SLIP, 20.0, False, None)], SLIP, -0.5, 0.5, id="as many slips as presumed teach nothing"),
        pytest.param([CAREFUL, (4000, SLIP, -20.0, False, None)], SLIP, -4.0, 0.0, id="slips between two people are no carelessness"),
        pytest.param([CARELESS, (4000, SLIP, 20.0, False, "twin or sibling")], SLIP, -4.0, 0.0, id="what is forbidden teaches nothing"),
        pytest.param([CARELESS, (4000, SLIP, -3.0, True, None)], SLIP, 2.5, 4.0, id="pairs joined by number are one person, whatever else"),
        pytest.param([(10, SAME, 20.0, False, None), (10, SLIP, 20.0, False, None)], SLIP, 0.0, 0.0, id="twenty pairs are too few"),
    ],
)
def test_a_degree_of_likeness_says_what_it_is_found_to_say(groups, level, least, most):
    comparison, label = level.split(":")
    bits = learnt(*groups).bits["born"].get(label, 0.0)

    assert comparison == "born"
    assert least <= bits <= most
    assert bits * 2 == int(bits * 2)


def test_weak_pairs_are_carried_by_what_strong_ones_teach():
    found = learnt((4000, SAME, 20.0, False, None), (4000, OTHER, 6.0, False, None), (50, OTHER, -1.0, False, None))

    assert found.of(pattern(OTHER)) >= 3.5
    assert found.of(pattern("sex:same")) == 0


def test_numbers_keep_their_own_rules():
    found = learnt((5000, "nhs:different|born:same", 20.0, False, None))

    assert "nhs" not in found.bits


@pytest.mark.parametrize(
    ("shared_by_two", "more"),
    [pytest.param(0, 5.0, id="nobody shares one"), pytest.param(400, 0.0, id="hundreds of pairs of two people share one")],
)
def test_an_address_says_as_much_as_it_is_rare_between_two_people(shared_by_two, more):
    two = "home:same address"
    groups = [(8000, f"{two}|born:same", 20.0, False, None), (8000, "home:different|born:same", 20.0, False, None)]
    alike = {"same address": (8000 + shared_by_two, 5.0)}
    found = learnt(*groups, pairs=50_000_000.0, alike=alike).bits["home"].get("same address", 0.0)

    assert found == pytest.approx(more, abs=1.0)


def test_nothing_compared_teaches_nothing():
    assert not learnt()
    assert not Learnt({"born": {}})
