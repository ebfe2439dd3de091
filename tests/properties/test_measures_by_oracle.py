"""Measures answer what a plain reading of their words answers, on whatever rows: the first half of the alphabet.

`tests.support.oracles` holds the readings, `tests.support.random_worlds` draws the rows.
"""

from __future__ import annotations

from tests.support.invented_world import CATALOGUE
from tests.support.oracles import ORACLES
from tests.support.oracles.compare import compare_all

HALF = sorted(CATALOGUE.measures)[: len(CATALOGUE.measures) // 2]


def test_measures_answer_what_their_words_say() -> None:
    compare_all(HALF, examples=25)


def test_every_measure_has_an_oracle_and_every_oracle_a_measure() -> None:
    assert sorted(ORACLES) == sorted(CATALOGUE.measures)
