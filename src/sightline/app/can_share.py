"""Can I share this, and why? One question put to the same decision as every use, and its answer in plain words, to print and keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sightline.app.agreements import FIELDS
from sightline.app.workspace import Workspace
from sightline.definitions.agreement_terms import load_terms
from sightline.errors import InputRefused, NotFound
from sightline.governance import RULES, Action, Allow, Principal, Resource, agreed_fields, decide
from sightline.governance.decisions import Kind
from sightline.ledger.agreements import standings
from sightline.model.agreements import LOCAL_TIME, Mode, Tier

_MUST = {
    Kind.KEEP_TO_FIELDS: "Share only these fields: {}.",
    Kind.KEEP_TO_PRECISION: "No more exactly than {}.",
    Kind.PROTECT_COUNTS: "Show {}.",
    Kind.RETENTION: "Keep it no longer than its rule allows: {}.",
    Kind.ONWARD: "Passing it on: {}.",
}
ONWARD_WORDS = {
    "never": "never",
    "ask_owner": "only with the written agreement of the agency that shared it",
    "listed": "only to bodies it lists",
}


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody would like to share: whose dataset, with whom, why, for which tier, and (where not everything) which fields."""

    agency: str
    dataset: str
    recipient: str
    purpose: str
    tier: Tier
    mode: Mode
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """Yes or no, and why; ``fields`` are those agreed of each entity, ``must`` what to keep to, ``reasons`` what stands in the way."""

    question: Question
    asked: str
    allowed: bool
    agreements: tuple[str, ...]
    must: tuple[str, ...]
    fields: tuple[tuple[str, tuple[str, ...]], ...]
    reasons: tuple[tuple[str, str, str], ...]
    at: datetime
    rules: str = RULES

    @property
    def in_short(self) -> str:
        return f"Yes, under {', '.join(self.agreements)}." if self.allowed else "No."

    def as_dict(self) -> dict[str, Any]:
        return {
            "asked": self.asked,
            "allowed": self.allowed,
            "agreements": list(self.agreements),
            "must": list(self.must),
            "fields": {entity: list(columns) for entity, columns in self.fields},
            "reasons": [{"what": what, "where": where, "how": how} for what, where, how in self.reasons],
            "at": self.at.isoformat(),
            "rules": self.rules,
        }


def can_share(workspace: Workspace, question: Question, *, at: datetime, about: date | None = None) -> Answer:
    """Answer a question about sharing; nothing is shared by asking.

    Args:
        workspace: Whose agreements.
        question: What is asked.
        at: The instant that counts.
        about: A day the records are about; the day of ``at`` when None.

    Raises:
        NotFound: If there is no such agency, dataset or purpose.
        InputRefused: If a field does not exist.
    """
    agency = workspace.partnership.agency(question.agency)
    dataset = agency.dataset(question.dataset)
    purposes = load_terms().purposes
    if question.purpose not in purposes:
        raise NotFound(f'There is no purpose "{question.purpose}".', hint=f"The purposes are: {', '.join(purposes)}.")
    _refuse_unknown(question.fields)
    day = about or at.astimezone(LOCAL_TIME).date()
    resource = Resource(question.agency, question.dataset, day, day, question.mode)
    recipient = Principal(question.recipient, question.recipient, Tier.OPERATIONAL)
    answer = decide(recipient, Action.SHARE, resource, question.purpose, question.tier, question.fields, at, standings())
    tier, mode = question.tier.name.lower(), question.mode.value.replace("_", " ")
    what = f"{dataset.title} of {agency.name} ({mode}{', ' + ', '.join(question.fields) if question.fields else ''})"
    to = next((each.name for each in workspace.partnership.agencies if each.id == question.recipient), question.recipient)
    asked = f"May {what} go to {to}, to “{purposes[question.purpose].title.lower()}”, for the {tier} tier?"
    if isinstance(answer, Allow):
        said = [_MUST[each.kind].format(ONWARD_WORDS.get(each.detail, each.detail)) for each in answer.obligations]
        listed = ((entity, tuple(sorted(agreed_fields(answer.terms, entity, columns)))) for entity, columns in sorted(FIELDS.items()))
        fields = tuple((entity, columns) for entity, columns in listed if columns)
        return Answer(question, asked, True, answer.agreements, tuple(dict.fromkeys(said)), fields, (), at)
    return Answer(question, asked, False, (), (), (), tuple((each.what, each.where, each.how) for each in answer.reasons), at)


def _refuse_unknown(fields: Sequence[str]) -> None:
    for name in fields:
        entity, _, column = name.partition(".")
        if column not in FIELDS.get(entity, ()):
            raise InputRefused(f'"{name}" is no field.', hint="The page docs/reference/common-model.md lists them, as entity.column.")
