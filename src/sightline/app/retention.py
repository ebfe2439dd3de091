"""What is due to be destroyed, by the retention rule of the agreement it came under; and the legal holds that stop it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sightline.app.erase import Asked, ask_to_erase, effects_of
from sightline.app.submit_return import LOCAL_TIME
from sightline.app.workspace import Workspace
from sightline.definitions.agreement_terms import RetentionRule, load_terms
from sightline.errors import InputRefused
from sightline.governance.retention import due_on
from sightline.ledger import erasures
from sightline.ledger.agreements import standings
from sightline.ledger.models import ReturnVersion
from sightline.ledger.states import State

DELETE = "delete"
WITHDRAWN = "withdrawn_return"
"""The rule of the catalogue for returns that were withdrawn."""


@dataclass(frozen=True, slots=True)
class Due:
    """One return and what a retention rule says of it. ``due_on`` is None where people decide the day."""

    return_id: str
    told_as: str
    state: str
    agreement: str
    rule: str
    title: str
    action: str
    source: str
    due_on: date | None
    holds: tuple[int, ...]
    hindrances: tuple[str, ...]

    def is_due(self, today: date) -> bool:
        return self.due_on is not None and self.due_on <= today


@dataclass(frozen=True, slots=True)
class Hold:
    """One legal hold that stands; empty parts of its scope mean any."""

    number: int
    scope: str
    reason: str
    until: date | None
    by: str
    at: datetime


def retained(workspace: Workspace, *, at: datetime) -> list[Due]:
    """What the retention rules say of every return that is kept, the first due first; those that came under no agreement are told last.

    A return that came under several agreements is kept as long as the longest of them lets it be; one that was withdrawn, only so long that
    a withdrawal in error can be put right.
    """
    today = at.astimezone(LOCAL_TIME).date()
    known, rules = {each.name: each.terms for each in standings()}, load_terms().retention
    found = []
    for version in ReturnVersion.objects.exclude(state=State.ERASED).order_by("agency", "dataset", "period", "version"):
        under = _withdrawn(version, rules) or [
            _Under(name, known[name].retention_rule, rules[known[name].retention_rule], _days(version, known[name].end))
            for name in (version.agreement_version or "").split(", ")
            if name in known
        ]
        hindrances = effects_of(workspace, [version.id], at=at).hindrances if any(each.is_due(today) for each in under) else ()
        found.append(_told(version, under, tuple(hold.pk for hold in erasures.holds_on([version], today)), hindrances))
    return sorted(found, key=lambda each: (each.due_on is None, each.due_on or today, each.told_as))


@dataclass(frozen=True, slots=True)
class _Under:
    """A return's standing under one agreement: its rule, and what days the rule may count from."""

    agreement: str
    rule_id: str
    rule: RetentionRule
    days: dict[str, date]

    @property
    def due_on(self) -> date | None:
        return due_on(self.rule, **self.days)

    def is_due(self, today: date) -> bool:
        return self.due_on is not None and self.due_on <= today


def _withdrawn(version: ReturnVersion, rules: Mapping[str, RetentionRule]) -> list[_Under]:
    if version.state != State.WITHDRAWN or version.closed_at is None:
        return []
    day = version.closed_at.astimezone(LOCAL_TIME).date()
    return [_Under("", WITHDRAWN, rules[WITHDRAWN], _days(version, day) | {"withdrawn_on": day})]


def _days(version: ReturnVersion, agreement_end: date) -> dict[str, date]:
    accepted = version.accepted_at or version.received_at
    return {"agreement_end": agreement_end, "accepted_on": accepted.astimezone(LOCAL_TIME).date(), "about_to": version.period_to}


def _told(version: ReturnVersion, under: Sequence[_Under], holds: tuple[int, ...], hindrances: tuple[str, ...]) -> Due:
    """The rule that keeps a return longest; a day that people decide is later than any other."""
    about = (version.id, str(version), State(version.state).label.lower())
    if not under:
        return Due(*about, "", "", "came under no agreement known here", "review", "", None, holds, hindrances)
    last = max(under, key=lambda each: (each.due_on is None, each.due_on or date.min))
    return Due(*about, last.agreement, last.rule_id, last.rule.title, last.rule.action, last.rule.source, last.due_on, holds, hindrances)


def ask_for_due(workspace: Workspace, *, by: str, at: datetime) -> list[Asked]:
    """Ask that everything due that nothing hinders be erased: one erasure for each rule, to be agreed to by somebody else."""
    today = at.astimezone(LOCAL_TIME).date()
    wanted = {id for each in erasures.open_erasures() for id in each.returns}
    by_rule: dict[str, list[Due]] = defaultdict(list)
    for due in retained(workspace, at=at):
        if due.is_due(today) and due.action == DELETE and not due.hindrances and due.return_id not in wanted:
            by_rule[due.rule].append(due)
    return [
        ask_to_erase(workspace, [due.return_id for due in dues], reason=f"Retention: {dues[0].title}", rule=rule, by=by, at=at)
        for rule, dues in sorted(by_rule.items())
    ]


def place_hold(
    workspace: Workspace, *, agency: str = "", dataset: str = "", period: str = "", reason: str, until: date | None, by: str, at: datetime
) -> Hold:
    """Stop the erasing of what a scope covers.

    Raises:
        InputRefused: If no reason is given.
        NotFound: If there is no such agency or dataset.
    """
    if not reason.strip():
        raise InputRefused("A legal hold needs a reason.", hint="Name the inquiry or the case, without personal details.")
    if agency:
        sender = workspace.partnership.agency(agency)
        if dataset:
            sender.dataset(dataset)
    made = erasures.place_hold(agency=agency, dataset=dataset, period=period, reason=reason.strip(), until=until, by=by, at=at)
    return next(each for each in standing_holds(at=at) if each.number == made.pk)


def standing_holds(*, at: datetime) -> list[Hold]:
    """The legal holds that stand."""
    return [
        Hold(
            each.pk,
            " ".join(filter(None, (each.agency, each.dataset, each.period))) or "everything",
            each.reason,
            each.until,
            each.by,
            each.at,
        )
        for each in erasures.standing_holds(at.astimezone(LOCAL_TIME).date())
    ]


def lift_hold(number: int, *, reason: str, by: str, at: datetime) -> None:
    """Lift a legal hold.

    Raises:
        InputRefused: If no reason is given.
        NotFound, Refused: If there is none of that number, or it was lifted before.
    """
    if not reason.strip():
        raise InputRefused("Lifting a legal hold needs a reason.", hint="Say why in a few words, without personal details.")
    erasures.lift_hold(number, reason=reason.strip(), by=by, at=at)
