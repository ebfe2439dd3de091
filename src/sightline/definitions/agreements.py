"""An information-sharing agreement as a file: read, and held against the catalogue, with every mistake's line."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, time
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from sightline.definitions.agreement_terms import CountsFrom, Terms, TierByName, load_terms
from sightline.definitions.loading import Definition, line_at, load
from sightline.definitions.yaml import read_yaml_file
from sightline.errors import CatalogueProblems, NotFound, Place, Problem
from sightline.model.agreements import LOCAL_TIME, ControllerRole, Mode, Onward

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
LONGEST_MONTHS = 24
PARTNERSHIP = "partnership"
"""Among recipients: every party, and what the partnership counts together."""
FINEST = {
    "date_of_birth": ("year", "month", "day"),
    "postcode": ("none", "sector", "whole"),
}
"""How exact a field may be, from the least to the most: what an agreement says under ``precision``."""
_WHOLE = ".*"


def _instant(value: Any) -> Any:
    """A day, as people sign, is its first moment here."""
    if isinstance(value, str) and len(value) == len("2026-04-01"):
        return datetime.combine(date.fromisoformat(value), time(), LOCAL_TIME)
    return value


class Signatory(Definition):
    """Who signed for which party, in what role, when."""

    party: Identifier
    person: Annotated[str, Field(min_length=1)]
    role: Annotated[str, Field(min_length=1)]
    at: Annotated[datetime, BeforeValidator(_instant)]


class AgreedDataset(Definition):
    """What one agency shares of one dataset.

    ``fields`` are columns of the common model, ``entity.column`` or ``entity.*``; a column that is not listed is dropped before anything is
    stored. Without a ``mode`` counts alone are shared: the first step, beyond which parties agree to go. ``precision`` says how exact a
    field may be. Records are about days from ``about_from`` to ``about_to``, where those are given.
    """

    agency: Identifier
    dataset: Identifier
    fields: tuple[str, ...] = Field(min_length=1)
    mode: Mode = Mode.AGGREGATE_ONLY
    precision: dict[str, str] = Field(default_factory=dict)
    about_from: date | None = None
    about_to: date | None = None

    @cached_property
    def whole_entities(self) -> frozenset[str]:
        return frozenset(name.removesuffix(_WHOLE) for name in self.fields if name.endswith(_WHOLE))

    @cached_property
    def single_fields(self) -> frozenset[str]:
        return frozenset(self.fields)

    def permits(self, field: str) -> bool:
        """Whether a field (``entity.column``) is among those shared."""
        return field in self.single_fields or field.partition(".")[0] in self.whole_entities


class OnwardSharing(Definition):
    """Whether what was received may go to somebody who is no recipient; ``bodies`` are those it may go to under ``listed``."""

    rule: Onward
    bodies: tuple[Identifier, ...] = ()


class Agreement(Definition):
    """The terms of one version of one agreement. What became of it (signed, suspended, withdrawn) the registry keeps, not these."""

    id: Identifier
    title: Annotated[str, Field(min_length=1)]
    parties: tuple[Identifier, ...] = Field(min_length=1)
    controller_role: ControllerRole
    purposes: tuple[Identifier, ...] = Field(min_length=1)
    legal_bases: tuple[Identifier, ...] = Field(min_length=1)
    start: date
    end: date
    review_by: date
    datasets: tuple[AgreedDataset, ...] = Field(min_length=1)
    tier_ceiling: TierByName
    recipients: tuple[Identifier, ...] = Field(min_length=1)
    onward_sharing: OnwardSharing
    retention_rule: Identifier
    caldicott_notes: str = ""
    signatories: tuple[Signatory, ...] = ()
    document_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    dpia_id: Annotated[str, Field(min_length=1)]

    @cached_property
    def by_dataset(self) -> Mapping[tuple[str, str], AgreedDataset]:
        """What is shared, by agency and dataset."""
        return {(each.agency, each.dataset): each for each in self.datasets}

    def as_document(self) -> dict[str, Any]:
        """The terms as plain JSON, without what was signed: `Agreement.model_validate` reads them back."""
        document = self.model_dump(mode="json", exclude={"signatories"})
        return {**document, "tier_ceiling": self.tier_ceiling.name.lower()}


def load_agreement(file: Path, *, fields: Mapping[str, Collection[str]], terms: Terms | None = None) -> Agreement:
    """Read an agreement's file and hold it against the catalogue.

    Args:
        file: The YAML file.
        fields: Of each entity of the common model, its columns.
        terms: Purposes, legal bases and retention rules; the catalogue's own when None.

    Raises:
        NotFound: If there is no such file.
        CatalogueProblems: With every mistake, its file and its line.
    """
    if not file.is_file():
        raise NotFound("There is no such file.", place=Place(file=str(file)), hint="Name the YAML file of the agreement.")
    problems: list[Problem] = []
    document = read_yaml_file(file, problems)
    agreement = None if problems else load(Agreement, document, file=str(file), problems=problems)
    if agreement is not None:
        _Checks(agreement, document, str(file), problems).run(fields, terms or load_terms())
    if problems or agreement is None:
        raise CatalogueProblems(problems)
    return agreement


class _Checks:
    """Mistakes that only show when parts are seen together, or beside the catalogue."""

    def __init__(self, agreement: Agreement, document: Any, file: str, problems: list[Problem]) -> None:
        self.agreement, self.document, self.file, self.problems = agreement, document, file, problems

    def problem(self, location: tuple[int | str, ...], message: str, hint: str) -> None:
        self.problems.append(Problem(Place(file=self.file, line=line_at(self.document, location)), message, hint))

    def run(self, fields: Mapping[str, Collection[str]], terms: Terms) -> None:
        self._names(terms)
        self._days(terms)
        self._datasets(fields)
        self._parties()

    def _names(self, terms: Terms) -> None:
        agreement = self.agreement
        for position, id in enumerate(agreement.purposes):
            if id not in terms.purposes:
                self.problem(("purposes", position), f'"{id}" is no purpose.', f"The purposes are: {', '.join(terms.purposes)}.")
        for position, id in enumerate(agreement.legal_bases):
            if id not in terms.legal_bases:
                self.problem(("legal_bases", position), f'"{id}" is no legal basis.', f"They are: {', '.join(terms.legal_bases)}.")
        named = [id for id, rule in terms.retention.items() if rule.counts_from is not CountsFrom.RETURN_WITHDRAWN]
        if agreement.retention_rule not in named:
            known = ", ".join(named)
            self.problem(("retention_rule",), f'"{agreement.retention_rule}" is no retention rule.', f"The rules are: {known}.")

    def _days(self, terms: Terms) -> None:
        agreement = self.agreement
        if agreement.end < agreement.start:
            self.problem(("end",), "the agreement ends before it begins.", "Correct one of the two days.")
        elif agreement.end >= months_later(agreement.start, LONGEST_MONTHS):
            latest = f"the last day it may have is the one before {months_later(agreement.start, LONGEST_MONTHS)}"
            self.problem(("end",), f"the agreement lasts more than {LONGEST_MONTHS} months.", f"Agree it anew by then: {latest}.")
        if not agreement.start <= agreement.review_by <= agreement.end:
            self.problem(("review_by",), "the review is not within the agreement's own time.", "Name a day from its start to its end.")
        for position, id in enumerate(agreement.legal_bases):
            basis = terms.legal_bases.get(id)
            if basis is not None and (basis.in_force_from is None or basis.in_force_from > agreement.start):
                since = f"in force from {basis.in_force_from} only" if basis.in_force_from else "not known to be in force"
                self.problem(("legal_bases", position), f'"{id}" is {since}.', "Name what allowed the sharing from its start.")

    def _datasets(self, fields: Mapping[str, Collection[str]]) -> None:
        seen: set[tuple[str, str]] = set()
        for position, each in enumerate(self.agreement.datasets):
            where = ("datasets", position)
            if (each.agency, each.dataset) in seen:
                self.problem((*where, "dataset"), f"{each.agency} {each.dataset} stands here twice.", "Put its fields into one entry.")
            seen.add((each.agency, each.dataset))
            if each.agency not in self.agreement.parties:
                self.problem((*where, "agency"), f'"{each.agency}" is no party to the agreement.', "Add it to the parties.")
            for name in each.fields:
                entity, _, column = name.partition(".")
                if entity not in fields or (column != "*" and column not in fields[entity]):
                    self.problem((*where, "fields"), f'"{name}" is no field.', "The page docs/reference/common-model.md lists them.")
            for name, finest in each.precision.items():
                allowed = FINEST.get(name.partition(".")[2], ())
                if finest not in allowed:
                    kinds = "; ".join(f"{field}: {', '.join(values)}" for field, values in FINEST.items())
                    self.problem((*where, "precision"), f'"{name}: {finest}" says no precision.', f"They are: {kinds}.")

    def _parties(self) -> None:
        agreement = self.agreement
        for position, signatory in enumerate(agreement.signatories):
            if signatory.party not in agreement.parties:
                self.problem(("signatories", position), f'"{signatory.party}" is no party to the agreement.', "Add it to the parties.")
            if signatory.at.tzinfo is None:
                self.problem(("signatories", position), "the signature has a time of no zone.", "Write a day, or a time with its zone.")
        if agreement.onward_sharing.bodies and agreement.onward_sharing.rule is not Onward.LISTED:
            self.problem(("onward_sharing",), "bodies are listed, and the rule is another.", "Write `rule: listed`, or no bodies.")


def months_later(day: date, months: int) -> date:
    """The same day of a later month; the first of the month after, where that month has no such day."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    try:
        return date(year, month, day.day)
    except ValueError:
        return date(year + month // 12, month % 12 + 1, 1)
