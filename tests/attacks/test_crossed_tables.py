"""Crossed tables beside figures of the same counts: the same number everywhere, all sums agree, and nothing small can be placed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.asked import ETHNICITY, INDICATORS, KEY, PERIODS, SEX, both_tables, children, counted

from sightline.disclosure import METHOD, Before, Protected, ToRelease, protect_release
from sightline.disclosure.blackbox.held import Held, Numbers
from sightline.disclosure.blackbox.held_cubes import hold_cubes
from sightline.disclosure.blackbox.implied import implied_by
from sightline.disclosure.blackbox.on_sums import Worked
from sightline.disclosure.cubes import CubeProblems
from sightline.disclosure.release_audit import ReleaseUnsafe
from sightline.model.cubes import YEAR_TO, Axis, CountedCube, OutsideNumber, ReleasedTable, quarters_of_year
from sightline.model.figures import Cell, Released

INDICATOR, PERIOD = INDICATORS[0], PERIODS[-1]
YEAR = f"{YEAR_TO}{PERIOD}"
SINGLES = ("age_band", "sex", "ethnicity", "ward", "council")


def cells_of(tables: list[CountedCube], *, out_of: int | None = None) -> list[Cell]:
    """The figures of an indicator by each breakdown, as they are counted apart from its tables."""
    found: dict[tuple[str, str], int] = {}
    for table in tables:
        for place, axis in enumerate(table.axes):
            along = table.atoms.sum(axis=tuple(other for other in range(table.atoms.ndim) if other != place))
            counts = {code: int(count) for (code, _), count in zip(axis.leaves, along, strict=True)}
            found.update({(axis.id, code): count for code, count in counts.items()})
            found.update(
                {(group.way, group.category): sum(counts[part] for part in group.parts) for group in axis.groups if group.way != axis.id}
            )
    total = int(tables[0].atoms.sum())
    given = {("all", "all"): total} | {place: count for place, count in found.items() if place[0] in SINGLES}
    return [
        Cell(INDICATOR, PERIOD, by, code, count, out_of, count, 100 if out_of else None, source=INDICATOR, out_breakdown="all")
        for (by, code), count in given.items()
    ]


def released(tables: list[CountedCube], *, before: Before | None = None, **more: object) -> Protected:
    areas = {"council": {f"W0{n}": "North" if n < 4 else "South" for n in range(1, 7)}}
    return protect_release(ToRelease(cells_of(tables, **more), areas=areas, cubes=tables), key=KEY, before=before)  # type: ignore[arg-type]


def shown_by(safe: Protected) -> dict[tuple[str, str], int]:
    return {(each.breakdown, each.category): each.count.value for each in safe.figures if isinstance(each.count, Released)}


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), many=st.integers(0, 400), is_out_of=st.booleans())
def test_the_same_count_is_the_same_number_in_every_table_and_figure(seed: int, many: int, is_out_of: bool) -> None:
    tables = both_tables(seed, many)
    safe = released(tables, out_of=many + 40 if is_out_of else None)
    figures = shown_by(safe)

    assert not safe.not_made
    for table in safe.cubes.values():
        errors = np.abs(table.shown - table.crossed.true)
        assert errors.max() <= table.within == 4
        assert int(table.atoms.sum()) == figures["all", "all"]
        for place, axis in enumerate(table.crossed.counted.axes):
            along = table.atoms.sum(axis=tuple(other for other in range(table.atoms.ndim) if other != place))
            assert {code: int(number) for (code, _), number in zip(axis.leaves, along, strict=True)} == {
                code: figures[axis.id, code] for code, _ in axis.leaves
            }
    assert safe.audit.protected


def test_the_auditor_looks_at_every_cell_of_every_table() -> None:
    tables = both_tables(3, 60)
    alone = protect_release(ToRelease(cells_of(tables)), key=KEY)
    safe = released(tables)

    assert safe.audit.counts - alone.audit.counts > 200
    assert safe.audit.sums > alone.audit.sums


def test_what_did_not_change_is_shown_as_before_and_the_same_counts_give_the_same_numbers() -> None:
    first = both_tables(5, 300)
    safe = released(first)
    tables = [
        ReleasedTable(each.table, "", "", each.axes, 5, (), {(INDICATOR, PERIOD): safe.cubes[each.table, INDICATOR, PERIOD].atoms}, {})
        for each in first
    ]
    again = released(both_tables(5, 300))
    late = both_tables(5, 300)
    late[0].atoms[1, 0, 0] += 1
    late[1].atoms[1, 0] += 1
    later = released(late, before=Before(safe.figures, cubes=tables))

    for name, table in safe.cubes.items():
        assert (again.cubes[name].atoms == table.atoms).all()
        moved = (later.cubes[name].atoms != table.atoms).sum()
        assert moved <= 0.02 * table.atoms.size, "one late child moves next to nothing"


def test_a_table_is_not_made_where_its_quarter_counts_a_child_in_two_bands() -> None:
    tables = both_tables(7, 100)
    cells = [replace(each, numerator=each.numerator + 1) if each.category == "13-15" else each for each in cells_of(tables)]
    safe = protect_release(ToRelease(cells, cubes=tables), key=KEY)

    assert set(safe.not_made.values()) == {"a child stands in two of its categories in this period"}
    assert not safe.cubes


def test_what_others_publish_must_fit_and_is_held_against_the_release() -> None:
    tables = both_tables(9, 100)
    told = [replace(each, outside=(OutsideNumber("DfE", 100),)) for each in tables]
    wrong = [replace(each, outside=(OutsideNumber("DfE", 120, within=5),)) for each in tables]

    assert released(told).cubes
    with pytest.raises(CubeProblems, match="DfE gives the total a number that this cube does not count"):
        released(wrong)


def test_a_negative_count_is_named_by_its_cell_and_nothing_is_made() -> None:
    tables = both_tables(11, 50)
    tables[0].atoms[2, 1, 3] = -1

    with pytest.raises(CubeProblems, match=r'age_band "13-15", sex "male", ethnicity "white" has a negative count\.') as refused:
        released(tables)
    assert "is -1" not in str(refused.value)
    assert len(refused.value.problems) == 1, "one cell, and no count of it"


def test_a_careless_table_does_not_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Atoms rounded one by one do not agree with the figures, and atoms that are not rounded at all tell counts."""
    from sightline.disclosure import crossed
    from sightline.disclosure.crossed_programs import Found, Part

    def each_alone(parts: list[Part], **_: object) -> Found:
        return Found([(part.atoms + 2) // 5 * 5 for part in parts], is_wide=False)

    def not_at_all(parts: list[Part], **_: object) -> Found:
        return Found([part.atoms for part in parts], is_wide=False)

    monkeypatch.setattr(crossed, "round_parts", each_alone)
    assert not released(both_tables(13, 200)).cubes
    monkeypatch.setattr(crossed, "round_parts", not_at_all)
    with pytest.raises(ReleaseUnsafe, match="is not rounded"):
        protect_release(ToRelease(cubes=both_tables(13, 200)), key=KEY)


# Rolling years


def of_a_year(seed: int, many: int) -> tuple[list[CountedCube], CountedCube]:
    """The same invented children in four quarters, each in some of them and in one at least, and in the year that these make up."""
    rng = np.random.default_rng([seed, 4])
    all_of = children(seed, many)[:, [1, 2]]
    within = rng.random((many, 4)) < 0.4
    within[np.arange(many), rng.integers(4, size=many)] = True
    quarters = quarters_of_year(YEAR)
    made = [counted("who", INDICATOR, quarter, (SEX, ETHNICITY), all_of[within[:, place]]) for place, quarter in enumerate(quarters)]
    return made, counted("who", INDICATOR, YEAR, (SEX, ETHNICITY), all_of)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), many=st.integers(0, 120))
def test_no_quarter_is_shown_above_its_rolling_year_nor_the_year_above_all_four(seed: int, many: int) -> None:
    quarters, year = of_a_year(seed, many)
    safe = protect_release(ToRelease([], cubes=[*quarters, year]), key=KEY)

    assert not safe.not_made
    of_year = safe.cubes["who", INDICATOR, YEAR].shown
    of_quarters = np.stack([safe.cubes["who", INDICATOR, each.period].shown for each in quarters])
    assert (of_quarters.max(axis=0) <= of_year).all()
    assert (of_year <= of_quarters.sum(axis=0)).all()


def held_year(shown: dict[str, int]) -> Held:
    """A release whose only table tells of one breakdown with one code, in four quarters and in the year."""
    axes = (Axis("sex", "Sex", "breakdown", (("female", "Female"),), ways=(("sex", "Sex"),)),)
    atoms = {(INDICATOR, period): np.array([number]) for period, number in shown.items()}
    numbers = Numbers.empty()
    hold_cubes(numbers, [ReleasedTable("who", "", "", axes, 5, (), atoms, dict.fromkeys(atoms, 4))], counted_in_children={INDICATOR})
    return Held("release 1", METHOD, numbers=numbers.numbers, sums=tuple(numbers.sums))


def test_a_reader_lays_a_year_beside_its_quarters() -> None:
    """A quarter shown as 10 is 6 at the least, and a year shown as 5 is 9 at the most: so the year is 6 to 9, closer than promised."""
    quarters = quarters_of_year(YEAR)
    right = held_year({**dict.fromkeys(quarters, 5), YEAR: 10})
    leaking = held_year({**dict.fromkeys(quarters, 5), quarters[0]: 10, YEAR: 5})
    unknown = held_year({**dict.fromkeys(quarters[1:], 5), quarters[0]: 10})

    found = {name: Worked(held, implied_by(METHOD)).subtraction.findings for name, held in (("right", right), ("leaking", leaking))}

    assert not found["right"]
    assert {each.where for each in found["leaking"]} == {f"{INDICATOR}, {YEAR}, {where}" for where in ("all together", "sex female")}
    assert not [each for each in unknown.sums if each.whole[2] == YEAR], "no year, nothing to lay beside"
