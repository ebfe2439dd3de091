"""Submit a return: read it, refuse it or keep it for ever.

The order is what makes it safe: objects first, each whole and on disk; then one short transaction in the ledger; then the receipt. Cut it
short anywhere and either nothing is kept (objects without a ledger row are swept later) or all of it is; submitting again finishes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa

from sightline.app.agreed import AgreedToShare, NotAgreedToShare, agreed_to_share, refuse_to_take, stopped_meanwhile
from sightline.app.care_history import compare_with_other_years
from sightline.app.last_return import compare_with_last_return, with_what_changed
from sightline.app.packages import PackageNotForThis, package_among, read_prepared, refuse_if_naming, refuse_if_richer
from sightline.app.receipts import Receipt, ReturnRefused, as_json, receipt
from sightline.app.rows_of_person import told_of_erased, without_erased
from sightline.app.token_epochs import as_first_told, first_told
from sightline.app.token_keys import check_key
from sightline.app.token_rules import TokenRulesDiffer
from sightline.app.workspace import Workspace
from sightline.definitions.formats import Format
from sightline.definitions.partnership import Agency, Dataset, Mode, Partnership
from sightline.errors import InputRefused, NotFound, Place, Refused
from sightline.governance import Deny
from sightline.intake import IntakeResult, read_apart
from sightline.intake.prepared import PackageRefused
from sightline.ledger import audit, returns
from sightline.ledger.erasures import agreed_marks
from sightline.ledger.models import ObjectKind
from sightline.ledger.returns import NewReturn, Part, Slot
from sightline.model.findings import Finding, Severity
from sightline.model.periods import Quarter
from sightline.privacy.agreed import Kept, finer_than_agreed, keep_agreed
from sightline.privacy.entities import STORED
from sightline.privacy.pseudonyms import pseudonymise
from sightline.store import ObjectStore, file_digest

Progress = Callable[[str, int, int], None]
LOCAL_TIME = ZoneInfo("Europe/London")
NOT_AGREED = "SL-GOV-022"


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of a return's files, and the hashes they had before."""

    digests: Sequence[str]
    result: IntakeResult


def submit_return(
    workspace: Workspace,
    *,
    agency: str,
    dataset: str,
    period: Quarter,
    files: Sequence[Path],
    by: str,
    at: datetime,
    progress: Progress | None = None,
    reading: Reading | None = None,
) -> Receipt:
    """Read a return and keep it as a new version, which holds from now on in place of any earlier one.

    The same bytes for the same agency, dataset and period are one return, however often they are sent: the receipt then says
    ``already_had``. Bytes of an older version that a newer one replaced do not come back by being sent again, because that is mostly
    somebody's delayed copy; withdraw the newer version first.

    Args:
        workspace: Where to keep it.
        agency: The agency's id.
        dataset: The dataset's id.
        period: The quarter it is for; a yearly dataset is sent for the quarter its year ends in.
        files: Files, or folders whose files are all meant.
        by: Who submits.
        at: The instant of submission.
        progress: Told what is being done, how many steps are done and how many there are.
        reading: What `read_ahead` read of the same files, if it was asked to.

    Raises:
        NotFound: If there is no such agency, dataset or file.
        InputRefused: If the period is not one for which this dataset is sent, or has not ended.
        NotAgreedToShare: If no agreement in force covers it; no file is opened, and nothing is stored but the refusal in the audit. Or if
            the one that does was stopped while the files were read: then nothing is kept of it.
        ReturnRefused: If the files have errors; the findings come with it and nothing is stored but the refusal in the audit.
        PackageRefused, PackageNotForThis: If a prepared package was changed, is for something else, or says more than the agency shares.
        KeyNotInUse, RotationMissing, TokenRulesDiffer: If a package's tokens could not be compared with what is there.
        ObjectsErased: If an earlier return with the same bytes was erased in this instant; submitting it again keeps it.
        Refused: If an agency that shares counts only sends records.
    """
    sender = workspace.partnership.agency(agency)
    wanted = sender.dataset(dataset)
    check_period(workspace.partnership, wanted, period, at)
    slot = Slot(agency, dataset, str(period))
    agreed = agreed_to_share(sender, wanted, wanted.covers(period), at=at)
    if isinstance(agreed, Deny):
        raise refuse_to_take(sender, slot, agreed, by=by, at=at)
    sender = agreed.sender
    paths = list_files(files)
    mapping = workspace.format_of(wanted)
    digests = reading.digests if reading else [file_digest(path) for path in paths]
    content = hashlib.sha256(json.dumps(sorted(digests)).encode()).hexdigest()
    kept, key = returns.recognise(slot, content=content, mapping_version=mapping.mapping_version)
    if kept is not None and all(workspace.objects.is_sound(part.digest) for part in kept.parts.all()):
        return receipt(kept, already_had=True)
    try:
        result = reading.result if reading else _read(paths, sender, wanted, period, mapping=mapping, progress=progress)
    except (PackageRefused, PackageNotForThis, TokenRulesDiffer) as problem:
        with audit.writing():
            audit.record("return_refused", f"{agency} {dataset} {period}", by=by, at=at, detail={"findings": [problem.code]})
        raise
    _refuse_if_wrong(sender, slot, result, by=by, at=at)
    _refuse_if_finer(agreed, slot, result, by=by, at=at)
    keys_before = None
    if result.token_key:
        keys_before = check_key(workspace, slot, sender.name, result.token_key, by=by, at=at)
        result = replace(result, tables=as_first_told(result.tables, first_told(workspace.objects, agency)))
    result = with_what_changed(result, compare_with_last_return(workspace, slot, wanted, result.tables))
    result = with_what_changed(result, compare_with_other_years(workspace, slot, wanted, result))
    kept_rows = keep_agreed(pseudonymise(result.tables, key=workspace.identity_key, agency=agency), agreed.permits)
    result = _with_what_was_dropped(result, kept_rows, agreed)
    covers = wanted.covers(period)
    erased = without_erased(workspace, kept_rows.tables, agreed_marks(agency, about_to=covers[1]))
    result = replace(result, findings=(*result.findings, *told_of_erased(erased)), rows_kept=max(0, result.rows_kept - erased.file_rows))
    # A file as it came holds every column and everybody: where some were not agreed, or somebody was erased, it is not kept, and its
    # hash alone says what it was.
    parts = [] if kept_rows.dropped or erased.rows else _store_files(workspace.objects, paths, digests)
    parts += _store_tables(workspace, erased.tables, slot, mapping, return_id=returns.return_id(key))
    if kept is not None:
        # Its objects were damaged or lost: the same bytes, read by the same mapping, have just put them back.
        return receipt(kept, already_had=True)
    new = NewReturn(
        slot=slot,
        period_from=covers[0],
        period_to=covers[1],
        key=key,
        content=content,
        mapping_version=mapping.mapping_version,
        rows_read=result.rows_read,
        rows_kept=result.rows_kept,
        findings=as_json(result.findings),
        not_checked=as_json(result.not_checked),
        mapped_fields=as_json(result.mapped),
        parts=parts,
        agreement_version=agreed.version,
        not_agreed=kept_rows.dropped,
        token_key=result.token_key,
        keys_before=keys_before,
    )
    with audit.writing():
        stopped = stopped_meanwhile(agreed, wanted, covers, at=at)
        if stopped is None:
            version, already_had = returns.keep_return(new, is_there=workspace.objects.is_there, by=by, at=at)
    if stopped is not None:
        raise refuse_to_take(sender, slot, stopped, by=by, at=at)
    return receipt(version, already_had=already_had)


def read_ahead(sender: Agency, workspace: Workspace, *, dataset: str, period: Quarter, files: Sequence[Path]) -> Reading:
    """Read the files of a return before its turn comes, while another is being kept; nothing is written, and no ledger is asked.

    Args:
        sender: The agency as `agreed_to_share` gave it: what may not be handed in is not read either.
        workspace: Where its mappings are.
        dataset: The dataset's id.
        period: The quarter it is for.
        files: Files, or folders whose files are all meant.

    Raises:
        NotFound, PackageRefused, PackageNotForThis, Refused: As `submit_return` does.
    """
    wanted = sender.dataset(dataset)
    paths = list_files(files)
    digests = [file_digest(path) for path in paths]
    return Reading(digests, _read(paths, sender, wanted, period, mapping=workspace.format_of(wanted), progress=None))


def check_period(partnership: Partnership, dataset: Dataset, period: Quarter, at: datetime) -> None:
    """Refuse a period for which this dataset is not sent: before the first, not yet ended, or not one of its quarters.

    Raises:
        InputRefused: With the periods that can be sent.
    """
    calendar = partnership.periods(dataset, at.astimezone(LOCAL_TIME).date())
    if period in calendar:
        return
    known = f"{', '.join(map(str, calendar[-4:]))}, back to {calendar[0]}" if calendar else "none has ended yet"
    why = "has not ended" if period.end >= at.astimezone(LOCAL_TIME).date() else f"is not one for which {dataset.title} is sent"
    raise InputRefused(f"{period} ({period.title}) {why}.", hint=f"Periods that can be sent: {known}.")


def list_files(files: Sequence[Path]) -> list[Path]:
    """The files meant, a folder standing for the files in it, in order of name.

    Raises:
        NotFound: If one does not exist.
        InputRefused: If there is none, or one is no ordinary file.
    """
    found: list[Path] = []
    for path in files:
        if path.is_dir():
            found += [inside for inside in path.iterdir() if not inside.is_dir() and not inside.name.startswith(".")]
        elif path.exists():
            found.append(path)
        else:
            raise NotFound("There is no such file.", place=Place(file=str(path)))
    for path in found:
        _refuse_what_is_no_file(path, named=path in files)
    if not found:
        raise InputRefused("There is no file to read.", hint="Name the return's file or files, or a folder that holds them.")
    return sorted(set(found), key=lambda path: (path.name, str(path)))


def _refuse_what_is_no_file(path: Path, *, named: bool) -> None:
    """A device or a pipe never ends, and a link that came with a folder may point at anything of this machine's."""
    if not path.is_file():
        raise InputRefused("This is not an ordinary file.", place=Place(file=path.name), hint="Send a copy of the file itself.")
    if path.is_symlink() and not named:
        raise InputRefused(
            "This is a link to another file, which was not followed.", place=Place(file=path.name), hint="Send a copy of the file itself."
        )


def _read(
    paths: Sequence[Path], sender: Agency, dataset: Dataset, period: Quarter, *, mapping: Format, progress: Progress | None
) -> IntakeResult:
    """The rows of a return: from the package that the agency prepared, or from its own files."""
    package = package_among(paths)
    if package is not None:
        return read_prepared(package, sender=sender, dataset=dataset, period=period, mapping=mapping, progress=progress)
    result = read_apart(paths, mapping=mapping, period=period, agency=sender.id, dataset=dataset.id, progress=progress)
    if sender.mode is Mode.PSEUDONYMISED and not result.refused:
        refuse_if_richer(result.tables, sender)
    if sender.mode is Mode.AGGREGATE_ONLY and not result.refused and set(result.tables) <= {"aggregate_count"}:
        refuse_if_naming(result.tables, sender)
    return result


def _refuse_if_wrong(sender: Agency, slot: Slot, result: IntakeResult, *, by: str, at: datetime) -> None:
    where = f"{slot.agency} {slot.dataset} {slot.period}"
    if result.refused:
        codes = sorted({finding.code for finding in result.findings})
        with audit.writing():
            audit.record("return_refused", where, by=by, at=at, detail={"findings": codes})
        raise ReturnRefused(sender.name, result.findings, result.not_checked)
    richer = sorted(name for name in result.tables if name != "aggregate_count")
    if sender.mode is Mode.AGGREGATE_ONLY and richer:
        with audit.writing():
            audit.record("return_refused", where, by=by, at=at, detail={"richer_than": sender.mode.value})
        raise Refused(
            f"{sender.name} shares counts only, and these files hold records ({', '.join(richer)}).",
            hint="Send the counts. Nothing was stored.",
        )


def _refuse_if_finer(agreed: AgreedToShare, slot: Slot, result: IntakeResult, *, by: str, at: datetime) -> None:
    finer = finer_than_agreed(result.tables, agreed.limits)
    if not finer:
        return
    with audit.writing():
        where = f"{slot.agency} {slot.dataset} {slot.period}"
        audit.record("return_refused", where, by=by, at=at, detail={"finer_than_agreed": finer})
    raise NotAgreedToShare(
        f"{agreed.version} agrees less exact values than these files hold: {', '.join(finer)}.",
        hint="Prepare the return at the agency (`sightline prepare`) and submit the package. Nothing was stored.",
    )


def _with_what_was_dropped(result: IntakeResult, kept: Kept, agreed: AgreedToShare) -> IntakeResult:
    """The result with a note on what was not agreed; what was dropped is not told as mapped."""
    if not kept.dropped:
        return result
    note = Finding(
        code=NOT_AGREED,
        severity=Severity.NOTE,
        text=f"Fields that {agreed.version} does not list were dropped and not stored: {', '.join(sorted(kept.dropped))}.",
        hint="Leave them out of the extract, or agree them in a new version.",
        place=Place(),
        rows=max(kept.dropped.values()),
    )
    mapped = tuple(each for each in result.mapped if agreed.permits(f"{each.entity}.{each.field}"))
    return replace(result, findings=(*result.findings, note), mapped=mapped)


def _store_files(objects: ObjectStore, paths: Sequence[Path], digests: Sequence[str]) -> list[Part]:
    """Keep the files as they came.

    Raises:
        InputRefused: If one changed while it was being read: what is kept must be what was checked.
    """
    parts = []
    for path, expected in zip(paths, digests, strict=True):
        if objects.put_file(path) != expected:
            raise InputRefused(
                "The file changed while it was being read.", place=Place(file=path.name), hint="Submit it again when it is whole."
            )
        parts.append(Part(ObjectKind.RAW, expected, objects.size(expected), file_name=path.name))
    return parts


def _store_tables(workspace: Workspace, tables: Mapping[str, pa.Table], slot: Slot, mapping: Format, *, return_id: str) -> list[Part]:
    """Keep the rows, one object for each entity, with keyed ids and lineage; equal returns give equal bytes."""
    lineage = {"return_id": return_id, "agency_id": slot.agency, "dataset": slot.dataset, "mapping_version": mapping.mapping_version}
    parts = []
    for name, table in sorted(tables.items()):
        if table.num_rows == 0:
            continue
        digest = workspace.objects.put_table(_with_lineage(table, STORED[name].schema, lineage))
        parts.append(Part(ObjectKind.TABLE, digest, workspace.objects.size(digest), entity=name, rows=table.num_rows))
    return parts


def _with_lineage(table: pa.Table, schema: pa.Schema, lineage: dict[str, str]) -> pa.Table:
    for name, value in lineage.items():
        table = table.append_column(name, pa.repeat(value, table.num_rows))
    return (
        table.select(schema.names)
        .cast(schema)
        .sort_by([("source_file", "ascending"), ("source_row", "ascending"), (schema.names[0], "ascending")])
    )
