"""The linkage part of the catalogue: the pre-trained model, the sets of names that stand for one another, and words that name nobody."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Any, Self

from pydantic import Field, model_validator

from sightline.definitions.loading import Definition, DefinitionType, load
from sightline.definitions.yaml import read_yaml_file
from sightline.errors import CatalogueProblems, InputRefused, Place, Problem

CATALOGUE = Path(__file__).resolve().parent.parent / "catalogue"
MODEL = CATALOGUE / "linkage" / "model.yml"
ADULTS = CATALOGUE / "linkage" / "model_others.yml"
NICKNAMES = CATALOGUE / "names" / "nicknames.csv"
WORDS = CATALOGUE / "names" / "words.yml"
YEARS_APART = 3
"""Birth years this far apart part two records: children of one family may be born a year apart and share everything but that, and a record
of one child is seldom wrong by more."""


class ForeignModel(InputRefused):
    """A linkage model that is not one of this version: its rules name what the model does not have, or the model what no profile has."""

    code = "SL-LNK-015"
    hint = "Use the model that came with this version of Sightline (catalogue/linkage). Nothing was linked, and earlier links stay."


class RareValues(Definition):
    """Give a rare value more weight than a common one: agreeing on it says more.

    ``of`` is the column whose frequency counts, ``weight`` how much of the adjustment to take (0 to 1), ``least`` the smallest
    frequency believed, so that a value seen once in a small partnership is not taken for the rarest in the country.
    """

    of: str
    weight: float = Field(gt=0, le=1)
    least: float = Field(gt=0, lt=1)


class Level(Definition):
    """One degree of likeness: its SQL condition and how often it is met by the same person (m) and by two people (u).

    A level without ``when`` is the last, for everything else; a level without m and u says nothing either way. ``on_tokens`` is the
    condition where fields are keyed tokens, of which only equality can be asked; left out, it is the same.
    """

    label: str
    when: str | None = None
    on_tokens: str | None = None
    same_person: float | None = Field(default=None, gt=0, lt=1)
    two_people: float | None = Field(default=None, gt=0, lt=1)
    rare_values: RareValues | None = None

    @model_validator(mode="after")
    def has_both_or_neither(self) -> Self:
        if (self.same_person is None) != (self.two_people is None):
            raise ValueError("same_person and two_people are given together or not at all")
        return self

    @property
    def is_silent(self) -> bool:
        return self.same_person is None


class Comparison(Definition):
    """One thing two identities are compared on, from the closest likeness to none."""

    id: str
    about: str
    levels: tuple[Level, ...] = Field(min_length=2)

    def for_tokens(self) -> Comparison:
        """Each level by what can be asked of tokens."""
        levels = (level.model_copy(update={"when": level.on_tokens or level.when}) for level in self.levels)
        return self.model_copy(update={"levels": tuple(levels)})


class LinkageModel(Definition):
    """The pre-trained model: comparisons and cuts, the same for every partnership so that a small one needs no training."""

    id: str
    version: str
    about: str
    matches_per_identity: float = Field(gt=0)
    link_at: float = Field(gt=0, lt=1)
    same_agency_at: float = Field(gt=0, lt=1)
    largest_block: int = Field(gt=1)
    comparisons: tuple[Comparison, ...] = Field(min_length=1)

    def for_tokens(self) -> LinkageModel:
        """The same model for profiles of keyed tokens."""
        return self.model_copy(update={"comparisons": tuple(comparison.for_tokens() for comparison in self.comparisons)})

    def level(self, comparison: str, label: str) -> int:
        """Splink's number for a level: silent ones are -1, the rest count up from 0 at the least alike.

        Raises:
            ForeignModel: If there is no such comparison or level.
        """
        for candidate in self.comparisons:
            if candidate.id == comparison:
                spoken = [level.label for level in candidate.levels if not level.is_silent]
                if label in spoken:
                    return len(spoken) - 1 - spoken.index(label)
        raise self.foreign(f'it has no level "{label}" of "{comparison}"')

    def foreign(self, why: str) -> ForeignModel:
        """The error to raise where this model does not fit."""
        return ForeignModel(f"The linkage model {self.id}, version {self.version}, does not fit this version of Sightline: {why}.")


class NameWords(Definition):
    """Words that stand in name columns without naming anybody; see the file for what each list is."""

    whole: frozenset[str]
    starts: tuple[str, ...]
    titles: frozenset[str]
    suffixes: frozenset[str]
    particles: frozenset[str]
    shared_widely: frozenset[str]


def _load_file(kind: type[DefinitionType], path: Path) -> DefinitionType:
    problems: list[Problem] = []
    document: Any = read_yaml_file(path, problems)
    loaded = None if problems else load(kind, document, file=str(path), problems=problems)
    if loaded is None:
        raise CatalogueProblems(problems)
    return loaded


@cache
def linkage_model(path: Path = MODEL) -> LinkageModel:
    """The shipped model, or another file of the same shape.

    Raises:
        CatalogueProblems: If the file has mistakes.
    """
    return _load_file(LinkageModel, path)


@cache
def name_words(path: Path = WORDS) -> NameWords:
    """The words that name nobody.

    Raises:
        CatalogueProblems: If the file has mistakes.
    """
    return _load_file(NameWords, path)


@cache
def nickname_sets(path: Path = NICKNAMES) -> tuple[frozenset[str], ...]:
    """Sets of given names that may be the same person's: short forms, spellings of one name in another alphabet, translations.

    A name may be in several sets (Alex is Alexander and Alexandra); being alike is sharing a set, so Alexander and Alexandra are not.

    Raises:
        CatalogueProblems: If a row does not have a tradition and at least two names.
    """
    problems: list[Problem] = []
    sets = []
    with path.open(encoding="utf-8", newline="") as file:
        for line, row in enumerate(csv.DictReader(file), start=2):
            names = frozenset(name.strip() for name in (row.get("names") or "").split("|") if name.strip())
            if len(names) < 2 or not row.get("tradition"):
                problems.append(
                    Problem(Place(file=str(path), line=line), "needs a tradition and at least two names.", "Write them as ann|annie.")
                )
            sets.append(names)
    if problems:
        raise CatalogueProblems(problems)
    return tuple(sets)
