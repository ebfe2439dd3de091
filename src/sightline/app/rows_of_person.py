"""One person's rows within returns, to be erased: where they are, and the returns as they are without them.

The ledger knows whom it concerns by a keyed mark alone (`privacy.erased`). A return that holds is replaced by one without the rows, which
has no file as it came: that names the person too. Earlier versions, and returns withdrawn, go whole: they could not be counted from
again either way.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import Q

from sightline.app.receipts import as_json
from sightline.app.token_epochs import IDENTITY, OWN_NUMBER, first_told, read_rotation, steps_from
from sightline.app.workspace import Workspace
from sightline.errors import InputRefused, NotFound, Place
from sightline.ledger.access_models import AccessRequest
from sightline.ledger.models import LinkOverride, LinkReviewPair, ObjectKind, ReturnObject, ReturnVersion
from sightline.ledger.replaced import Replacement, TurnedFile, next_key
from sightline.ledger.returns import Part, return_id
from sightline.ledger.states import State
from sightline.ledger.subject_models import BreakGlass, NonDisclosure
from sightline.ledger.token_keys import keys_of, rotations_of
from sightline.model.findings import Finding, Severity
from sightline.model.rotations import Rotation
from sightline.privacy.erased import Removed, erasure_mark, marked_among, without_people
from sightline.privacy.pseudonyms import identity_id

ERASED_ROWS = "SL-GOV-024"
_TOKENS = re.compile(r"t:[0-9a-f]{32}|(?<![0-9a-f:])[0-9a-f]{20}(?![0-9a-f])")


@dataclass(frozen=True, slots=True)
class Holding:
    """One return that holds something of a person: how many rows, and whether it goes on without them."""

    return_id: str
    told_as: str
    rows: int
    goes_on: bool


def mark_of(workspace: Workspace, agency: str, number: str) -> str:
    """The mark of a person whom an agency knows by a number of its own (or by the token of it, where it sends tokens).

    Raises:
        InputRefused: If no number is given.
        NotFound: If there is no such agency.
    """
    workspace.partnership.agency(agency)
    told = number.strip()
    if not told:
        raise InputRefused("No number is given.", hint="Give the agency's own number for the person, as its returns have it.")
    told = first_told(workspace.objects, agency).get(told, told)
    return erasure_mark(identity_id(told, key=workspace.identity_key, agency=agency), key=workspace.identity_key)


def marks_under_other_keys(workspace: Workspace, agency: str, mark: str) -> set[str]:
    """The marks of the same person under keys that came later: once the rotation files are without the person, nothing else tells."""

    def marked(told: str) -> str:
        return erasure_mark(identity_id(told, key=workspace.identity_key, agency=agency), key=workspace.identity_key)

    back = first_told(workspace.objects, agency)
    same = {first for first in set(back.values()) if marked(first) == mark}
    return {marked(token) for token, first in back.items() if first in same}


def holdings_of(workspace: Workspace, agency: str, mark: str) -> list[Holding]:
    """Every return of an agency that holds something of a person: rows, or the file that such a return came as.

    Raises:
        NotFound: If none does.
    """
    versions = list(ReturnVersion.objects.filter(agency=agency).exclude(state=State.ERASED).order_by("period", "dataset", "version"))
    rows = {version.id: _removed(workspace, version, {mark}).total for version in versions}
    files = set(ReturnObject.objects.filter(kind=ObjectKind.RAW, return_version__in=[id for id in rows if rows[id]]).values_list("digest"))
    same_file = set(
        ReturnObject.objects.filter(kind=ObjectKind.RAW, digest__in=[each for (each,) in files]).values_list("return_version_id")
    )
    named = [each for each in versions if rows[each.id] or (each.id,) in same_file]
    if not named:
        raise NotFound("No return of this agency holds anything of that person.", hint="Check the agency's own number for the person.")
    return [Holding(each.id, str(each), rows[each.id], each.state == State.ACCEPTED) for each in named]


def facts_naming(workspace: Workspace, agency: str, number: str) -> dict[str, int]:
    """How many facts of each kind of `catalogue/agreements/kept_after_erasure.yml` name the person's stand-in in the ledger, and stay."""
    told = first_told(workspace.objects, agency).get(number.strip(), number.strip())
    who = identity_id(told, key=workspace.identity_key, agency=agency)
    concerned = Q(left=who) | Q(right=who)
    return {
        "links": LinkOverride.objects.filter(concerned).count() + LinkReviewPair.objects.filter(concerned).count(),
        "emergencies": _naming(BreakGlass.objects.values_list("identities", flat=True), who),
        "not_disclosed": _naming(NonDisclosure.objects.values_list("identities", flat=True), who),
        "requests": _naming(AccessRequest.objects.values_list("identities", flat=True), who),
    }


def _naming(facts: Iterable[Collection[str]], who: str) -> int:
    return sum(who in identities for identities in facts)


def replacements(workspace: Workspace, returns: Sequence[str], mark: str) -> list[Replacement]:
    """The returns that hold, as they go on without a person: their tables are written, and nothing names them yet."""
    found = ReturnVersion.objects.filter(id__in=returns, state=State.ACCEPTED).order_by("id")
    return [_without(workspace, version, mark) for version in found]


def without_erased(workspace: Workspace, tables: Mapping[str, pa.Table], marks: Collection[str]) -> Removed:
    """Rows of a return that comes in, without people who were erased from what it tells of."""
    return without_people(tables, marked_among(tables, marks, key=workspace.identity_key)) if marks else Removed(tables)


def told_of_erased(removed: Removed) -> tuple[Finding, ...]:
    """What the agency is told of rows that were not kept."""
    if not removed.total:
        return ()
    text = "Rows of people who were erased from this period's returns were not kept, and the file as it came was not either."
    hint = "Later periods are taken as they come. Ask a data protection officer if these rows should have been kept."
    return (Finding(ERASED_ROWS, Severity.NOTE, text, hint, Place(), removed.total),)


def without_marked(table: pa.Table, marks: Collection[str], *, key: bytes) -> pa.Table:
    """A table of identities from an earlier linkage, without those who were erased: what follows never tells of them."""
    if not marks:
        return table
    gone = [each for each in pc.unique(table["identity_id"]).to_pylist() if erasure_mark(each, key=key) in set(marks)]
    return table.filter(pc.invert(pc.is_in(table["identity_id"], pa.array(gone, pa.string()))))


def _tables(workspace: Workspace, version: ReturnVersion) -> dict[str, pa.Table]:
    parts = version.parts.filter(kind=ObjectKind.TABLE).order_by("id")
    return {part.entity: workspace.objects.get_table(part.digest) for part in parts}


def _removed(workspace: Workspace, version: ReturnVersion, marks: Collection[str]) -> Removed:
    tables = _tables(workspace, version)
    return without_people(tables, marked_among(tables, marks, key=workspace.identity_key))


def _without(workspace: Workspace, version: ReturnVersion, mark: str) -> Replacement:
    before = _tables(workspace, version)
    removed = without_people(before, marked_among(before, {mark}, key=workspace.identity_key))
    key = next_key(version)
    parts = []
    for name, table in sorted(removed.tables.items()):
        if table.num_rows == 0:
            continue
        place = table.column_names.index("return_id")
        named = table.set_column(place, "return_id", pa.repeat(return_id(key), table.num_rows).cast(table.schema.field(place).type))
        digest = workspace.objects.put_table(named)
        parts.append(Part(ObjectKind.TABLE, digest, workspace.objects.size(digest), entity=name, rows=table.num_rows))
    return Replacement(
        of=version.id,
        key=key,
        parts=parts,
        rows_kept=max(0, version.rows_kept - removed.file_rows),
        findings=[*version.findings, *as_json(told_of_erased(removed))],
        token_key=keys_of([version.id]).get(version.id, ""),
        rotations=_turned(workspace, version, before, removed),
    )


def _turned(workspace: Workspace, version: ReturnVersion, before: Mapping[str, pa.Table], removed: Removed) -> list[TurnedFile]:
    """The rotation files of a return without the tokens that stood for the person alone."""
    own = keys_of([version.id]).get(version.id, "")
    gone = _tokens(workspace, version, before, own) - _tokens(workspace, version, removed.tables, own)
    turned = []
    for taken in steps_from(own, rotations_of([version.id])):
        whole = read_rotation(workspace.objects, taken)
        left = {old: new for old, new in whole.pairs.items() if old not in gone}
        gone = {whole.pairs[old] for old in gone if old in whole.pairs} - set(left.values())
        file = Rotation(whole.agency, whole.dataset, whole.period, whole.old_key, whole.new_key, left)
        turned.append(TurnedFile(taken.old_key, taken.new_key, workspace.objects.put_bytes(file.to_bytes()), len(left)))
    return turned


def _tokens(workspace: Workspace, version: ReturnVersion, tables: Mapping[str, pa.Table], own: str) -> set[str]:
    """The tokens of people's numbers and names in a return, as its own key makes them."""
    records = tables.get(IDENTITY)
    if records is None or not own:
        return set()
    own_numbers = {first: token for token, first in first_told(workspace.objects, version.agency, until=own).items()}
    found: set[str] = set()
    for column in records.column_names:
        if records[column].type == pa.string() and column not in ("identity_id", "identity_record_id", "return_id"):
            tokens = {token for text in pc.unique(records[column]).drop_null().to_pylist() for token in _TOKENS.findall(text)}
            found |= {own_numbers.get(token, token) for token in tokens} if column == OWN_NUMBER else tokens
    return found
