"""On cubes so small that every table can be written down, the auditor finds exactly what is possible."""

from __future__ import annotations

from hypothesis import given, settings

from sightline.disclosure.audit import audit
from sightline.disclosure.cubes import cells
from sightline.disclosure.knowledge import UNBOUNDED
from tests.support.worlds import every_world, reach, tiny_releases

MOST = 2
WRITTEN_DOWN = 5


@settings(max_examples=100)
@given(told=tiny_releases(MOST))
def test_the_auditor_finds_the_least_and_the_most_that_enumeration_finds(told):
    worlds = every_world(told, WRITTEN_DOWN)
    least, most = reach(told, worlds)
    listed = cells(told.cube)

    found = {each.cell: each for each in audit(told.cube, told, width=2, exactly=True).intervals[0]}

    for index in range(len(listed)):
        interval = found[listed.name(index)]
        assert interval.low == least[index]
        if most[index] < WRITTEN_DOWN:
            assert interval.high == most[index]
        else:
            assert interval.high >= WRITTEN_DOWN


@settings(max_examples=100)
@given(told=tiny_releases(MOST))
def test_a_cell_fails_if_and_only_if_enumeration_cannot_spread_it(told):
    worlds = every_world(told, WRITTEN_DOWN)
    least, most = reach(told, worlds)
    listed = cells(told.cube)
    short = {listed.name(index) for index in range(len(listed)) if most[index] - least[index] < 2}

    failed = audit(told.cube, told, width=2).failures

    served = {listed.name(index) for index in range(len(listed))}
    assert {each.cell for each in failed if each.cell in served} == short
    assert all(each.by != "not settled" for each in failed)
    assert all(each.high < UNBOUNDED for each in failed)
