"""What may be shown of one person's rows: each asked of `decide`, then put into words; texts stay closed but for the one asked for.

What is withheld is left out without a sign: a row that may not be shown looks like a row that was never sent.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sightline.app.subject_records import HeldRow
from sightline.app.subjects import stand_in
from sightline.app.workspace import Workspace
from sightline.definitions.content_categories import categories_of
from sightline.governance import Action, Allow, Deny, Principal, Resource, Standing, Subject, agreed_fields, decide
from sightline.governance.one_person import WHO_SOMEBODY_IS
from sightline.ledger.models import ReturnVersion
from sightline.model.agreements import LOCAL_TIME, Mode, Tier
from sightline.model.codes import title_of
from sightline.model.entities import Column, Privacy
from sightline.model.subjects import EMERGENCY_PURPOSE
from sightline.model.tokens import is_token
from sightline.privacy.entities import STORED

TEXTS = frozenset({("narrative", "text"), ("screening", "judgement")})
"""Columns that hold what somebody wrote, however short."""
NARRATIVE = "narrative"
"""The entity that is nothing but a text, and is shown as one."""
LONGEST_VALUE = 60
"""A longer value in any column is a text that somebody wrote."""
_ABOUT_TEXTS = {("narrative", "text"): ("themes", "redaction")}
_KINDS = {"identity_record": "Who they are", "ae_attendance": "Emergency department attendance", "ace": "Childhood adversity"}
_PRECISIONS = {"year": "%Y", "month": "%B %Y"}


@dataclass(frozen=True, slots=True)
class Told:
    """One record: what it is, the day it is of as far as it has one, and what it says as (what, value)."""

    kind: str
    about: str
    dataset: str
    period: str
    when: str
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ClosedText:
    """A text that somebody wrote: what may be known of it before it opens; ``words`` only of the one that was asked for.

    ``key`` is a keyed stand-in; ``categories`` are what it may speak of, ``suggested`` by its words unless its author gave them.
    """

    key: str
    kind: str
    when: str
    author: str
    length: int
    categories: tuple[str, ...]
    may_name_others: bool
    words: str | None = None


@dataclass(frozen=True, slots=True)
class OfAgency:
    """What one agency holds that may be shown."""

    id: str
    name: str
    records: tuple[Told, ...]
    texts: tuple[ClosedText, ...]


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks for one person's rows, at which instant, under which agreements."""

    principal: Principal
    subject: Subject
    at: datetime
    held: tuple[Standing, ...]

    def may(self, agency: str, dataset: str, days: tuple[date, date], mode: Mode, fields: Collection[str]) -> Allow | Deny:
        """One question to `decide`."""
        asked = Resource(agency, dataset, *days, mode, self.subject)
        return decide(self.principal, Action.BREAK_GLASS, asked, EMERGENCY_PURPOSE, Tier.OPERATIONAL, fields, self.at, self.held)


@dataclass(frozen=True, slots=True)
class Permitted:
    """One row with the columns of it that may be shown, and the agreements that say so."""

    row: HeldRow
    columns: frozenset[str]
    agreements: tuple[str, ...]


def permitted(rows: Collection[HeldRow], asking: Asking) -> list[Permitted]:
    """The rows that may be shown, each with its columns."""
    versions = ReturnVersion.objects.in_bulk({row.return_id for row in rows})
    answers: dict[tuple[Any, ...], Allow | Deny] = {}

    def ask(row: HeldRow, fields: frozenset[str]) -> Allow | Deny:
        version, mode = versions[row.return_id], Mode.RECORD_LEVEL if row.entity == WHO_SOMEBODY_IS else Mode.PSEUDONYMISED
        key = (row.agency, row.dataset, row.return_id, mode, fields)
        if key not in answers:
            answers[key] = asking.may(row.agency, row.dataset, (version.period_from, version.period_to), mode, fields)
        return answers[key]

    found = []
    for row in rows:
        whole = ask(row, frozenset())
        if isinstance(whole, Deny):
            continue
        columns = agreed_fields(whole.terms, row.entity, row.values.keys())
        answer = ask(row, frozenset(f"{row.entity}.{column}" for column in columns))
        if isinstance(answer, Allow):
            found.append(Permitted(row, columns, answer.agreements))
    return found


def gaps(workspace: Workspace, asking: Asking) -> list[str]:
    """Of which agencies' datasets no agreement lets anything be shown in an emergency, whoever it is about.

    It is asked of a person of whom nothing is decided, so that it tells nothing of this one.
    """
    day = asking.at.astimezone(LOCAL_TIME).date()
    anybody = Asking(asking.principal, Subject(asking.subject.token, (), asking.subject.glass), asking.at, asking.held)
    told: dict[str, list[str]] = {}
    for agency in workspace.partnership.agencies:
        for dataset in agency.datasets:
            answer = anybody.may(agency.id, dataset.id, (day, day), Mode.PSEUDONYMISED, ())
            if isinstance(answer, Deny):
                told.setdefault(f"{agency.name}: {answer.gap}", []).append(dataset.title)
    return [f"{what} ({', '.join(datasets)})" for what, datasets in told.items()]


def in_words(workspace: Workspace, shown: Collection[Permitted], *, person: str, opened: str = "") -> tuple[OfAgency, ...]:
    """Rows as somebody reads them, by agency, the newest first.

    Args:
        workspace: Where.
        shown: What may be shown.
        person: Whose; texts are named by it.
        opened: The key of the one text to open.
    """
    found = []
    for agency in workspace.partnership.agencies:
        titles = {dataset.id: dataset.title for dataset in agency.datasets}
        own = sorted((each for each in _newest_names(shown) if each.row.agency == agency.id), key=_newest_first)
        texts = [text for each in own for text in _texts(workspace, each, person, opened)]
        records = [_told(each, titles.get(each.row.dataset, each.row.dataset)) for each in own if each.row.entity != NARRATIVE]
        if kept := tuple(record for record in records if record.lines):
            found.append(OfAgency(agency.id, agency.name, kept, tuple(texts)))
        elif texts:
            found.append(OfAgency(agency.id, agency.name, (), tuple(texts)))
    return tuple(found)


def _newest_names(shown: Collection[Permitted]) -> list[Permitted]:
    """Of what says who somebody is, each identity's newest alone: an agency says it anew with every change of an address."""
    newest: dict[str, Permitted] = {}
    for each in shown:
        if each.row.entity == WHO_SOMEBODY_IS:
            held = newest.get(each.row.identity_id)
            if held is None or _since(each) >= _since(held):
                newest[each.row.identity_id] = each
    return [each for each in shown if each.row.entity != WHO_SOMEBODY_IS or newest[each.row.identity_id] is each]


def _since(each: Permitted) -> tuple[date, int]:
    return each.row.values.get("valid_from", date.min), each.row.position


def _newest_first(each: Permitted) -> tuple[bool, float, str, str]:
    day = _day(each)
    is_who = each.row.entity == WHO_SOMEBODY_IS
    return not is_who, -day.toordinal() if day else 0.0, each.row.entity, each.row.row_id


def _day(each: Permitted) -> date | None:
    """The first day that a record tells of."""
    for column in STORED[each.row.entity].columns:
        value = each.row.values.get(column.name) if column.name in each.columns else None
        if isinstance(value, date) and column.name != "date_of_birth":
            return value.date() if isinstance(value, datetime) else value
    return None


def _told(each: Permitted, dataset: str) -> Told:
    entity = STORED[each.row.entity]
    lines = [_line(column, each) for column in entity.columns if _is_line(column, each)]
    day = _day(each)
    return Told(
        kind=_KINDS.get(entity.name) or _plain(entity.name).capitalize(),
        about=entity.purpose.partition(";")[0].partition(".")[0],
        dataset=dataset,
        period=each.row.period,
        when=f"{day.day} {day:%B %Y}" if day else "",
        lines=tuple(lines),
    )


def _is_line(column: Column, each: Permitted) -> bool:
    """Whether a column is a line of its own: it says something, is no stand-in and no text, and nothing says it better."""
    if column.name not in each.columns or column.privacy is Privacy.PSEUDONYM or column.name.endswith("_precision"):
        return False
    value = each.row.values[column.name]
    if _is_text(each.row.entity, column.name, value) or column.name.removesuffix("_local") in each.columns - {column.name}:
        return False
    about = {name for key, names in _ABOUT_TEXTS.items() if key[0] == each.row.entity for name in names}
    if column.name in about or column.name in {"about", "evidence", "mapping_version", "field_tokens"}:
        return False
    return not (isinstance(value, str) and (is_token(value) or not value.strip()))


def _line(column: Column, each: Permitted) -> tuple[str, str]:
    said = _value(each.row.entity, column.name, each.row.values)
    local = each.row.values.get(f"{column.name}_local") if f"{column.name}_local" in each.columns else None
    if local and not _is_text(each.row.entity, f"{column.name}_local", local) and local.casefold() != said.casefold():
        said = f"{said} (recorded as: {local})"
    return column.title, said


def _value(entity: str, name: str, values: Mapping[str, Any]) -> str:
    value = values[name]
    if isinstance(value, bool):
        return "yes" if value else "no"
    precision = values.get(f"{name}_precision")
    if isinstance(value, date) and precision in _PRECISIONS:
        return value.strftime(_PRECISIONS[precision])
    if isinstance(value, datetime):
        clock = f" at {value:%H:%M}" if precision in (None, "minute") else ""
        return f"{value.day} {value:%B %Y}{clock}"
    if isinstance(value, date):
        return f"{value.day} {value:%B %Y}"
    if name.endswith("_local") or name in ("given_name", "family_name", "postcode"):
        return str(value)
    titled = title_of(entity, name, str(value))
    return titled if titled != value else _plain(str(value))


def _texts(workspace: Workspace, each: Permitted, person: str, opened: str) -> list[ClosedText]:
    row = each.row
    day = _day(each)
    found = []
    for column in sorted(each.columns):
        value = row.values[column]
        if not _is_text(row.entity, column, value):
            continue
        key = stand_in(workspace, "text", person, row.entity, row.row_id, column)
        by = [row.values[name] for name in ("author_role", "voice") if name in each.columns and name in row.values]
        found.append(
            ClosedText(
                key=key,
                kind=_plain(str(row.values.get("about", row.entity))).capitalize(),
                when=f"{day.day} {day:%B %Y}" if day else "",
                author=_author(*by),
                length=len(value.split()),
                categories=categories_of(value, given=str(row.values.get("themes", ""))),
                may_name_others=row.values.get("redaction", "not_redacted") == "not_redacted",
                words=value if key == opened else None,
            )
        )
    return found


def _author(role: str = "", voice: str = "") -> str:
    who = f"written by the {_plain(role)}" if role else ""
    return who + (f"{', ' if who else ''}in the voice of the {_plain(voice)}" if voice else "")


def _is_text(entity: str, column: str, value: Any) -> bool:
    if not isinstance(value, str) or entity == WHO_SOMEBODY_IS or not value.strip():
        return False
    return (entity, column) in TEXTS or len(value) > LONGEST_VALUE


def _plain(word: str) -> str:
    return word.replace("_", " ").replace(";", "; ")
