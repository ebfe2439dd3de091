"""Judge the suggesting of codes on a corpus of real spellings: learn on 70% of it, be tested on the rest.

    .venv/bin/python benchmarks/mapping_suggestions.py CORPUS.csv [--seeds 1 2 3]

The corpus has the columns ``column``, ``canonical_code`` and ``observed_variant``. Columns that share their codes are learned together.
Rows that are patterns (``REGEX:…``) are no texts; they are left out, and the share right with all of them counted as wrong is given too.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sightline.definitions.formats import Format, load_format
from sightline.definitions.mappings import Column
from sightline.intake.cells.codes import book_of, normalise
from sightline.intake.suggesting import AUTOMATIC, Suggester, Suggestion
from sightline.intake.suggesting.authorities import authority
from sightline.intake.suggesting.learning import learn

MANY_CODES = 60
"""A column with more codes than this lists places: local authorities."""


@dataclass(frozen=True)
class Judged:
    """One text of the held-out part, its code, what was suggested and whether somebody stood it under two codes."""

    column: str
    text: str
    code: str
    suggested: Suggestion | None
    is_ambiguous: bool
    is_place: bool = False

    @property
    def is_right(self) -> bool:
        """The same code; of authorities the same authority, which the corpus lists under more than one name."""
        if self.suggested is None:
            return False
        if normalise(self.suggested.code) == normalise(self.code):
            return True
        meant = authority(self.code) if self.is_place else None
        return meant is not None and meant.code == self.suggested.code

    @property
    def is_taken(self) -> bool:
        return self.suggested is not None and self.suggested.confidence >= AUTOMATIC


def read_corpus(path: Path) -> tuple[list[tuple[str, str, str]], int]:
    """Column, code and text of every row that is a text, and how many rows are patterns."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [(row["column"], row["canonical_code"], row["observed_variant"]) for row in csv.DictReader(file)]
    texts = [row for row in rows if not row[2].startswith("REGEX:")]
    return texts, len(rows) - len(texts)


def lists_of(rows: list[tuple[str, str, str]]) -> dict[str, str]:
    """The list each column belongs to: columns with the same codes have one list."""
    codes: dict[str, set[str]] = defaultdict(set)
    for column, code, _ in rows:
        codes[column].add(normalise(code))
    return {column: "|".join(sorted(found)) for column, found in codes.items()}


def suggest(suggester: Suggester, list_name: str, text: str) -> Suggestion | None:
    if list_name.count("|") >= MANY_CODES:
        return authority(text) or next(iter(suggester.suggest(list_name, text)), None)
    return next(iter(suggester.suggest(list_name, text)), None)


def code_columns() -> tuple[Format, dict[str, Column]]:
    """Annex A, and its code columns by header."""
    form = load_format("annex_a")
    every = [column for table in form.tables.values() for column in table.columns.values() if column.codes]
    return form, {normalise(header): column for column in every for header in column.headers}


def known_spellings(rows: list[tuple[str, str, str]], lists: dict[str, str]) -> set[tuple[str, str, str]]:
    """What the catalogue's Annex A says of the same codes: titles and spellings, under the corpus' name for each code."""
    form, columns = code_columns()
    codes: dict[str, set[str]] = defaultdict(set)
    for column, code, _ in rows:
        codes[column].add(code)
    found = set()
    for name, own in codes.items():
        column = columns.get(normalise(name))
        if column is None or column.codes is None:
            continue
        book = book_of(form, column)
        meant: dict[str, set[str]] = defaultdict(set)
        for code in own:
            common, _ = book.common(code)
            if common is not None:
                meant[common].add(code)
        for common, here in meant.items():
            if len({normalise(code) for code in here}) == 1:
                value = book.values[common]
                found |= {(lists[name], normalise(next(iter(here))), text) for text in (common, value.title, *value.spellings) if text}
    return found


def of_the_catalogue(rows: list[tuple[str, str, str]]) -> tuple[list[tuple[str, str, str]], set[tuple[str, str, str]]]:
    """The rows whose column is one of the catalogue's Annex A code columns, under the catalogue's own list and code; and its spellings."""
    form, columns = code_columns()
    found, titles = [], set()
    for name, code, text in rows:
        column = columns.get(normalise(name))
        if column is None or column.codes is None:
            continue
        book = book_of(form, column)
        common, _ = book.common(code)
        if common is not None:
            found.append((column.codes, common, text))
        titles |= {
            (column.codes, code, spelling)
            for code, value in book.values.items()
            for spelling in (code, value.title, *value.spellings)
            if spelling
        }
    return found, titles


def judge(rows: list[tuple[str, str, str]], seed: int, *, held_out: float = 0.3) -> list[Judged]:
    """Learn on a random part of the rows and judge the rest. Codes and their titles are known to the product, so they are learned too."""
    lists = lists_of(rows)
    order = np.random.default_rng(seed).permutation(len(rows))
    cut = round(len(rows) * (1 - held_out))
    train, test = [rows[place] for place in order[:cut]], [rows[place] for place in order[cut:]]
    titles = {(lists[column], normalise(code), code) for column, code, _ in rows} | known_spellings(rows, lists)
    small = [(lists[column], normalise(code), text) for column, code, text in train if lists[column].count("|") < MANY_CODES]
    suggester = learn(small, titles=sorted(title for title in titles if title[0].count("|") < MANY_CODES))
    under: dict[tuple[str, str], set[str]] = defaultdict(set)
    for column, code, text in rows:
        meant = authority(code) if lists[column].count("|") >= MANY_CODES else None
        under[lists[column], normalise(text)].add(meant.code if meant else normalise(code))
    return [
        Judged(
            column,
            text,
            code,
            suggest(suggester, lists[column], text),
            is_ambiguous=len(under[lists[column], normalise(text)]) > 1,
            is_place=lists[column].count("|") >= MANY_CODES,
        )
        for column, code, text in test
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--wrong", action="store_true", help="print what was wrong")
    parser.add_argument("--save", type=Path, help="learn from the whole corpus, for the catalogue's own lists, and save it here")
    asked = parser.parse_args()
    rows, patterns = read_corpus(asked.corpus)
    print(f"{len(rows)} texts, {patterns} patterns left out")
    if asked.save:
        triples, titles = of_the_catalogue(rows)
        learn(triples, titles=sorted(titles)).save(asked.save)
        print(f"learned from {len(triples)} texts; {asked.save.stat().st_size / 1e6:.2f} MB")
        return
    for seed in asked.seeds:
        begun = time.perf_counter()
        judged = judge(rows, seed)
        taken = [each for each in judged if each.is_taken]
        right = sum(each.is_right for each in judged) / len(judged)
        precise = sum(each.is_right for each in taken) / len(taken)
        with_patterns = right * len(judged) / (len(judged) + 0.3 * patterns)
        silent = sum(each.is_ambiguous for each in taken)
        print(
            f"seed {seed}: top-1 {right:.1%} ({with_patterns:.1%} with patterns as wrong), "
            f"taken without a person {len(taken) / len(judged):.1%} "
            f"at {precise:.2%} right, texts under two codes taken {silent} of {sum(each.is_ambiguous for each in judged)}, "
            f"{time.perf_counter() - begun:.0f} s"
        )
        if asked.wrong:
            for each in judged:
                if not each.is_right or (each.is_taken and each.is_ambiguous):
                    print("   ", each.column, "|", each.code, "|", each.text, "|", each.suggested)


if __name__ == "__main__":
    main()
