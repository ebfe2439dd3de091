"""Which values of a record somebody has to look at before they are given: those that may name somebody else.

A short value may name a parent, a brother or who causes harm just as a long text may: an agency that has no code for something writes it
out. So everything waits that is not known to be harmless: a number, a day, a word of a code list, or what says nothing about one person.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from functools import cache

import pyarrow as pa

from sightline.app.subject_records import HeldRow
from sightline.app.workspace import Workspace
from sightline.definitions.mappings import Format
from sightline.errors import SightlineError
from sightline.intake.cells.codes import CodeBook, book_of, normalise
from sightline.model.codes import CODE_LISTS
from sightline.model.columns import Column, Privacy

LONGEST_VALUE = 60
"""A longer value of any column is a text that somebody wrote."""
TEXTS = frozenset({"text", "judgement"})
"""Columns that hold what somebody wrote, however short."""
PLACES = frozenset({"location"})
"""Entities of which every text waits: a place in a person's record may be somebody else's home."""
_SEVERAL = re.compile(r"[;|,]")
_CODE = re.compile(r"(?=\S*\d)\S+")
"""One word with a digit in it: the code of an area or an offence, and nobody's name."""

IsPlain = Callable[[str], bool]


class PlainWords:
    """For each dataset, whether a value is a word of its code lists, or a name of an agency; what its mapping no longer knows is not."""

    def __init__(self, workspace: Workspace) -> None:
        partnership = workspace.partnership
        names = ("yes", "no", partnership.area, *(agency.name for agency in partnership.agencies))
        datasets = {(agency.id, each.id): each for agency in partnership.agencies for each in agency.datasets}

        @cache
        def of(agency: str, dataset: str) -> IsPlain:
            try:
                return is_plain_in(workspace.format_of(datasets[agency, dataset]), names)
            except (KeyError, OSError, SightlineError):  # a dataset that is sent no longer, or whose mapping cannot be read now
                return is_plain_in(None, names)

        self.of = of


def is_plain_in(format: Format | None, names: Collection[str] = ()) -> IsPlain:
    """What tells the words of a format's code lists, of the common ones and some names of agencies and places from everything else."""
    columns = [column for table in format.tables.values() for column in table.columns.values() if column.codes] if format else []
    books: list[CodeBook] = [book_of(format, column) for column in columns] if format else []
    known = {normalise(word) for words in CODE_LISTS.values() for code, title in words.items() for word in (code, title)}
    known |= {normalise(name) for name in names}
    if format:
        known |= {normalise(said) for codes in format.codes.values() for value in codes.values.values() for said in value.also.values()}
        known |= {normalise(said) for table in format.tables.values() for rule in table.rows for said in rule.set.values()}
        known |= {normalise(text) for entry in format.exploitation_from_codes for text in entry.match}

    @cache
    def is_plain(words: str) -> bool:
        parts = [words, *(_SEVERAL.split(words))]
        whole, *several = (_is_word(part.strip(), known, books) for part in parts)
        return whole or all(several)

    return is_plain


def may_name_others(column: Column, row: HeldRow, words: str, is_plain: IsPlain) -> bool:
    """Whether somebody has to look at a value before it is given.

    Args:
        column: Where it stands. What names the person themselves never waits.
        row: The record.
        words: The value, in words.
        is_plain: Whether it is a word of the code lists of its dataset.
    """
    if column.privacy is Privacy.IDENTIFIED:
        return False
    if column.name in TEXTS or len(words) > LONGEST_VALUE:
        return True
    if not pa.types.is_string(column.type) or column.privacy is Privacy.CONTEXT:
        return False
    return row.entity in PLACES or not is_plain(words)


def _is_word(text: str, known: set[str], books: list[CodeBook]) -> bool:
    if not any(letter.isalpha() for letter in text) or _CODE.fullmatch(text):
        return True
    return normalise(text) in known or any(book.common(text)[0] is not None for book in books)
