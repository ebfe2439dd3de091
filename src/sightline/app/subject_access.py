"""Subject access: a person asked what is held about them. The request, its course and time limit, decisions, and the answer by its hash.

An officer of one agency answers what that agency was asked; one of the whole partnership what the partnership was asked. Nothing of an
answer is kept but its hash: whoever has a file can be told whether it is the answer that was given.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sightline.app.access_records import Record, identities_of, other_agencies, records_of, spans_of
from sightline.app.report_files import write_files
from sightline.app.steward_words import checked_reason
from sightline.app.subjects import ByNumber, Person, find_person, identity_of_number, subject_token
from sightline.app.tables import UNLINKED
from sightline.app.workspace import Workspace
from sightline.definitions.agreement_terms import load_terms
from sightline.definitions.content_categories import categories_of, load_content_categories
from sightline.definitions.subject_access import Exemption, load_exemptions
from sightline.definitions.working_days import load_holidays
from sightline.errors import InputRefused, NotFound, Refused
from sightline.governance.access import due_on, may_extend
from sightline.governance.subjects import is_withheld
from sightline.ledger import access as ledger
from sightline.ledger.access_models import AccessRequest, AccessStep
from sightline.ledger.agreements import standings
from sightline.ledger.models import GenerationReturn, ReleaseRecord, ReturnVersion
from sightline.ledger.nondisclosure import not_disclosed_of
from sightline.ledger.states import State
from sightline.ledger.subject_models import BreakGlass
from sightline.model.access import REQUESTER_WORDS, Becomes, Requester, Step
from sightline.model.agreements import LOCAL_TIME
from sightline.publish.subject_answer import CONTENT_TYPES, subject_answer

KINDS = tuple(CONTENT_TYPES)
SHORTEST_WORDS = 10
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9/._-]{0,63}")


class NotReady(Refused):
    """Something has to happen before a request can be answered."""

    code = "SL-GOV-050"
    hint = "The request's page, or `sightline subject-access show`, says what is missing."


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that happened to a request."""

    kind: Step
    day: date
    words: str
    by: str
    digest: str


@dataclass(frozen=True, slots=True)
class RequestLine:
    """One request as a list has it; ``stands`` says in words where it is."""

    number: int
    reference: str
    agency: str
    asked_by: str
    received_on: date
    due: date | None
    stands: str
    is_open: bool
    is_late: bool
    subject: str
    happened: tuple[Happened, ...]
    may_extend: bool

    def as_dict(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "reference": self.reference,
            "agency": self.agency or "partnership",
            "asked_by": self.asked_by,
            "received_on": str(self.received_on),
            "due": str(self.due) if self.due else None,
            "stands": self.stands,
            "late": self.is_late,
            "answers": [each.digest for each in self.happened if each.kind is Step.ANSWERED],
        }


def record_request(
    workspace: Workspace, named: ByNumber, *, reference: str, asked_by: str, received_on: date, own_agency: str, by: str, at: datetime
) -> RequestLine:
    """Write down that somebody asked what is held about a person; the agency's number for them is kept nowhere.

    Args:
        workspace: Where.
        named: The person, by an agency's number.
        reference: The number under which the letters are kept.
        asked_by: One of `Requester`.
        received_on: The day the request came.
        own_agency: Of the officer who was asked; empty for the whole partnership.
        by: The officer.
        at: When it is written down.

    Raises:
        NotFound: If there is no such agency, or nothing is published yet.
        InputRefused: If something is missing, or a day cannot be.
        Refused: If an agency's officer names another agency's number.
    """
    if own_agency and named.agency != own_agency:
        raise Refused("An agency's officer answers for that agency alone.", hint="Name the person by your own agency's number.")
    if asked_by not in tuple(Requester):
        raise InputRefused("Say who asks.", hint=f"One of: {', '.join(Requester)}.")
    repeats = bool(named.number.strip()) and named.number.strip().casefold() == reference.strip().casefold()
    if not _REFERENCE.fullmatch(reference.strip()) or repeats:
        raise InputRefused("A request needs a reference.", hint="Letters, digits, / . _ and -, and not the person's number.")
    if received_on > _today(at):
        raise InputRefused("The request came on a day to come.", hint="Give the day on which it was received.")
    identity = identity_of_number(workspace, named)
    person = find_person(workspace, named) or Person(f"{UNLINKED}{identity}", (identity,))
    row = AccessRequest(
        reference=reference.strip(),
        agency=own_agency,
        asked_by=asked_by,
        received_on=received_on,
        person=person.id,
        token=subject_token(workspace, person.id),
        identities=[identity],
        at=at,
        by=by,
    )
    return _line(ledger.record_request(row), at)


def list_requests(own_agency: str, *, at: datetime) -> list[RequestLine]:
    """The requests that an officer may know of: those that are open first, the first due first."""
    lines = [_line(row, at) for row in ledger.request_rows(own_agency)]
    return sorted(lines, key=lambda line: (not line.is_open, line.due or date.max, -line.number))


def show_request(number: int, own_agency: str, *, at: datetime) -> RequestLine:
    """One request.

    Raises:
        NotFound: If there is none of that number for this officer.
    """
    return _line(ledger.request_row(number, own_agency), at)


def take_step(number: int, step: Step, *, day: date, words: str, own_agency: str, by: str, at: datetime) -> RequestLine:
    """Write down what happened to a request: identity checked, clock stopped or started, extended, considered, or refused.

    Raises:
        NotFound: If there is none of that number for this officer.
        InputRefused: If it needs words and has none, or a day cannot be.
        Refused: If it cannot happen now.
    """
    request = ledger.request_row(number, own_agency)
    if step in (Step.DECIDED, Step.ANSWERED):
        raise InputRefused("This is not written down by hand.", hint="Decide on a record, or make the answer.")
    said = checked_reason(words)
    if len(said) < SHORTEST_WORDS:
        raise InputRefused("Say how, or why, in a few more words.", hint=f"At least {SHORTEST_WORDS} characters, without personal details.")
    if not request.received_on <= day <= _today(at):
        raise InputRefused("That day cannot be.", hint="It lies between the day the request came and today.")
    holidays = load_holidays()

    def may(before: list[AccessStep]) -> str:
        course, kinds = ledger.course_of(request.received_on, before), {each.kind for each in before}
        if step in (Step.CLOCK_STOPPED, Step.CLOCK_STARTED) and any(day < each.day for each in before):
            return "Something happened to it after that day."
        refused = {
            Step.IDENTITY_CHECKED: "Who asks was checked before." if Step.IDENTITY_CHECKED in kinds else "",
            Step.CLOCK_STOPPED: "Its clock stands still already." if course.is_paused else "",
            Step.CLOCK_STARTED: "" if course.is_paused else "Its clock runs.",
            Step.EXTENDED: "" if may_extend(course, day, holidays) else "It can be extended once, within its first month.",
            Step.REFUSED: "It was answered before." if Step.ANSWERED in kinds else "",
        }
        return refused.get(step, "")

    ledger.record_step(AccessStep(request=request, kind=step, day=day, words=said, at=at, by=by), may=may)
    return show_request(number, own_agency, at=at)


def records(workspace: Workspace, number: int, own_agency: str, *, at: datetime) -> list[Record]:
    """What is held about the person of a request, record by record; texts are in it: whoever shows one writes that down first.

    Raises:
        NotFound: If there is no such request for this officer.
    """
    return records_of(workspace, ledger.request_row(number, own_agency), at=at)


def read_text(workspace: Workspace, number: int, key: str, own_agency: str, *, by: str, at: datetime) -> Record:
    """One record with its texts, for whoever decides about it; that it was read is written down before.

    Raises:
        NotFound: If there is no such request for this officer, or no such record in it.
    """
    request = ledger.request_row(number, own_agency)
    found = _record_of(workspace, request, key, at)
    ledger.record_read(request, item=key, by=by, at=at)
    return found


def decide_record(
    workspace: Workspace,
    number: int,
    key: str,
    becomes: Becomes,
    *,
    exemption: str,
    words_out: Sequence[str],
    own_agency: str,
    by: str,
    at: datetime,
) -> None:
    """Decide what becomes of one record; the newest decision holds. The words that are taken out are not kept, only where they stand.

    Raises:
        NotFound: If there is no such request, record or exemption.
        InputRefused: If words are to be taken out and none of them stands in the texts, or a reason is missing.
        Refused: If the request was refused or answered.
    """
    request = ledger.request_row(number, own_agency)
    found = _record_of(workspace, request, key, at)
    if becomes is not Becomes.INCLUDE and exemption not in exemptions(at):
        raise InputRefused("What is left out needs a reason of law.", hint=f"One of: {', '.join(exemptions(at))}.")
    spans = {}
    if becomes is Becomes.REDACT:
        spans = {column: list(map(list, each)) for column, (_, text) in found.texts.items() if (each := spans_of(text, list(words_out)))}
        if not spans:
            raise InputRefused("None of these words stands in the text.", hint="Type each as it is written there, or leave the record out.")
    row = AccessStep(
        request=request,
        kind=Step.DECIDED,
        day=_today(at),
        item=key,
        becomes=becomes,
        exemption=exemption if becomes is not Becomes.INCLUDE else "",
        spans=spans,
        at=at,
        by=by,
    )
    detail = {"item": key, "becomes": becomes.value, "exemption": row.exemption}
    ledger.record_step(row, may=_answered, detail=detail)


def exemptions(at: datetime) -> dict[str, Exemption]:
    """Why something may be left out, of what is in force as far as the catalogue knows."""
    listed = load_exemptions().items()
    return {id: each for id, each in listed if each.in_force_from is not None and each.in_force_from <= _today(at)}


def missing(workspace: Workspace, number: int, own_agency: str, *, at: datetime) -> list[str]:
    """What has to happen before a request can be answered; nothing where it can be."""
    request = ledger.request_row(number, own_agency)
    return _missing(request, records_of(workspace, request, at=at))


def make_answer(workspace: Workspace, number: int, kind: str, own_agency: str, *, by: str, at: datetime) -> tuple[str, bytes]:
    """The answer as a file, its name and its bytes. Its hash is in the audit before anybody has it; nothing else of it is kept.

    Raises:
        NotFound: If there is no such request for this officer, or no such kind of file.
        NotReady: If something has to happen before.
        Refused: If it was refused.
    """
    if kind not in KINDS:
        raise NotFound("There is no such kind of file.", hint=f"The kinds are: {', '.join(KINDS)}.")
    request = ledger.request_row(number, own_agency)
    found = records_of(workspace, request, at=at)
    if lacks := _missing(request, found):
        raise NotReady(f"{str(request).capitalize()} cannot be answered yet: {lacks[0]}")
    content = subject_answer(_facts(workspace, request, found, at), kind)
    digest = hashlib.sha256(content).hexdigest()
    row = AccessStep(request=request, kind=Step.ANSWERED, day=_today(at), digest=digest, at=at, by=by)
    ledger.record_step(row, detail={"file": kind, "sha256": digest, "records": sum(bool(each.as_given()) for each in found)})
    return f"answer-{number}.{kind}", content


def write_answer(workspace: Workspace, number: int, folder: Path, own_agency: str, *, by: str, at: datetime) -> list[Path]:
    """The answer as files of every kind in a folder.

    Raises:
        NotFound, NotReady, Refused: As `make_answer` does.
        EnvironmentProblem: If they cannot be written.
    """
    return write_files(folder, dict(make_answer(workspace, number, kind, own_agency, by=by, at=at) for kind in KINDS))


def look_up_answer(content: bytes) -> list[tuple[str, datetime]]:
    """Whether exactly these bytes were given as an answer: to which request, and when."""
    return [(str(step.request), step.at) for step in ledger.answers_of(hashlib.sha256(content).hexdigest())]


def _answered(before: Sequence[AccessStep]) -> str:
    return "It was answered before." if any(step.kind == Step.ANSWERED for step in before) else ""


def _record_of(workspace: Workspace, request: AccessRequest, key: str, at: datetime) -> Record:
    for record in records_of(workspace, request, at=at):
        if record.key == key:
            return record
    raise NotFound("There is no such record in this request.", hint="`sightline subject-access show` lists them.")


def _missing(request: AccessRequest, found: Sequence[Record]) -> list[str]:
    steps = list(request.steps.all())
    kinds, course = {step.kind for step in steps}, ledger.course_of(request.received_on, steps)
    waiting = sum(record.waits for record in found)
    lacks = {
        "It was refused.": Step.REFUSED in kinds,
        "Who asks has not been checked.": course.identity_on is None,
        "Its clock stands still: something is still asked of the person.": course.is_paused,
        f"{waiting} {'record waits' if waiting == 1 else 'records wait'} for a decision: words in them may name others.": waiting > 0,
        "Nobody has said whether the answer could do serious harm.": Step.HARM_CONSIDERED not in kinds,
        "Nobody has said whether it is in the best interests of the child.": request.asked_by != Requester.PERSON
        and Step.INTERESTS_CONSIDERED not in kinds,
    }
    return [words for words, is_so in lacks.items() if is_so]


def _line(row: AccessRequest, at: datetime) -> RequestLine:
    steps = list(row.steps.all())
    course, kinds = ledger.course_of(row.received_on, steps), {step.kind for step in steps}
    holidays, today = load_holidays(), _today(at)
    due = due_on(course, holidays)
    is_open = not kinds & {Step.ANSWERED, Step.REFUSED}
    if not is_open:
        stands = "answered" if Step.ANSWERED in kinds else "refused"
    elif due is not None:
        stands = f"due on {due.isoformat()}" if today <= due else f"late since {due.isoformat()}"
    else:
        stands = "its clock stands still" if course.is_paused else "waits until it is checked who asks"
    return RequestLine(
        number=row.pk,
        reference=row.reference,
        agency=row.agency,
        asked_by=REQUESTER_WORDS[Requester(row.asked_by)],
        received_on=row.received_on,
        due=due,
        stands=stands,
        is_open=is_open,
        is_late=is_open and due is not None and today > due,
        subject=row.token,
        happened=tuple(
            Happened(Step(step.kind), step.day, step.words, step.by, step.digest) for step in steps if step.kind != Step.DECIDED
        ),
        may_extend=is_open and may_extend(course, today, holidays),
    )


def _facts(workspace: Workspace, request: AccessRequest, found: Sequence[Record], at: datetime) -> dict[str, Any]:
    """The answer as plain facts, in a fixed order."""
    given = [record for record in found if record.as_given()]
    listed = exemptions(at)
    told = sorted({record.exemption for record in found if record.exemption and listed[record.exemption].told})
    names = {agency.id: agency.name for agency in workspace.partnership.agencies}
    agencies = []
    for id, name in names.items():
        own = [record for record in given if record.agency == id]
        returns = list(dict.fromkeys(record.return_id for record in own))
        versions = ReturnVersion.objects.in_bulk(returns)
        titles = {each.id: each.title for each in workspace.partnership.agency(id).datasets}
        if own:
            sent = [_sent(versions[each], titles, [record for record in own if record.return_id == each], names) for each in returns]
            agencies.append({"id": id, "name": name, "returns": sent})
    return {
        "partnership": workspace.partnership.name,
        "reference": request.reference,
        "controller": names.get(request.agency, workspace.partnership.name),
        "received_on": str(request.received_on),
        "made_at": at.isoformat(timespec="seconds"),
        "agencies": agencies,
        "may_speak_of": _may_speak_of(given),
        "support": [" ".join(filter(None, (each.name, each.telephone, each.address))) for each in workspace.partnership.support],
        "others": other_agencies(workspace, request, at=at),
        "left_out": [{"title": listed[id].title, "source": listed[id].source} for id in told],
        "opened": _opened(workspace, request, names, at),
    }


def _may_speak_of(given: Sequence[Record]) -> list[str]:
    """What the texts of an answer may be hard to read for, in the catalogue's order."""
    found = {category for record in given for _, words in record.as_given() for category in categories_of(words)}
    return [each.title for each in load_content_categories().values() if each.title in found]


def _sent(version: ReturnVersion, titles: dict[str, str], own: Sequence[Record], names: dict[str, str]) -> dict[str, Any]:
    """One return: when it was sent, under which agreement, what it was counted in, and what it says of the person."""
    terms = load_terms()
    under = [each.terms for each in standings() if each.name in (version.agreement_version or "").split(", ")]
    counted = GenerationReturn.objects.filter(return_version=version).values_list("generation_id", flat=True)
    releases = ReleaseRecord.objects.filter(generation__in=list(counted)).order_by("number")
    return {
        "dataset": titles.get(version.dataset, version.dataset),
        "period": version.period,
        "version": version.version,
        "received_on": version.received_at.astimezone(LOCAL_TIME).date().isoformat(),
        "holds": version.state == State.ACCEPTED,
        "purposes": sorted({terms.purposes[id].title for each in under for id in each.purposes}),
        "recipients": sorted({names.get(id, id.replace("_", " ")) for each in under for id in (*each.parties, *each.recipients)}),
        "kept": "; ".join(sorted({terms.retention[each.retention_rule].title for each in under})) or "no rule is known here",
        "releases": [f"release {each.number} ({each.period})" for each in releases],
        "records": [
            {"kind": record.kind, "line": record.row, "retracted": record.retracted, "lines": [list(line) for line in record.as_given()]}
            for record in own
        ],
    }


def _opened(workspace: Workspace, request: AccessRequest, names: dict[str, str], at: datetime) -> list[dict[str, str]]:
    """Who opened the person's records in an emergency: the agency and the day, of those that may be told of."""
    identities = identities_of(workspace, request)
    hidden, own = not_disclosed_of(request.person, identities), set(identities)
    opened = [row for row in BreakGlass.objects.order_by("at") if row.person == request.person or own & set(row.identities)]
    shown = [row for row in opened if not is_withheld(hidden, row.agency, at)]
    return [{"on": row.at.astimezone(LOCAL_TIME).date().isoformat(), "agency": names.get(row.agency, row.agency)} for row in shown]


def _today(at: datetime) -> date:
    return at.astimezone(LOCAL_TIME).date()
