"""The motivated-intruder checklist of a release or a table: what was tried automatically, what people answered, and who signed.

Every answer and every sign-off is a new version, kept in the ledger beside what it is of; the newest holds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Literal

from sightline.app.attack_release import attack_kept
from sightline.app.cubes import tables_of_release
from sightline.app.known_outside import known_totals
from sightline.app.releases import read_attachment, read_release, release_by_number
from sightline.app.workspace import Workspace
from sightline.definitions.checklist import load_questions
from sightline.disclosure.blackbox.implied import METHODS
from sightline.errors import InputRefused, NotFound, Refused
from sightline.ledger.models import ProtectedTableRecord
from sightline.ledger.protection import checklist_of, record_checklist
from sightline.ledger.releases import releases_before
from sightline.publish.attack_report import ATTACK, lines_of, read_attack

Kind = Literal["release", "table"]
SHORTEST_ANSWER = 10
"""Letters: "no" is not what somebody thought about it."""


class ChecklistOpen(Refused):
    """A checklist was to be signed that has questions without an answer, or of which an attack found something."""

    code = "SL-APP-045"
    hint = "Answer each with `sightline checklist answer`; what an attack found has to be mended, not signed."


@dataclass(frozen=True, slots=True)
class Tried:
    """One thing that was tried automatically, and what came of it."""

    what: str
    times: str
    came_of_it: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person answered, and when."""

    text: str
    by: str
    at: str


@dataclass(frozen=True)
class Checklist:
    """A checklist as it stands.

    Args:
        subject: "release 3" or "table 2".
        found: How many places an attack found.
        answers: By the question's id.
    """

    subject: str
    tried: tuple[Tried, ...]
    found: int
    answers: Mapping[str, Answer]
    signed_by: str | None = None
    signed_at: str | None = None

    @property
    def unanswered(self) -> tuple[str, ...]:
        """The questions that nobody answered yet."""
        return tuple(each.id for each in load_questions() if each.id not in self.answers)

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it, and as it is kept; with the questions as they were worded."""
        questions = [asdict_of(each.id, each.question, each.asks, self.answers.get(each.id)) for each in load_questions()]
        return {
            "subject": self.subject,
            "tried": [asdict(each) for each in self.tried],
            "found": self.found,
            "questions": questions,
            "signed_by": self.signed_by,
            "signed_at": self.signed_at,
        }


def asdict_of(id: str, question: str, asks: str, answer: Answer | None) -> dict[str, Any]:
    """One question with its answer, as JSON has it."""
    return {"id": id, "question": question, "asks": asks, "answer": None if answer is None else asdict(answer)}


def read_checklist(workspace: Workspace, kind: Kind, number: int) -> Checklist:
    """The checklist of a release or table as it stands; the first time, everything that can be tried is tried.

    Raises:
        NotFound: If there is no such release or table.
    """
    subject = f"{kind} {number}"
    kept = checklist_of(subject)
    if kept is None:
        return _of_release(workspace, number) if kind == "release" else _of_table(number)
    told = json.loads(workspace.objects.get_bytes(kept.digest))
    answers = {each["id"]: Answer(**each["answer"]) for each in told["questions"] if each["answer"] is not None}
    tried = tuple(Tried(**each) for each in told["tried"])
    return Checklist(subject, tried, told["found"], answers, told["signed_by"], told["signed_at"])


def answer_question(workspace: Workspace, kind: Kind, number: int, question: str, text: str, *, by: str, at: datetime) -> Checklist:
    """Answer one question; an answer after the sign-off takes the sign-off away.

    Raises:
        NotFound: If there is no such question, release or table.
        InputRefused: If the answer says nothing.
    """
    if question not in {each.id for each in load_questions()}:
        listed = ", ".join(each.id for each in load_questions())
        raise NotFound(f'The checklist has no question "{question}".', hint=f"There are: {listed}.")
    if len(text.strip()) < SHORTEST_ANSWER:
        raise InputRefused("This is too short to be an answer.", hint="Say what was looked at, and what was found.")
    before = read_checklist(workspace, kind, number)
    answers = {**before.answers, question: Answer(text.strip(), by, at.isoformat())}
    return _kept(workspace, replace(before, answers=answers, signed_by=None, signed_at=None), by=by, at=at)


def sign_checklist(workspace: Workspace, kind: Kind, number: int, *, by: str, at: datetime) -> Checklist:
    """Sign: everything was tried, nothing was found, and every question has its answer.

    Raises:
        ChecklistOpen: If not.
    """
    checklist = read_checklist(workspace, kind, number)
    if checklist.found:
        raise ChecklistOpen(
            f"In {checklist.subject} attacks found something in {checklist.found} place{'s' if checklist.found != 1 else ''}."
        )
    if checklist.unanswered:
        raise ChecklistOpen(f"Of {checklist.subject} nobody answered: {', '.join(checklist.unanswered)}.")
    return _kept(workspace, replace(checklist, signed_by=by, signed_at=at.isoformat()), by=by, at=at)


def _kept(workspace: Workspace, checklist: Checklist, *, by: str, at: datetime) -> Checklist:
    digest = workspace.objects.put_bytes(json.dumps(checklist.as_dict(), ensure_ascii=False, sort_keys=True).encode())
    record_checklist(checklist.subject, digest, is_signed=checklist.signed_by is not None, by=by, at=at)
    return checklist


def _of_release(workspace: Workspace, number: int) -> Checklist:
    """What was tried before the release was written; one that was made before that was kept is attacked now."""
    release = release_by_number(workspace, number)
    if ATTACK in release.attachments:
        return _tried(f"release {number}", read_attack(read_attachment(workspace, release, ATTACK)))
    records = releases_before(datetime.fromisoformat(release.created_at))
    earlier = [each for each in (read_release(workspace, record) for record in records) if each.methods["disclosure"] in METHODS]
    report = attack_kept(release, earlier, tables=partial(tables_of_release, workspace), known=known_totals(workspace))
    return _tried(f"release {number}", report.as_dict())


def _tried(subject: str, report: Mapping[str, Any]) -> Checklist:
    tried = tuple(Tried(line.title, line.tried, line.came_of_it) for line in lines_of(report))
    return Checklist(subject, tried, report["found"], {})


def _of_table(number: int) -> Checklist:
    """A table is attacked before it is written, with everything that was published before; it would not be there otherwise."""
    record = ProtectedTableRecord.objects.filter(number=number).first()
    if record is None:
        raise NotFound(f"There is no table {number}.", hint="`sightline export-table` publishes one.")
    beside = "every release and table of the same children, tables of other records, and totals that others publish"
    tried = Tried("Audit before it was written", "every protected cell", f"nothing found, with {beside}")
    return Checklist(f"table {number}", (tried,), 0, {})
