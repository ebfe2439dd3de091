"""Areas that cut across one another are sums of the same wards, in what is shown as in truth."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sightline.disclosure import ToRelease, protect_release
from sightline.disclosure.linked import CountsContradict, Linked
from sightline.disclosure.linked_rounding import round_linked
from sightline.disclosure.release_audit import audit_linked
from sightline.model.codes import NOT_RECORDED
from sightline.model.figures import Cell, Released
from tests.support.gate import KEY

WARDS = [f"W{number:02}" for number in range(12)]
AREAS = {
    "council": {ward: f"C{place // 4}" for place, ward in enumerate(WARDS)},
    "deprivation": {ward: str(place % 5 + 1) for place, ward in enumerate(WARDS[:-1])},
    "health_footprint": {ward: f"H{place // 6}" for place, ward in enumerate(WARDS)},
}


def cells(counts: dict[str, int], areas: dict[str, dict[str, str]]) -> list[Cell]:
    found = [Cell("i", "2026-Q1", "all", "all", sum(counts.values()), None, sum(counts.values()))]
    found += [replace(found[0], breakdown="ward", category=ward, numerator=count, contributors=count) for ward, count in counts.items()]
    for area, of in areas.items():
        for code in sorted({of.get(ward, NOT_RECORDED) for ward in counts}):
            whole = sum(count for ward, count in counts.items() if of.get(ward, NOT_RECORDED) == code)
            found.append(replace(found[0], breakdown=area, category=code, numerator=whole, contributors=whole))
    return found


@pytest.mark.parametrize("number", range(6))
def test_every_area_is_the_sum_of_the_wards_shown_in_it_whatever_cuts_across(number: int) -> None:
    counts = {ward: (place * 7 + number * 3) % 11 for place, ward in enumerate(WARDS)} | {NOT_RECORDED: number}
    figures = protect_release(ToRelease(cells(counts, AREAS), areas=AREAS), key=bytes([number]) * 16).figures
    shown = {(figure.breakdown, figure.category): figure.count.value for figure in figures if isinstance(figure.count, Released)}

    for area, of in AREAS.items():
        for code in {category for breakdown, category in shown if breakdown == area}:
            inside = [ward for ward in counts if of.get(ward, NOT_RECORDED) == code]
            assert shown[area, code] == sum(shown["ward", ward] for ward in inside)
    assert shown["all", "all"] == sum(shown["ward", ward] for ward in counts)


def crossed(counts: list[list[int]]) -> Linked:
    """Rows, columns and a total, of which every count inside is part twice over."""
    linked = Linked()
    for down, line in enumerate(counts):
        for across, count in enumerate(line):
            linked.add(f"{down} {across}", count)
    for down, line in enumerate(counts):
        linked.family(linked.add(f"row {down}", sum(line)), [f"{down} {across}" for across in range(len(line))])
    for across, column in enumerate(zip(*counts, strict=True)):
        linked.family(linked.add(f"column {across}", sum(column)), [f"{down} {across}" for down in range(len(counts))])
    linked.family(linked.add("total", sum(map(sum, counts))), [f"row {down}" for down in range(len(counts))])
    return linked


def test_a_count_that_is_part_of_two_wholes_makes_up_both() -> None:
    linked = crossed([[3, 1, 2], [4, 2, 0], [0, 7, 4]])
    families = linked.families()
    done = round_linked(linked, families, key=KEY)

    assert not audit_linked(linked, families, done.shown).failures
    assert (done.impossible, done.wide) == (frozenset(), frozenset())


def test_two_counts_of_one_name_let_nothing_out() -> None:
    given = [Cell("i", "2026-Q1", "all", "all", count, None, count, source="the same") for count in (3, 4)]

    with pytest.raises(CountsContradict, match="the same") as refused:
        protect_release(ToRelease(given), key=KEY)
    assert "3" not in str(refused.value)
