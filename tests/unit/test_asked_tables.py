"""Answers to questions: the plain sum of the atoms that are selected, and never further off than they say."""

from __future__ import annotations

import numpy as np
import pytest

from sightline.app.ask_table import Question, ask
from sightline.app.cubes import read_table, write_table
from sightline.disclosure.crossed import CrossedTables
from sightline.model.cubes import Axis, ReleasedTable
from sightline.publish.asked_table import asked_chart
from tests.support.asked import INDICATORS, KEY, PERIODS, both_tables, example_tables
from tests.support.releases import example_release

INDICATOR, PERIOD = INDICATORS[0], PERIODS[-1]


def leaves(axis: Axis, codes: tuple[str, ...] | None) -> list[int]:
    """Places of the finest codes that some codes are made of; all for none."""
    parts = {group.code: group.parts for group in axis.groups}
    wanted = {leaf for code in codes or axis.codes for leaf in parts.get(code, (code,))}
    return [place for place, (code, _) in enumerate(axis.leaves) if code in wanted]


def drawn(table: ReleasedTable, seed: int) -> Question:
    rng = np.random.default_rng(seed)
    rows, columns = (table.axes[place] for place in rng.permutation(len(table.axes))[:2])
    where = {
        axis.id: tuple(rng.choice(axis.codes, int(rng.integers(1, 4)), replace=False).tolist()) for axis in table.axes if rng.random() < 0.5
    }
    ways = [str(rng.choice([way for way, _ in axis.ways])) for axis in (rows, columns)]
    return Question(INDICATOR, table.id, PERIOD, ways[0], ways[1] if rng.random() < 0.7 else "", where)


@pytest.mark.parametrize("place", [0, 1])
def test_every_number_is_the_sum_of_its_atoms_and_its_truth_lies_as_near_as_it_says(place: int) -> None:
    counted = both_tables(21, 500)
    tables = CrossedTables.of(counted)
    tables.round([], {}, key=KEY, earlier={})
    made = tables.rounded[counted[place].table, INDICATOR, PERIOD]
    axes, true = counted[place].axes, counted[place].atoms
    table = ReleasedTable(made.crossed.asked[0], "", "", axes, 5, (), {(INDICATOR, PERIOD): made.atoms}, {(INDICATOR, PERIOD): made.within})
    way_of = {way: at for at, axis in enumerate(axes) for way, _ in axis.ways}

    for seed in range(40):
        question = drawn(table, seed)
        asked = ask(example_release(), [table], question)
        for line, told_of in zip(asked.rows, asked.cells, strict=True):
            for column, told in zip(asked.columns, told_of, strict=True):
                chosen = [set(leaves(axis, question.where.get(axis.id))) for axis in axes]
                for way, each in ((question.rows, line), (question.columns, column)):
                    if each.code:
                        chosen[way_of[way]] &= set(leaves(axes[way_of[way]], (each.code,)))
                box = np.ix_(*(sorted(each) for each in chosen))
                assert told.value == made.atoms[box].sum()
                assert abs(told.value - int(true[box].sum())) <= told.within


def test_a_table_is_read_back_from_its_file_as_it_was_and_the_same_table_gives_the_same_bytes() -> None:
    for table in example_tables():
        content = write_table(table)
        again = read_table(content)

        assert write_table(again) == content
        assert (again.axes, again.within, again.reasons) == (table.axes, table.within, table.reasons)
        assert all((again.atoms[asked] == atoms).all() for asked, atoms in table.atoms.items())


def test_a_node_of_a_tree_stands_after_its_parts_and_is_not_drawn_beside_them() -> None:
    asked = ask(example_release(), example_tables(), Question(INDICATORS[0], rows="age_band"))
    codes = [line.code for line in asked.rows]
    chart = asked_chart(asked)

    assert codes.index("10-15") == codes.index("13-15") + 1
    assert codes[-1] != "10-15"
    assert chart is not None
    assert "10 to 15" not in chart.decode()
    assert "13 to 15" in chart.decode()
