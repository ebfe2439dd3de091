"""A tiny partnership for tests of the ledger and of what stands on it, with a reader of its own so that they do not depend on intake."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa

from sightline.app import submit_return as submitting
from sightline.app.receipts import Receipt
from sightline.app.start import create_workspace
from sightline.app.workspace import Workspace
from sightline.errors import Place
from sightline.intake import IntakeResult
from sightline.ledger.agreement_models import AgreementSignature, AgreementVersion
from sightline.ledger.agreements import digest_of, is_known
from sightline.ledger.linkages import record_linkage
from sightline.model.entities import LINK_SCHEMA, PERSON_SCHEMA
from sightline.model.findings import Finding, MappedField, Severity
from sightline.model.periods import Quarter
from sightline.privacy.entities import STORED
from sightline.privacy.pseudonyms import identity_id
from tests.support.agreements import covering, write_agreements

Q4, Q1 = Quarter(2025, 4), Quarter(2026, 1)
NOW = datetime(2026, 5, 15, 9, tzinfo=UTC)

PARTNERSHIP = """
id: testing
name: Testing Partnership
area: Testing
authority_code: "999"
first_period: 2025-Q1
agencies:
  - id: csc
    name: Children's social care
    mode: record_level
    datasets:
      - {id: annex_a, title: Annex A lists, format: annex_a, every: quarter, due_days: 21}
      - {id: cin_census, title: Children in need census, format: cin_census, every: year, due_days: 60}
  - id: police
    name: Police
    mode: record_level
    datasets:
      - {id: police, title: Occurrences, format: annex_a, every: quarter, due_days: 30, settles_after: 2}
  - id: education
    name: Education
    mode: record_level
    datasets:
      - {id: school_census, title: School census, format: annex_a, every: term, due_days: 42}
  - id: voluntary
    name: Harbour Light
    mode: aggregate_only
    datasets:
      - {id: voluntary_counts, title: Counts, format: annex_a, every: quarter, due_days: 30}
"""


def write_partnership(folder: Path, text: str = PARTNERSHIP, *, agreements: dict[str, dict[str, Any]] | None = None) -> Path:
    """A partnership's definition, with the files of these agreements."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "partnership.yml").write_text(text, encoding="utf-8")
    if agreements:
        write_agreements(folder / "agreements", agreements)
    return folder


def write_geography(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "wards.geojson").write_text('{"type": "FeatureCollection", "features": []}', encoding="utf-8")
    (folder / "wards.csv").write_text("ward_code,ward_name\nW01,Harbour\nW02,Dunes\n", encoding="utf-8")
    (folder / "postcodes.csv").write_text("postcode,ward_code,easting,northing\nQS1 1AA,W01,1,2\n", encoding="utf-8")
    (folder / "population.csv").write_text("ward_code,age_band,sex,ethnicity,children\nW01,10-12,female,white,100\n", encoding="utf-8")
    return folder


def make_workspace(folder: Path, text: str = PARTNERSHIP, *, agreements: dict[str, dict[str, Any]] | None = None) -> Workspace:
    """A workspace whose agencies agreed to share all they send, unless other agreements are given."""
    defined, places = write_partnership(folder / "partnership", text, agreements=agreements), write_geography(folder / "geography")
    if agreements is None:
        return create_agreed(folder / "workspace", defined, places)
    return create_workspace(folder / "workspace", partnership=defined, geography=places, by="tester", at=NOW)


def create_agreed(root: Path, partnership: Path, geography: Path) -> Workspace:
    """A workspace whose agencies agreed to share everything they send; the audit is empty, for tests that tell what comes into it."""
    made = Workspace.create(root, partnership, geography)
    if not is_known(agreement := covering(made.partnership)):
        row = AgreementVersion.objects.create(
            agreement=agreement.id, version=1, terms=agreement.as_document(), digest=digest_of(agreement), at=NOW, by="tester"
        )
        AgreementSignature.objects.bulk_create(
            AgreementSignature(version=row, party=each.party, person=each.person, role=each.role, signed_at=each.at, at=NOW, by="tester")
            for each in agreement.signatories
        )
    return made


def write_extract(path: Path, **tables: list[dict[str, Any]]) -> Path:
    """An extract that `read_plainly` reads: rows by entity, dates as ISO text. ``_error`` or ``_query`` makes it give a finding."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(tables, default=str), encoding="utf-8")
    return path


def referral(local_id: str, day: str = "2026-02-03", **more: Any) -> dict[str, Any]:
    return {"local_id": local_id, "received_on": day, **more}


def read_plainly(
    files: Sequence[Path],
    *,
    mapping: Any,
    period: Quarter,
    agency: str,
    dataset: str,
    progress: Callable[[str, int, int], None] | None = None,
) -> IntakeResult:
    """Stands in for `sightline.intake.read_apart` on files of `write_extract`."""
    rows: dict[str, list[dict[str, Any]]] = {}
    findings = []
    for path in files:
        for entity, found in json.loads(path.read_text(encoding="utf-8")).items():
            if entity in ("_block", "_query"):
                severity = Severity(entity.removeprefix("_"))
                findings.append(
                    Finding("SL-INT-900", severity, "Something is odd.", "Look.", Place(file=path.name, row=3), len(found), (3,))
                )
                continue
            rows.setdefault(entity, []).extend({**row, "source_file": path.name, "source_row": at} for at, row in enumerate(found, 2))
    tables = {} if any(f.severity is Severity.BLOCK for f in findings) else {name: _table(name, found) for name, found in rows.items()}
    count = sum(map(len, rows.values()))
    mapped = tuple(
        MappedField("extract.json", None, column, name, column) for name, table in tables.items() for column in table.column_names
    )
    return IntakeResult(period=period, tables=tables, findings=tuple(findings), mapped=mapped, rows_read=count, rows_kept=count)


def _table(entity: str, rows: list[dict[str, Any]]) -> pa.Table:
    types = {field.name: field.type for field in STORED[entity].schema} | {"local_id": pa.string()}
    rows = [_exact(row, types) for row in rows]
    names = dict.fromkeys(name for row in rows for name in row)
    return pa.table({name: pa.array([_value(row.get(name), types[name]) for row in rows], types[name]) for name in names})


def _exact(row: dict[str, Any], types: dict[str, pa.DataType]) -> dict[str, Any]:
    """A row whose dates are exact to the day, as long as it says nothing else."""
    dated = [name for name in row if row[name] is not None and f"{name}_precision" in types]
    return {f"{name}_precision": "day" for name in dated} | row


def _value(value: Any, kind: pa.DataType) -> Any:
    if value is not None and pa.types.is_date(kind):
        return date.fromisoformat(value)
    return datetime.fromisoformat(value) if value is not None and pa.types.is_timestamp(kind) else value


def plain_format(*_: object, version: str = "1") -> Any:
    """Stands in for a format definition."""
    nothing = {"definitions": {}, "codes": {}, "tables": {}, "exploitation_from_codes": ()}
    return SimpleNamespace(id="plain", title="Plain", version=version, mapping_version=f"plain@{version}", **nothing)


def use_plain_reader(put: Callable[[Any, str, Any], None] = setattr) -> None:
    """Read extracts of `write_extract` in place of real ones; pass ``monkeypatch.setattr`` to have it undone."""
    put(submitting, "read_apart", read_plainly)
    put(Workspace, "format_of", plain_format)


def submit(workspace: Workspace, folder: Path, *, at: datetime = NOW, **request: Any) -> Receipt:
    """Write an extract and submit it: ``agency`` csc, ``dataset`` annex_a and ``period`` 2026-Q1 unless told otherwise."""
    slot = {"agency": "csc", "dataset": "annex_a", "period": Q1}
    slot |= {name: request.pop(name) for name in list(slot) if name in request}
    extract = write_extract(folder / "extract.json", **request)
    return submitting.submit_return(workspace, **slot, files=[extract], by="tester", at=at)


def link_everybody(workspace: Workspace, generation: int | None, *, children: int) -> None:
    """Link number n at csc and at police to child n, born in May 2012, of ward W01."""
    assert generation is not None
    ids = [
        (identity_id(str(n), key=workspace.identity_key, agency=agency), f"p{n}") for n in range(children) for agency in ("csc", "police")
    ]
    links = [{"identity_id": identity, "person_id": person, "match_probability": 1.0, "method": "test"} for identity, person in sorted(ids)]
    people = [
        {"person_id": f"p{n}", "birth_month": date(2012, 5, 1), "sex": "female", "ethnicity": "white", "ward": "W01"}
        for n in range(children)
    ]
    record_linkage(
        generation,
        links=workspace.objects.put_table(pa.Table.from_pylist(links, LINK_SCHEMA)),
        people=workspace.objects.put_table(pa.Table.from_pylist(people, PERSON_SCHEMA)),
        summary={},
        by="tester",
        at=NOW,
    )
