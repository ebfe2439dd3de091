"""What agreements refer to, as the catalogue has it: purposes, legal bases, retention rules, handling codes and
reasons not to disclose, each with its source."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BeforeValidator, Field

from sightline.definitions.loading import Definition, load
from sightline.definitions.yaml import LineMap, read_yaml_file
from sightline.errors import CatalogueProblems, Place, Problem
from sightline.model.agreements import Tier

FOLDER = Path(__file__).resolve().parent.parent / "catalogue" / "agreements"


def _tier(value: object) -> object:
    """A tier is written as a word; its number is only its place in the order."""
    if isinstance(value, str):
        try:
            return Tier[value.upper()]
        except KeyError:
            known = ", ".join(tier.name.lower() for tier in Tier)
            raise ValueError(f"the tiers are {known}") from None
    return value


TierByName = Annotated[Tier, BeforeValidator(_tier)]


class Sourced(Definition):
    """A fact of law or guidance: since when it holds (None: not in force as far as the list knows), and where it stands."""

    title: str
    in_force_from: date | None
    source: Annotated[str, Field(min_length=1)]


class Purpose(Sourced):
    """Why somebody asks, in plain words; never used beyond ``highest_tier``."""

    says: str
    highest_tier: TierByName


class LegalBasis(Sourced):
    """What allows a sharing: the statute, the conditions of Articles 6 and 9 of the UK GDPR, and of Schedule 1 where one is needed."""

    statute: str
    article_6: str
    article_9: str | None = None
    schedule_1: str | None = None


class CountsFrom(StrEnum):
    """From which day a retention rule counts, where a ledger knows it."""

    AGREEMENT_END = "agreement_end"
    RETURN_ACCEPTED = "return_accepted"
    LAST_DAY_TOLD_OF = "last_day_told_of"
    RETURN_WITHDRAWN = "return_withdrawn"
    """Of returns that were withdrawn; no agreement names such a rule."""


class RetentionRule(Sourced):
    """What happens to what was shared, and when; without ``counts_from`` people decide the day, because no ledger knows it."""

    trigger: str
    counts_from: CountsFrom | None = None
    months: int | None = Field(default=None, ge=1)
    action: str = Field(pattern="^(delete|aggregate|review)$")


class HandlingCode(Sourced):
    """How intelligence is graded and how far an item may go."""

    kind: str = Field(pattern="^(source|assessment|handling)$")
    says: str


class NonDisclosureBasis(Sourced):
    """Why something held about a person may be kept from those who could otherwise see it."""

    says: str


class Terms(Definition):
    """All of them, by id."""

    purposes: dict[str, Purpose]
    legal_bases: dict[str, LegalBasis]
    retention: dict[str, RetentionRule]
    handling: dict[str, HandlingCode]
    nondisclosure: dict[str, NonDisclosureBasis]


_MOST_PURPOSES = 8
"""Somebody chooses among them at every session: more than can be read at a glance are not read."""
_Kind = TypeVar("_Kind", bound=Definition)


def load_terms(folder: Path = FOLDER) -> Terms:
    """Read the five files of the catalogue.

    Raises:
        CatalogueProblems: With every mistake, its file and its line.
    """
    return _terms(folder)


@lru_cache(maxsize=4)
def _terms(folder: Path) -> Terms:
    problems: list[Problem] = []
    terms = Terms(
        purposes=read_entries(folder / "purposes.yml", Purpose, problems),
        legal_bases=read_entries(folder / "legal_bases.yml", LegalBasis, problems),
        retention=read_entries(folder / "retention.yml", RetentionRule, problems),
        handling=read_entries(folder / "handling.yml", HandlingCode, problems),
        nondisclosure=read_entries(folder / "nondisclosure.yml", NonDisclosureBasis, problems),
    )
    if len(terms.purposes) > _MOST_PURPOSES:
        place = Place(file="purposes.yml")
        problems.append(Problem(place, f"has {len(terms.purposes)} purposes.", f"Keep {_MOST_PURPOSES} at most."))
    if problems:
        raise CatalogueProblems(problems)
    return terms


def load_entries(file: Path, kind: type[_Kind]) -> dict[str, _Kind]:
    """The entries of one file by their ids, where nothing else is read with it.

    Raises:
        CatalogueProblems: With every mistake, its file and its line.
    """
    problems: list[Problem] = []
    found = read_entries(file, kind, problems)
    if problems:
        raise CatalogueProblems(problems)
    return found


def read_entries(file: Path, kind: type[_Kind], problems: list[Problem]) -> dict[str, _Kind]:
    """The entries of one file by their ids; what is wrong with it is added to ``problems``."""
    document = read_yaml_file(file, problems)
    if not isinstance(document, Mapping):
        problems.append(Problem(Place(file=file.name), "holds no entries.", "Each entry is an id with its fields."))
        return {}
    found = {}
    for id, entry in document.items():
        before = len(problems)
        loaded = load(kind, entry, file=file.name, problems=problems)
        if loaded is not None:
            found[id] = loaded
        elif isinstance(document, LineMap) and not isinstance(entry, LineMap):
            problems[before:] = [Problem(Place(file=file.name, line=document.line_of(id)), f'"{id}" has no fields.')]
    return found
