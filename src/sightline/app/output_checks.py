"""The automatic checks of a file that is to leave, before anybody is asked to look at it.

A check stops a request, or names what its checkers have to look at, or says that it could not be made: that is never the same as passing.
Explained in docs/explanation/output-checking.md.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any

from sightline.app.attack_release import report_of
from sightline.app.held_release import hold_files, hold_release
from sightline.app.output_scans import MOST_TOLD, Seen, Text, Unreadable, blaming_words_in, identifiers_in, small_numbers_in, texts_of
from sightline.app.released_files import ReadFiles, take
from sightline.app.workspace import Workspace
from sightline.errors import InputRefused
from sightline.governance import Action, Deny, Principal, Resource, Standing, decide
from sightline.ledger.agreements import standings
from sightline.ledger.models import GenerationReturn, ProtectedTableRecord, ReleaseRecord
from sightline.ledger.scope import whole_partnership
from sightline.model.agreements import Mode, Tier
from sightline.model.exported import may_be_calculated
from sightline.model.outputs import PUBLIC
from sightline.model.releases import Release, release_from_json
from sightline.publish.attack_report import ATTACK, read_attack

KINDS = ("csv", "json", "html", "pdf", "xlsx", "svg", "png")
MOST_BYTES = 20_000_000
MOST_ROWS = 5_000
_SHOWN = 3
_TABLES = 200
"""A file is held against so many of the newest published tables."""
_EARLIER = 8
"""A file that somebody brought is put beside so many of the newest releases."""


class Outcome(StrEnum):
    """What came of one check."""

    PASSED = "passed"
    LOOK = "look"
    STOPPED = "stopped"
    NOT_CHECKED = "not_checked"


OUTCOME_WORDS = {
    Outcome.PASSED: "nothing found",
    Outcome.LOOK: "to look at",
    Outcome.STOPPED: "stops it",
    Outcome.NOT_CHECKED: "could not be checked",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One check and what came of it, in words that hold no value of the file."""

    id: str
    title: str
    outcome: Outcome
    says: str
    found: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        return OUTCOME_WORDS[self.outcome]


@dataclass(frozen=True, slots=True)
class Leaving:
    """A file that is to leave.

    Args:
        release: The release that made it byte for byte, if one did.
        table: The protected table it is, if it is one.
        recipient: ``public``, or the id of an agency or body.
        table_tier: For which tier the table was made.
        same_words: Kind and bytes of another file that says the same, where the words of this one cannot be read.
    """

    content: bytes
    kind: str
    purpose: str
    recipient: str
    release: ReleaseRecord | None = None
    table: ProtectedTableRecord | None = None
    table_tier: str = ""
    same_words: tuple[str, bytes] | None = None

    @property
    def tier(self) -> Tier:
        """For whom it will be."""
        return Tier.COMMUNITY if self.recipient == PUBLIC else Tier.STRATEGIC


@whole_partnership()
def run_checks(workspace: Workspace, leaving: Leaving, *, at: datetime) -> list[Check]:
    """Make every check; their order is that of the report."""
    texts, unreadable = _texts(leaving)
    return [
        _form(leaving, texts),
        _tier(leaving),
        _agreements(leaving, at),
        _disclosure(workspace, leaving, at),
        *(_searched(each, texts, unreadable) for each in SEARCHES),
    ]


@whole_partnership()
def not_agreed(leaving: Leaving, *, at: datetime) -> tuple[str, ...]:
    """What stands against a file's leaving at an instant, of all that agencies agreed; asked anew whenever it comes nearer to leaving."""
    asked = _agreements(leaving, at)
    return asked.found if asked.outcome is Outcome.STOPPED else ()


def is_stopped(checks: Iterable[Check]) -> bool:
    """Whether any check stops the request."""
    return any(each.outcome is Outcome.STOPPED for each in checks)


def checks_to_json(checks: Sequence[Check]) -> bytes:
    """The checks as they are kept."""
    return json.dumps([asdict(each) for each in checks], ensure_ascii=False, indent=1, sort_keys=True).encode()


def checks_from_json(content: bytes) -> list[Check]:
    """What `checks_to_json` gave."""
    return [Check(**{**each, "outcome": Outcome(each["outcome"]), "found": tuple(each["found"])}) for each in json.loads(content)]


def _texts(leaving: Leaving) -> tuple[list[Text], str]:
    kind, content = leaving.same_words or (leaving.kind, leaving.content)
    try:
        return texts_of(kind, content), ""
    except Unreadable as problem:
        return [], str(problem)


def published_table(workspace: Workspace, content: bytes, kind: str) -> tuple[ProtectedTableRecord | None, str]:
    """The published table whose numbers these are, cell by cell, and the tier it was made for; none where there is no such table."""
    if kind not in ("csv", "json"):
        return None, ""
    for record in ProtectedTableRecord.objects.order_by("-number")[:_TABLES]:
        told = json.loads(workspace.objects.get_bytes(record.digest))
        if hashlib.sha256(content).hexdigest() == record.digest or (kind == "csv" and _cells_of(content, told["columns"]) == told["cells"]):
            return record, str(told["tier"])
    return None, ""


def _cells_of(content: bytes, columns: Sequence[str]) -> list[dict[str, str]] | None:
    """The cells of a table's CSV as its JSON has them; None where it is no such CSV."""
    try:
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
        return [{name: row[name] for name in (*columns, "count")} for row in rows]
    except (ValueError, KeyError, csv.Error):
        return None


_SIGNS: Mapping[str, tuple[bytes, ...]] = {"pdf": (b"%PDF-",), "png": (b"\x89PNG\r\n\x1a\n",), "xlsx": (b"PK\x03\x04",)}


def _form(leaving: Leaving, texts: list[Text]) -> Check:
    """Kind, size, number of rows, formulas, and what a page could load or run."""
    stopping, look = [], []
    if leaving.kind not in KINDS:
        stopping.append(f"Only {', '.join(KINDS)} may leave.")
    signs = _SIGNS.get(leaving.kind)
    if signs and not leaving.content.startswith(signs):
        stopping.append(f"It is no {leaving.kind.upper()} file, whatever its name says.")
    if len(leaving.content) > MOST_BYTES:
        stopping.append(f"It is larger than {MOST_BYTES // 1_000_000} MB.")
    if not leaving.content:
        stopping.append("It is empty.")
    if leaving.kind in ("csv", "xlsx") and any(may_be_calculated(each.text) for each in texts):
        stopping.append("A cell begins a formula.")
    if leaving.kind in ("html", "svg") and _reaches_out(leaving.content):
        stopping.append("It holds a script, or loads something from elsewhere.")
    rows = sum(each.where.endswith("column 1") for each in texts)
    if rows > MOST_ROWS:
        look.append(f"It has {rows:,} rows; more than {MOST_ROWS:,} are seldom needed, and nobody can read them all.")
    if stopping or look:
        return Check("form", "The file itself", Outcome.STOPPED if stopping else Outcome.LOOK, " ".join(stopping + look))
    return Check("form", "The file itself", Outcome.PASSED, f"A {leaving.kind.upper()} file of {len(leaving.content):,} bytes.")


def _reaches_out(content: bytes) -> bool:
    lowered = content.lower()
    return any(
        sign in lowered for sign in (b"<script", b"<iframe", b"<object", b"<embed", b"javascript:", b' src="http', b"<foreignobject")
    )


def _tier(leaving: Leaving) -> Check:
    """What was made for those who plan is rounded less than what is for everybody."""
    made_for = leaving.table_tier or ("strategic" if leaving.release else "")
    if leaving.recipient != PUBLIC:
        if made_for == "operational":
            return Check("tier", "For whom it was made", Outcome.STOPPED, "It was made for the operational tier and does not leave it.")
        return Check("tier", "For whom it was made", Outcome.PASSED, f"It goes to a named body ({leaving.recipient}).")
    if made_for in ("community", "export"):
        return Check("tier", "For whom it was made", Outcome.PASSED, f"It was made under a profile of the {made_for} tier.")
    if made_for:
        says = f"It was made for the {made_for} tier; publish it under a profile of the community tier first (`sightline export-table`)."
        return Check("tier", "For whom it was made", Outcome.STOPPED, says)
    return Check("tier", "For whom it was made", Outcome.NOT_CHECKED, "Sightline did not make it as it is, so its tier is not known.")


def _agreements(leaving: Leaving, at: datetime) -> Check:
    """Every return behind the file is asked whether it may go there, for that purpose."""
    title = "What agencies agreed"
    generation = leaving.table.generation_id if leaving.table else leaving.release.generation_id if leaving.release else None
    beside = ""
    if generation is None:
        newest = ReleaseRecord.objects.order_by("-number").first()
        if newest is None:
            return Check("agreements", title, Outcome.NOT_CHECKED, "There is no release: it is not known whose returns are behind it.")
        generation, beside = (
            newest.generation_id,
            " It was not made here as it is: the returns of the newest release were asked about.",
        )
    held = standings()
    denied: dict[str, None] = {}
    asked = 0
    for each in GenerationReturn.objects.filter(generation_id=generation).select_related("return_version"):
        asked += 1
        answer = _may_leave(leaving, each.return_version, at, held)
        if isinstance(answer, Deny):
            denied[f"{each.return_version.agency} {each.return_version.dataset}: {answer.reasons[0].what}"] = None
    if denied:
        return Check("agreements", title, Outcome.STOPPED, f"Not agreed for what is behind it.{beside}", _listed(denied))
    if not asked:
        return Check("agreements", title, Outcome.NOT_CHECKED, "No return is behind it that could be asked about.")
    return Check("agreements", title, Outcome.PASSED, f"Agreements in force allow it for each of {asked:,} returns behind it.{beside}")


def _may_leave(leaving: Leaving, version: Any, at: datetime, held: Sequence[Standing]) -> Any:
    """The partnership itself publishes; everybody else is a recipient whom the agreements have to know."""
    asked = Resource(version.agency, version.dataset, version.period_from, version.period_to, Mode.AGGREGATE_ONLY)
    is_public = leaving.recipient == PUBLIC
    who = Principal("the partnership" if is_public else leaving.recipient, "" if is_public else leaving.recipient, Tier.STRATEGIC)
    return decide(who, Action.RELEASE if is_public else Action.SHARE, asked, leaving.purpose, leaving.tier, (), at, held)


def _disclosure(workspace: Workspace, leaving: Leaving, at: datetime) -> Check:
    """The audit that the release or table passed when it was made; a file that somebody brought is attacked now."""
    title = "Whether small numbers can be worked out"
    if leaving.table is not None:
        says = f"It is table {leaving.table.number}, audited together with every release and table before it when it was published."
        return Check("disclosure", title, Outcome.PASSED, says)
    if leaving.release is not None:
        return _of_release(workspace, leaving.release, title)
    read = ReadFiles()
    take(read, f"file.{leaving.kind}", leaving.content)
    if read.is_empty or not (read.figures or read.tables or read.release):
        says = "Its numbers are in no form that can be attacked automatically: hold each one against the release it comes from."
        return Check("disclosure", title, Outcome.NOT_CHECKED, says)
    made = ReleaseRecord.objects.filter(created_at__lte=at).order_by("number")
    earlier = [release_from_json(workspace.objects.get_bytes(each.digest)) for each in list(made)[-_EARLIER:]]
    try:
        report = report_of(
            hold_files(read, method=_method_of(earlier)), earlier=[hold_release(each) for each in earlier], read=("the file",)
        )
    except InputRefused as refused:
        return Check("disclosure", title, Outcome.NOT_CHECKED, f"{refused.message} {refused.hint}")
    if report.found:
        told = [f"{each.id}: {found.where}: {found.what}" for each in report.outcomes for found in each.findings]
        return Check("disclosure", title, Outcome.STOPPED, f"{report.found:,} places give something away.", _listed(told))
    tried = sum(bool(each.tried) for each in report.outcomes)
    says = f"{tried} attacks were tried on it beside the newest {len(earlier)} releases, and found nothing."
    return Check("disclosure", title, Outcome.PASSED, says)


def _method_of(earlier: Sequence[Release]) -> str | None:
    return earlier[-1].methods["disclosure"] if earlier else None


def _of_release(workspace: Workspace, record: ReleaseRecord, title: str) -> Check:
    if record.withdrawn_at is not None:
        return Check("disclosure", title, Outcome.STOPPED, f"It is of release {record.number}, which was withdrawn.")
    kept = record.attachments.get(ATTACK)
    if kept is None:
        says = f"It is of release {record.number}, which was not attacked when it was made: attack it (`sightline attack`)."
        return Check("disclosure", title, Outcome.NOT_CHECKED, says)
    report = read_attack(workspace.objects.get_bytes(kept))
    tried = sum(bool(each["tried"]) for each in report["attacks"])
    if report["found"]:
        return Check("disclosure", title, Outcome.STOPPED, f"Attacks on release {record.number} found {report['found']:,} places.")
    says = f"It is what release {record.number} shows, byte for byte; {tried} attacks on it, beside all before it, found nothing."
    return Check("disclosure", title, Outcome.PASSED, says)


@dataclass(frozen=True, slots=True)
class Search:
    """One search of a file's texts, and what a find means."""

    id: str
    title: str
    look: Callable[[list[Text]], list[Seen]]
    otherwise: Outcome


SEARCHES = (
    Search("identifiers", "What names a person", identifiers_in, Outcome.STOPPED),
    Search("small_numbers", "Small numbers in sentences", small_numbers_in, Outcome.LOOK),
    Search("language", "Words that blame or label", blaming_words_in, Outcome.LOOK),
)


def _searched(search: Search, texts: list[Text], unreadable: str) -> Check:
    if unreadable:
        return Check(search.id, search.title, Outcome.NOT_CHECKED, f"{unreadable} Read it yourself.")
    places: dict[str, list[str]] = {}
    for each in search.look(texts):
        places.setdefault(each.what, []).append(each.where)
    if not places:
        return Check(search.id, search.title, Outcome.PASSED, f"{len(texts):,} texts were read.")
    told = [f"{what} ({len(where):,}): {'; '.join(where[:_SHOWN])}{' …' if len(where) > _SHOWN else ''}" for what, where in places.items()]
    found = sum(map(len, places.values()))
    return Check(
        search.id,
        search.title,
        search.otherwise,
        f"{found:,} {'place' if found == 1 else 'places'} in {len(texts):,} texts.",
        _listed(told),
    )


def _listed(told: Iterable[str]) -> tuple[str, ...]:
    every = list(told)
    more = (f"and {len(every) - MOST_TOLD:,} more",) if len(every) > MOST_TOLD else ()
    return (*islice(every, MOST_TOLD), *more)
