"""Outputs: files that are to leave the strategic tier. Asked for, checked, decided on by two who do not see each other, taken, recalled.

A file is known by its hash from the first moment: what is checked, what is released and what is taken are the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sightline.app.output_checks import (
    MOST_BYTES,
    Check,
    Leaving,
    checks_from_json,
    checks_to_json,
    is_stopped,
    not_agreed,
    published_table,
    run_checks,
)
from sightline.app.output_origin import release_that_made
from sightline.app.report_files import write_files
from sightline.app.workspace import Workspace
from sightline.definitions.agreement_terms import load_terms
from sightline.errors import EnvironmentProblem, InputRefused, NotFound, Place, Refused
from sightline.governance.outputs import Checked, why_not_decide
from sightline.ledger import outputs as ledger
from sightline.ledger.models import ReleaseRecord, Role, User
from sightline.ledger.output_models import OutputRequest
from sightline.ledger.quarantines import is_in_quarantine
from sightline.model.agreements import Tier
from sightline.model.outputs import PUBLIC, STATE_WORDS, OutputState, OutputStep, Verdict
from sightline.model.releases import release_from_json

SHORTEST_REASON = 10
RECORD = "sightline-output-record/1"
_BODY = re.compile(r"[a-z][a-z0-9_]*")


class NotToLeave(Refused):
    """Something stands against an output's leaving that did not when it was checked: an agreement that ended, an agency set apart."""

    code = "SL-GOV-032"
    hint = "Give it back, or wait until that has changed; what was taken before is recalled by a data protection officer."


@dataclass(frozen=True, slots=True)
class Brought:
    """A file that is to leave: its bytes, its name, and where they come from if Sightline makes them as they are.

    ``same_words``: kind and bytes of another file that says the same, where the words of this one cannot be read.
    """

    name: str
    content: bytes
    made_from: str = ""
    release: int | None = None
    same_words: tuple[str, bytes] | None = None


@dataclass(frozen=True, slots=True)
class OutputLine:
    """One request as a list has it."""

    number: int
    title: str
    name: str
    recipient: str
    by: str
    agency: str
    at: datetime
    state: OutputState
    digest: str
    size: int

    @property
    def words(self) -> str:
        return STATE_WORDS[self.state]

    def as_dict(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "title": self.title,
            "name": self.name,
            "recipient": self.recipient,
            "by": self.by,
            "at": self.at.isoformat(),
            "state": self.state.value,
            "sha256": self.digest,
            "bytes": self.size,
        }


@dataclass(frozen=True, slots=True)
class OutputDetail:
    """One request as one person may see it: ``decisions`` are those shown to them, ``may_not_decide`` says why they may not."""

    line: OutputLine
    why: str
    purpose: str
    made_from: str
    checks: tuple[Check, ...]
    decisions: tuple[Checked, ...]
    is_open: bool
    is_requester: bool
    taken_by: tuple[tuple[str, datetime], ...]
    ended: tuple[tuple[str, str, str, datetime], ...]
    confirmed: tuple[tuple[str, str, datetime], ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            **self.line.as_dict(),
            "why": self.why,
            "purpose": self.purpose,
            "made_from": self.made_from,
            "checks": [
                {"check": each.id, "outcome": each.outcome.value, "says": each.says, "found": list(each.found)} for each in self.checks
            ],
            "decisions": [
                {"by": each.by, "agency": each.agency, "verdict": each.verdict.value, "reasons": each.reasons} for each in self.decisions
            ],
            "taken_by": [{"by": by, "at": at.isoformat()} for by, at in self.taken_by],
            "ended": [{"step": step, "by": by, "reason": reason, "at": at.isoformat()} for step, by, reason, at in self.ended],
        }


def bring_file(file: Path) -> Brought:
    """A file from the disk that is to leave, or of which somebody asks whether it did.

    Raises:
        NotFound, EnvironmentProblem: If it is not there, or cannot be read.
        InputRefused: If it is larger than anything that may leave.
    """
    if not file.is_file():
        raise NotFound("There is no such file.", place=Place(file=str(file)), hint="Check its name.")
    try:
        if file.stat().st_size > MOST_BYTES:
            raise InputRefused("This file is larger than anything that leaves.", place=Place(file=str(file)), hint="Make a smaller one.")
        return Brought(file.name, file.read_bytes())
    except OSError as problem:
        raise EnvironmentProblem("This file cannot be read.", place=Place(file=str(file))) from problem


def ask_for_output(
    workspace: Workspace,
    brought: Brought,
    *,
    title: str,
    why: str,
    purpose: str,
    recipient: str,
    by: str,
    agency: str,
    at: datetime,
) -> OutputDetail:
    """Ask that a file may leave: keep its bytes, make the automatic checks, and let checkers decide unless one of those stops it.

    Args:
        recipient: ``public``, or the id of an agency or body.
        agency: Of who asks; empty where they belong to none.

    Raises:
        InputRefused: If something is missing from the request.
        Refused: If the same file waits, or is released, for the same recipient already.
    """
    _complete(title, why, purpose, recipient)
    kind = brought.name.rpartition(".")[2].casefold()
    leaving = _leaving(workspace, brought, kind, purpose, recipient)
    checks = run_checks(workspace, leaving, at=at)
    row = OutputRequest(
        digest=workspace.objects.put_bytes(brought.content),
        name=_safe(brought.name, kind),
        kind=kind[:8],
        size=len(brought.content),
        made_from=brought.made_from,
        release=leaving.release.number if leaving.release else None,
        title=title.strip()[:200],
        why=why.strip(),
        purpose=purpose,
        recipient=recipient,
        checks=workspace.objects.put_bytes(checks_to_json(checks)),
        stopped=is_stopped(checks),
        at=at,
        by=by,
        agency=agency,
    )
    return show_output(workspace, ledger.record_request(row).number, to=by)


def _complete(title: str, why: str, purpose: str, recipient: str) -> None:
    terms = load_terms()
    if not title.strip():
        raise InputRefused("An output needs a title.", hint="Say in a few words what it is.")
    if len(why.strip()) < SHORTEST_REASON:
        raise InputRefused("Say why it is needed and what its readers must know.", hint="A sentence or two, without personal details.")
    if purpose not in terms.purposes:
        raise InputRefused("There is no such purpose.", hint=f"The purposes are: {', '.join(terms.purposes)}.")
    if not _BODY.fullmatch(recipient):
        raise InputRefused("Say who it is for.", hint="The id of an agency or body, such as scrutiny_board, or public.")
    wanted = Tier.COMMUNITY if recipient == PUBLIC else Tier.STRATEGIC
    if wanted > terms.purposes[purpose].highest_tier:
        raise InputRefused("Nothing of this tier leaves for that purpose.", hint="Reporting to the public goes to the recipient public.")


def _leaving(workspace: Workspace, brought: Brought, kind: str, purpose: str, recipient: str) -> Leaving:
    number = release_that_made(workspace, brought.content, kind) if brought.release is None else brought.release
    return replace(_leaving_of(workspace, brought.content, kind, purpose, recipient, release=number), same_words=brought.same_words)


def _leaving_of(workspace: Workspace, content: bytes, kind: str, purpose: str, recipient: str, *, release: int | None) -> Leaving:
    made_by = ReleaseRecord.objects.filter(number=release).first() if release is not None else None
    table, tier = (None, "") if made_by else published_table(workspace, content, kind)
    return Leaving(content, kind, purpose, recipient, made_by, table, tier)


def _safe(name: str, kind: str) -> str:
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", name.rpartition(".")[0]).strip("-.") or "output"
    return f"{stem[:150]}.{kind[:8]}"


def list_outputs() -> list[OutputLine]:
    """Every request, newest first: where each stands is no secret, what was decided may be one."""
    return [_line(row) for row in ledger.output_rows()]


def show_output(workspace: Workspace, number: int, *, to: str) -> OutputDetail:
    """One request as one person may see it.

    Raises:
        NotFound: If there is none of that number.
    """
    row = ledger.output_row(number)
    asked = ledger.as_asked(row)
    return OutputDetail(
        line=_line(row),
        why=row.why,
        purpose=load_terms().purposes[row.purpose].title,
        made_from=row.made_from,
        checks=tuple(checks_from_json(workspace.objects.get_bytes(row.checks))),
        decisions=asked.told_to_requester() if to == row.by else asked.seen_by(to),
        is_open=asked.is_open,
        is_requester=to == row.by,
        taken_by=tuple((one.by, one.at) for one in row.taken.order_by("id")),
        ended=tuple((one.step, one.by, one.reason, one.at) for one in row.ends.order_by("id")),
        confirmed=tuple((one.by, one.note, one.at) for one in row.confirmed.order_by("id")),
    )


def waiting_for(by: str, agency: str, *, at: datetime) -> set[int]:
    """The numbers of the outputs that a checker of an agency may decide on now."""
    trained = ledger.is_trained(by, at)
    return {row.number for row in ledger.output_rows() if not why_not_decide(ledger.as_asked(row), by=by, agency=agency, trained=trained)}


def may_not_decide(number: int, *, by: str, agency: str, at: datetime) -> str:
    """Why a checker may not decide on an output; empty where they may.

    Raises:
        NotFound: If there is none of that number.
    """
    asked = ledger.as_asked(ledger.output_row(number))
    return why_not_decide(asked, by=by, agency=agency, trained=ledger.is_trained(by, at))


def decide_on_output(
    workspace: Workspace, number: int, verdict: Verdict, *, reasons: str, by: str, agency: str, at: datetime
) -> OutputState:
    """Let a checker decide, once they have given reasons; where the output stands then.

    Raises:
        NotFound: If there is no such output.
        MayNotCheck: If this person may not decide on it.
        NotToLeave: If they would have it leave, and by now something that agencies agreed stands against that.
        InputRefused: If no reasons are given.
    """
    if len(reasons.strip()) < SHORTEST_REASON:
        raise InputRefused("A decision needs reasons.", hint="Say what you looked at; where you give it back, what has to change.")
    still = _may_leave(workspace, number, at)
    return ledger.record_decision(number, verdict, reasons=reasons.strip(), by=by, agency=agency, at=at, may_leave=still)


def withdraw_output(number: int, *, reason: str, by: str, at: datetime) -> None:
    """Let the requester take a request back.

    Raises:
        NotFound, OutputStepNotPossible: If there is none, or it does not wait.
        InputRefused: If no reason is given.
        Refused: If somebody else asked for it.
    """
    if ledger.output_row(number).by != by:
        raise Refused("Only who asked for an output takes it back.", hint="Checkers give it back with their decision.")
    ledger.record_end(number, OutputStep.WITHDRAW, reason=_reason(reason), by=by, at=at)


def recall_output(number: int, *, reason: str, by: str, at: datetime) -> list[str]:
    """Recall a released output from this instant; who had taken it and is told on every page they open.

    Raises:
        NotFound, OutputStepNotPossible: If there is none, or it is not released.
        InputRefused: If no reason is given.
    """
    return ledger.record_end(number, OutputStep.RECALL, reason=_reason(reason), by=by, at=at)


def _reason(reason: str) -> str:
    if not reason.strip():
        raise InputRefused("This needs a reason.", hint="Say why in a few words, without personal details.")
    return reason.strip()


def take_output(workspace: Workspace, number: int, *, by: str, at: datetime) -> tuple[str, str, bytes]:
    """A released output to take along: name, kind and the bytes that were checked. That it is taken is written down before.

    Raises:
        NotFound, Refused: If there is none, or it is not released.
        NotToLeave: If by now something that agencies agreed stands against its leaving.
        ObjectDamaged: If the bytes are not those that were checked.
    """
    content = workspace.objects.get_bytes(ledger.output_row(number).digest)
    row = ledger.record_taken(number, by=by, at=at, may_leave=_may_leave(workspace, number, at))
    return row.name, row.kind, content


def _may_leave(workspace: Workspace, number: int, at: datetime) -> Callable[[OutputRequest], None]:
    """What refuses, inside the transaction that would let it leave, an output that may not leave any more.

    Raises:
        NotFound: If there is no such output.
    """
    asked = ledger.output_row(number)
    content = workspace.objects.get_bytes(asked.digest)
    leaving = _leaving_of(workspace, content, asked.kind, asked.purpose, asked.recipient, release=asked.release)

    def refuse(row: OutputRequest) -> None:
        apart = sorted({each.agency for each in ledger.as_asked(row).checked if is_in_quarantine(each.agency)})
        against = (*not_agreed(leaving, at=at), *(f"{agency} is in quarantine, and one of its people checked it." for agency in apart))
        if against:
            raise NotToLeave(f"{str(row).capitalize()} may not leave now: {'; '.join(against)}")

    return refuse


def record_of_output(workspace: Workspace, number: int) -> bytes:
    """What goes with a released output to whoever gets it: what it is, what it rests on, how it was checked, by which hash it is known.

    Raises:
        NotFound: If there is none, or it was never released: before that, decisions are not everybody's to read.
    """
    row = ledger.output_row(number)
    asked = ledger.as_asked(row)
    if asked.state not in (OutputState.RELEASED, OutputState.RECALLED):
        raise NotFound(f"{str(row).capitalize()} is not released.", hint="Its record goes with it once it is.")
    release = ReleaseRecord.objects.select_related("generation").filter(number=row.release).first() if row.release else None
    detail = show_output(workspace, number, to=row.by).as_dict()
    told = {
        "format": RECORD,
        **{
            name: detail[name]
            for name in ("number", "title", "name", "bytes", "sha256", "recipient", "state", "purpose", "why", "made_from")
        },
        "release": release.number if release else None,
        "generation": release.generation.digest if release else None,
        "methods": release_from_json(workspace.objects.get_bytes(release.digest)).methods if release else {},
        "checks": detail["checks"],
        "checked_by": [
            {"agency": each.agency, "trained": each.trained, "verdict": each.verdict.value, "at": each.at.isoformat()}
            for each in asked.checked
        ],
    }
    return json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True).encode()


def write_output(workspace: Workspace, number: int, folder: Path, *, by: str, at: datetime) -> Path:
    """The same into a folder, with its record beside it.

    Raises:
        EnvironmentProblem: If it cannot be written.
    """
    name, _, content = take_output(workspace, number, by=by, at=at)
    written, _ = write_files(folder, {name: content, f"{name}.record.json": record_of_output(workspace, number)})
    return written


def read_output(workspace: Workspace, number: int) -> tuple[str, str, bytes]:
    """The bytes of a request for those who check it, whatever its state."""
    row = ledger.output_row(number)
    return row.name, row.kind, workspace.objects.get_bytes(row.digest)


def confirm_recall(number: int, *, note: str, by: str, at: datetime) -> None:
    """Let somebody who took a recalled output say what became of their copies.

    Raises:
        NotFound, Refused: If there is nothing that they could confirm.
    """
    ledger.record_confirmed(number, note=note.strip(), by=by, at=at)


def recalled_for(person: str) -> list[OutputLine]:
    """Recalled outputs that somebody took and has not confirmed: they are told until they do."""
    return [_line(row) for row in ledger.recalled_and_unconfirmed(person)]


def look_up_file(content: bytes) -> list[OutputLine]:
    """Every request of exactly these bytes, newest first: whether a file that somebody holds was released, or recalled since."""
    return [_line(row) for row in ledger.outputs_of(hashlib.sha256(content).hexdigest())]


def train_checker(person: str, *, until: date, by: str, at: datetime) -> None:
    """Write down until when somebody's training in output checking holds.

    Raises:
        NotFound: If nobody of that name signs in as a checker.
    """
    if not User.objects.filter(username=person, role=Role.CHECKER).exists():
        raise NotFound(f'No checker signs in as "{person}".', hint="Add one with `sightline user add --role checker --agency …`.")
    ledger.record_training(person, until=until, by=by, at=at)


def agency_of_checker(person: str) -> str:
    """The agency of somebody who checks outputs.

    Raises:
        Refused: If they are no checker.
    """
    user = User.objects.filter(username=person, role=Role.CHECKER).first()
    if user is None:
        raise Refused(f'"{person}" is no checker.', hint="Only somebody who signs in as a checker decides on outputs: name them with --by.")
    return user.agency


def agency_of(person: str) -> str:
    """The agency of somebody who signs in; empty for others."""
    user = User.objects.filter(username=person).first()
    return user.agency if user else ""


def _line(row: OutputRequest) -> OutputLine:
    state = ledger.as_asked(row).state
    return OutputLine(row.number, row.title, row.name, row.recipient, row.by, row.agency, row.at, state, row.digest, row.size)
