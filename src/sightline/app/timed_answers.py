"""Time a server's answers: questions that it answers with the same numbers, over and over, each round in an order that is drawn."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from urllib.parse import urlencode

import numpy as np

from sightline.disclosure.blackbox.held import Timed
from sightline.model.cubes import YEAR_TO, Axis, ReleasedTable

Ask = Callable[[str], bytes | None]
MOST_ASKED = 80
"""So many questions are asked of a table once, to learn which are answered alike."""
GROUPS = 2
"""So many groups of them are timed for each table, the largest ones."""
FEWEST, MOST = 4, 8
"""A group has at least, and of it are timed at most, so many questions."""
ROUNDS = 25


@dataclass(frozen=True, slots=True)
class Watch:
    """What times are taken with, and what draws the order of questions."""

    clock: Callable[[], float]
    rng: np.random.Generator


def time_answers(ask: Ask, tables: Sequence[ReleasedTable], number: int, watch: Watch) -> tuple[Timed, ...]:
    """Times of the questions of each table that were answered alike; none where no questions were.

    Args:
        ask: Gives the answer of an address.
        tables: Those that readers may ask of release ``number``.
    """
    found: list[Timed] = []
    for table in tables:
        about, questions = _questions(table, number)
        alike = _answered_alike(ask, questions)
        largest = sorted((each for each in alike if len(each) >= FEWEST), key=lambda each: -len(each))[:GROUPS]
        for group in largest:
            chosen = [group[place] for place in sorted(watch.rng.choice(len(group), min(MOST, len(group)), replace=False).tolist())]
            found.append(Timed(about, _timed(ask, chosen, watch)))
    return tuple(found)


def _questions(table: ReleasedTable, number: int) -> tuple[str, list[str]]:
    """One question for each crossing of the two axes that have most codes: rows of the one, of one code of each only."""
    ways = sorted((_finest(axis) for axis in table.axes if axis.ways), key=lambda each: -len(each[2]))[:2]
    if len(ways) < 2 or not table.atoms:
        return "", []
    (axis, way, codes), (other, rows, others) = ways
    indicator = next(iter(table.atoms))[0]
    period = max((each for of, each in table.atoms if of == indicator), key=lambda each: (not each.startswith(YEAR_TO), each))
    base = f"/releases/{number}/indicators/{indicator}/table.csv?"
    asked = {"table": table.id, "period": period, "rows": rows}
    crossings = list(product(codes, others))[:: max(1, len(codes) * len(others) // MOST_ASKED)]
    questions = [base + urlencode({**asked, f"where-{axis.id}": one, f"where-{other.id}": two}) for one, two in crossings]
    return f"{indicator}, {period}, by {way} and {rows}", questions


def _finest(axis: Axis) -> tuple[Axis, str, tuple[str, ...]]:
    way = max((way for way, _ in axis.ways), key=lambda each: len(axis.along(each)))
    return axis, way, axis.along(way)


def _answered_alike(ask: Ask, questions: Iterable[str]) -> list[list[str]]:
    """Questions by the numbers they are answered with. Every later answer is a second one, whatever a server keeps of the first."""
    by_numbers: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for question in questions:
        content = ask(question)
        if content is not None:
            rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig", errors="replace")))
            by_numbers[tuple(row.get("count") or "" for row in rows)].append(question)
    return list(by_numbers.values())


def _timed(ask: Ask, questions: Sequence[str], watch: Watch) -> np.ndarray:
    seconds = np.zeros((ROUNDS, len(questions)))
    for round_ in seconds:
        for place in watch.rng.permutation(len(questions)).tolist():
            began = watch.clock()
            ask(questions[place])
            round_[place] = watch.clock() - began
    return seconds
