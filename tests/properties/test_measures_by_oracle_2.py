"""Measures answer what a plain reading of their words answers, on whatever rows: the second half of the alphabet."""

from __future__ import annotations

from tests.support.invented_world import CATALOGUE
from tests.support.oracles.compare import compare_all

HALF = sorted(CATALOGUE.measures)[len(CATALOGUE.measures) // 2 :]


def test_measures_answer_what_their_words_say() -> None:
    compare_all(HALF, examples=25)
