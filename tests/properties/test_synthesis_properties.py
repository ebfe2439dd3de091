"""Properties that hold for any day, name and number the invented partnership may draw."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from sightline.synthesis.draw import EPOCH, age_on, pick, repeated_within, years_after
from sightline.synthesis.errors_of_recording import slip
from sightline.synthesis.files import rows_xml
from sightline.synthesis.numbers import PRIME, Scramble

DAYS = st.dates(date(1975, 1, 1), date(2030, 12, 31))


def number(day: date) -> np.ndarray:
    return np.array([(day - EPOCH).days], dtype=np.int32)


@given(born=DAYS, on=DAYS)
def test_age_is_counted_as_people_count_it(born: date, on: date) -> None:
    assert age_on(number(born), number(on))[0] == on.year - born.year - ((on.month, on.day) < (born.month, born.day))


@given(born=DAYS, years=st.integers(1, 25))
def test_a_birthday_is_the_first_day_of_the_new_age(born: date, years: int) -> None:
    birthday = EPOCH + timedelta(days=int(years_after(number(born), years)[0]))

    assert age_on(number(born), number(birthday))[0] == years
    assert age_on(number(born), number(birthday - timedelta(days=1)))[0] == years - 1


@given(seed=st.integers(0, 2**32 - 1), positions=st.sets(st.integers(0, PRIME - 1), min_size=1, max_size=200))
def test_no_two_positions_share_a_number(seed: int, positions: set[int]) -> None:
    scrambled = Scramble(np.random.default_rng(seed))(np.array(sorted(positions)))

    assert len(set(scrambled.tolist())) == len(positions)
    assert scrambled.min() >= 0
    assert scrambled.max() < PRIME


@given(name=st.text(st.characters(categories=["Lu", "Ll"]), min_size=1, max_size=20), kind=st.integers(0, 3), where=st.integers(0, 10**6))
def test_a_slip_is_one_letter_away(name: str, kind: int, where: int) -> None:
    written = slip(name, kind, where)

    assert written[0] == name[0]
    assert abs(len(written) - len(name)) <= 1
    if len(written) == len(name):
        assert sum(one != other for one, other in zip(written, name, strict=True)) <= 2


@given(counts=st.lists(st.integers(0, 5), max_size=30))
def test_events_are_told_apart_within_each_owner(counts: list[int]) -> None:
    owner, turn = repeated_within(np.array(counts, dtype=np.int64))

    assert list(zip(owner.tolist(), turn.tolist(), strict=True)) == [(who, one) for who, count in enumerate(counts) for one in range(count)]


@given(
    weights=st.lists(st.floats(0.0, 10.0), min_size=1, max_size=8).filter(lambda weights: sum(weights) > 0.01), seed=st.integers(0, 1000)
)
def test_what_has_no_weight_is_never_picked(weights: list[float], seed: int) -> None:
    picked = pick(np.random.default_rng(seed), 200, weights)

    assert all(weights[position] > 0 for position in set(picked.tolist()))


@given(texts=st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8), max_size=6))
def test_a_cell_gives_back_the_text_put_in(texts: list[str | None]) -> None:

    root = etree.fromstring(f"<sheet>{rows_xml(pl.DataFrame({'text': texts}, schema={'text': pl.String}), {})}</sheet>")

    assert [row.findtext("c/is/t") or "" for row in root] == [text or "" for text in texts]
