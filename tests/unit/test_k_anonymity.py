"""k-anonymity, held against the worked example of the paper that defines it, and against counting by hand."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.privacy.k_anonymity import alike, every_combination, k_anonymity

# Sweeney (2002), "k-anonymity: a model for protecting privacy", figure 2: k = 2 over race, birth, gender and ZIP.
FIELDS = ("race", "birth", "gender", "zip")
SWEENEY = """
Black 1965 m 0214* short breath
Black 1965 m 0214* chest pain
Black 1965 f 0213* hypertension
Black 1965 f 0213* hypertension
Black 1964 f 0213* obesity
Black 1964 f 0213* chest pain
White 1964 m 0213* chest pain
White 1964 m 0213* obesity
White 1964 m 0213* short breath
White 1967 m 0213* chest pain
White 1967 m 0213* chest pain
"""
ROWS = [tuple(line.split(maxsplit=4)[:4]) for line in SWEENEY.strip().splitlines()]
PROBLEMS = [line.split(maxsplit=4)[4] for line in SWEENEY.strip().splitlines()]


def test_the_papers_own_table_is_2_anonymous_and_no_more():
    whole = every_combination(ROWS, FIELDS, k=2)[-1]
    assert whole.fields == FIELDS
    assert (whole.people, whole.classes, whole.smallest, whole.below, whole.alone) == (11, 5, 2, 0, 0)
    assert every_combination(ROWS, FIELDS, k=3)[-1].below == 8


def test_each_single_value_of_the_papers_table_occurs_as_often_as_the_paper_says():
    single = {one.fields[0]: one for one in every_combination(ROWS, FIELDS, k=2)[:4]}
    # |race = black| = 6, white = 5; birth 1964 = 5, 1965 = 4, 1967 = 2; m = 7, f = 4; 0213* = 9, 0214* = 2
    assert {name: (one.classes, one.smallest) for name, one in single.items()} == {
        "race": (2, 5),
        "birth": (3, 2),
        "gender": (2, 4),
        "zip": (2, 2),
    }


def test_two_classes_of_the_papers_table_tell_what_everybody_in_them_has():
    assert alike(ROWS, PROBLEMS) == 4


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=30), st.integers(2, 6))
def test_classes_are_what_counting_by_hand_gives(rows, k):
    whole = every_combination(rows, ("a", "b"), k=k)[-1]
    sizes = [sum(1 for other in rows if other == row) for row in rows]
    assert whole.below == sum(1 for size in sizes if size < k)
    assert whole.alone == sum(1 for size in sizes if size == 1)
    assert whole.smallest == min(sizes, default=0)
    assert whole.classes == len(set(rows))


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 1)), min_size=1, max_size=30))
def test_more_fields_never_make_anybody_safer(rows):
    found = {one.fields: one for one in every_combination(rows, ("a", "b", "c"), k=3)}
    for fields, one in found.items():
        for wider in found.values():
            if set(fields) <= set(wider.fields):
                assert wider.below >= one.below
                assert wider.smallest <= one.smallest


def test_a_report_looks_at_the_latest_of_each_person_and_at_the_fields_that_remain():
    identity = pa.table(
        {
            "local_id": ["a", "a", "b", "c"],
            "date_of_birth": [date(2010, 5, 1)] * 4,
            "sex": ["male", "female", "female", "male"],
            "postcode": pa.nulls(4, pa.string()),
            "ethnicity": ["not_recorded"] * 4,
            "valid_from": [date(2024, 1, 1), date(2025, 1, 1), date(2025, 1, 1), None],
        }
    )
    flags = pa.table({"local_id": ["c", "a"], "exploitation_type": ["criminal", "sexual"]})
    report = k_anonymity({"identity_record": identity, "flag": flags}, k=2)
    assert report is not None
    assert report.people == 3
    assert report.all_fields is not None
    assert report.all_fields.fields == ("date_of_birth", "sex")
    assert (report.all_fields.below, report.all_fields.alone) == (1, 1)
    assert report.alike == 1


@pytest.mark.parametrize("tables", [{}, {"identity_record": pa.table({"local_id": ["a"], "sex": pa.nulls(1, pa.string())})}])
def test_where_there_is_nobody_to_single_out_there_is_no_report(tables):
    assert k_anonymity(tables, k=5) is None
