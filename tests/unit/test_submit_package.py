"""A prepared package handed in: a return like any other, or refused with nothing kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sightline.app.packages import PackageNotForThis
from sightline.app.publish_generation import current_generation, publish_generation
from sightline.app.receipts import Receipt
from sightline.app.submit_return import submit_return
from sightline.app.tables import open_tables
from sightline.app.workspace import Workspace
from sightline.engine.duckdb import DuckDBEngine
from sightline.errors import Refused
from sightline.intake.prepared import PackageRefused
from sightline.ledger.models import AuditEvent, ObjectKind, ReturnObject, ReturnVersion
from sightline.model.packages import Manifest
from sightline.model.periods import Quarter
from sightline.store.packages import MANIFEST, pack, unpack
from tests.support.partnership import NOW, create_agreed, write_geography, write_partnership
from tests.support.prepared import MAPPING, SECRETS, made, rewritten, write_extract

PARTNERSHIP = """
id: testing
name: Testing Partnership
area: Testing
authority_code: "999"
first_period: 2025-Q1
agencies:
  - id: police
    name: Police
    mode: pseudonymised
    datasets: &both
      - {id: markers, title: Markers, mapping: mapping.yml, every: quarter, due_days: 30}
      - {id: other, title: Other markers, mapping: mapping.yml, every: quarter, due_days: 30}
  - {id: csc, name: Social care, mode: record_level, datasets: *both}
  - {id: voluntary, name: Harbour Light, mode: aggregate_only, datasets: *both}
"""
Q1 = Quarter(2026, 1)
WITHIN = 4
"""How far a rounded total lies from the true one, where nothing stands beside it that would have to be made up for."""


@pytest.fixture
def workspace(tmp_path: Path, db: None) -> Workspace:
    folder = write_partnership(tmp_path / "partnership", PARTNERSHIP)
    (folder / "mapping.yml").write_text(MAPPING, encoding="utf-8")
    return create_agreed(tmp_path / "ws", folder, write_geography(tmp_path / "geography"))


def submit(workspace: Workspace, *files: Path, agency: str = "police", dataset: str = "markers", period: Quarter = Q1) -> Receipt:
    return submit_return(workspace, agency=agency, dataset=dataset, period=period, files=files, by="t", at=NOW)


def package(tmp_path: Path, **more: Any) -> Path:
    folder = tmp_path / "agency"
    folder.mkdir(exist_ok=True)
    made(folder, **more)
    return folder / "package.zip"


def objects(workspace: Workspace) -> set[str]:
    return set(workspace.objects.names())


def test_a_package_is_kept_as_a_return_like_any_other(workspace, tmp_path):
    sent = package(tmp_path)
    receipt = submit(workspace, sent)

    version = ReturnVersion.objects.get()
    rows = {part.entity: workspace.objects.get_table(part.digest) for part in version.parts.filter(kind=ObjectKind.TABLE)}
    assert (receipt.version, receipt.rows_read, receipt.rows_kept) == (1, 3, 3)
    assert set(rows) == {"flag", "identity_record", "narrative"}
    assert set(rows["flag"]["identity_id"].to_pylist()) == set(rows["identity_record"]["identity_id"].to_pylist())
    assert set(rows["flag"]["agency_id"].to_pylist()) == {"police"}
    assert set(rows["flag"]["mapping_version"].to_pylist()) == {"test_markers@1"}
    assert set(rows["identity_record"]["date_of_birth_precision"].to_pylist()) == {"month"}
    assert {field.column for field in receipt.mapped} >= {"dob", "marker"}


def test_the_receipt_quotes_the_hash_that_the_agency_quotes(workspace, tmp_path):
    sent = package(tmp_path)
    quoted = sent.with_name("package.zip.sha256").read_text().split()[0]
    receipt = submit(workspace, sent)
    assert receipt.files == {"package.zip": quoted}
    assert any(quoted in finding.text for finding in receipt.findings)
    again = submit(workspace, sent)
    assert (again.already_had, again.files) == (True, receipt.files)


def test_the_findings_of_the_agencys_own_check_come_with_it(workspace, tmp_path):
    receipt = submit(workspace, package(tmp_path))
    assert {"SL-INT-024", "SL-PRE-020"} <= {finding.code for finding in receipt.findings}


def test_nothing_that_stayed_at_the_agency_is_anywhere_in_the_workspace(workspace, tmp_path):
    submit(workspace, package(tmp_path))
    held = b"".join(path.read_bytes() for path in workspace.root.rglob("*") if path.is_file() and path.name != "mapping.yml")
    assert [secret for secret in SECRETS if secret.encode() in held] == []


@pytest.mark.parametrize(
    ("slot", "says"),
    [
        ({"agency": "csc"}, "another agency"),
        ({"dataset": "other"}, "another dataset"),
        ({"period": Quarter(2025, 4)}, "another period"),
        ({"agency": "voluntary"}, "another agency"),
    ],
)
def test_a_package_for_something_else_is_refused_and_only_the_refusal_is_kept(workspace, tmp_path, slot, says):
    before = objects(workspace)
    with pytest.raises(PackageNotForThis, match=says):
        submit(workspace, package(tmp_path), **slot)
    assert objects(workspace) == before
    assert not ReturnVersion.objects.exists()
    assert AuditEvent.objects.last().action == "return_refused"


def test_a_package_made_with_another_mapping_is_refused(workspace, tmp_path):
    mapping = workspace.root / "partnership" / "mapping.yml"
    mapping.write_text(MAPPING.replace('version: "1"', 'version: "2"'), encoding="utf-8")
    with pytest.raises(PackageNotForThis, match="another mapping"):
        submit(workspace, package(tmp_path))


def test_a_changed_package_is_refused_and_said_in_the_audit(workspace, tmp_path):
    sent = package(tmp_path)
    sent.write_bytes(sent.read_bytes().replace(b"Response", b"Resp0nse"))
    with pytest.raises(PackageRefused):
        submit(workspace, sent)
    assert AuditEvent.objects.last().detail["findings"] == ["SL-PRE-010"]
    assert not ReturnObject.objects.exists()


def test_a_package_with_names_is_refused_where_names_are_not_shared(workspace, tmp_path):
    with pytest.raises(PackageNotForThis, match="shares record_level"):
        submit(workspace, package(tmp_path, privacy="{mode: record_level, agreed: [names]}"))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (b'"2011-05-01","month"', b'"2011-05-17","day"', "identity_record.date_of_birth"),
        (b'"2011-05-01","month"', b'"2011-05-17","month"', "identity_record.date_of_birth"),
        (b'"QS4 2"', b'"QS4 2AB"', "identity_record.postcode"),
        (b'"nhs_number"', b'"given_name"', "identity_record.given_name"),
    ],
)
def test_a_package_that_says_more_than_it_says_it_does_is_refused_and_the_field_is_named(workspace, tmp_path, old, new, says):
    sent = package(tmp_path)

    def change(members: dict[str, bytes]) -> None:
        text = members["tables/identity_record.jsonl"]
        assert old in text
        members["tables/identity_record.jsonl"] = text.replace(old, new, 1)

    sent.write_bytes(rewritten(sent.read_bytes(), change))
    with pytest.raises(PackageNotForThis, match=says) as problem:
        submit(workspace, sent)
    assert "2011-05-17" not in str(problem.value)


@pytest.mark.parametrize("said", ["943 476 5919", "QS4 2AB", "ada@example.org", "ring 07700 900123", "A123456789012"])
def test_what_names_somebody_is_found_in_a_column_of_codes_too(workspace, tmp_path, said):
    sent = package(tmp_path)

    def change(members: dict[str, bytes]) -> None:
        text = members["tables/flag.jsonl"]
        assert b'"CCE"' in text
        members["tables/flag.jsonl"] = text.replace(b'"CCE"', f'"{said}"'.encode(), 1)

    sent.write_bytes(rewritten(sent.read_bytes(), change))
    with pytest.raises(PackageNotForThis, match=r"flag\.") as problem:
        submit(workspace, sent)
    assert said not in str(problem.value)
    assert list(workspace.objects.names()) == []


def test_counts_in_whose_words_somebody_is_named_are_refused(workspace, tmp_path):
    sent = package(tmp_path, agency="voluntary", mode="aggregate_only")

    def change(members: dict[str, bytes]) -> None:
        (name,) = [name for name in members if name.startswith("tables/aggregate_count")]
        assert b'"all"' in members[name]
        members[name] = members[name].replace(b'"all"', b'"943 476 5919"', 1)

    sent.write_bytes(rewritten(sent.read_bytes(), change))
    with pytest.raises(PackageNotForThis, match=r"numbers or addresses of people: aggregate_count\."):
        submit(workspace, sent, agency="voluntary")


def test_own_numbers_that_are_no_tokens_are_refused(workspace, tmp_path):
    sent = package(tmp_path)

    def change(members: dict[str, bytes]) -> None:
        lines = members["tables/flag.jsonl"].decode().splitlines()
        members["tables/flag.jsonl"] = ("\n".join([lines[0], lines[1].replace("t:", "NOM-"), *lines[2:]]) + "\n").encode()

    sent.write_bytes(rewritten(sent.read_bytes(), change))
    with pytest.raises(PackageNotForThis, match=r"flag\.local_id"):
        submit(workspace, sent)


def test_an_agency_that_shares_no_names_cannot_send_a_file_with_names_either(workspace, tmp_path):
    before = objects(workspace)
    with pytest.raises(PackageNotForThis, match="sightline prepare"):
        submit(workspace, write_extract(tmp_path))
    assert objects(workspace) == before
    assert AuditEvent.objects.last().action == "return_refused"


def test_an_agency_that_shares_records_may_send_either(workspace, tmp_path):
    assert submit(workspace, write_extract(tmp_path), agency="csc").rows_kept == 3
    receipt = submit(workspace, package(tmp_path, agency="csc"), agency="csc")
    assert (receipt.version, receipt.rows_kept) == (2, 3)


def test_a_package_that_says_counts_and_holds_records_is_refused(workspace, tmp_path):
    sent = package(tmp_path, agency="voluntary")

    def change(members: dict[str, bytes]) -> None:
        manifest = Manifest.from_bytes(members[MANIFEST])
        members[MANIFEST] = manifest.model_copy(update={"mode": "aggregate_only"}).to_bytes()

    sent.write_bytes(rewritten(sent.read_bytes(), change))
    with pytest.raises(PackageNotForThis, match="holds records"):
        submit(workspace, sent, agency="voluntary")


def test_counts_alone_are_accepted_from_an_agency_that_shares_counts(workspace, tmp_path):
    receipt = submit(workspace, package(tmp_path, agency="voluntary", mode="aggregate_only"), agency="voluntary")
    (part,) = ReturnVersion.objects.get(id=receipt.return_id).parts.filter(kind=ObjectKind.TABLE)
    counts = workspace.objects.get_table(part.digest)
    assert part.entity == "aggregate_count"
    assert set(counts["withheld"].to_pylist()) == {True}
    assert set(counts["count"].to_pylist()) == {None}
    with pytest.raises((PackageNotForThis, Refused)):
        submit(workspace, write_extract(tmp_path), agency="voluntary")


def test_a_package_comes_alone(workspace, tmp_path):
    with pytest.raises(PackageNotForThis, match="alone"):
        submit(workspace, package(tmp_path), write_extract(tmp_path))


def test_findings_that_are_none_are_refused(workspace, tmp_path):
    sent = package(tmp_path)

    def change(members: dict[str, bytes]) -> None:
        manifest = Manifest.from_bytes(members[MANIFEST])
        members[MANIFEST] = manifest.model_copy(update={"findings": [{"code": "X", "severity": "fine"}]}).to_bytes()

    sent.write_bytes(rewritten(sent.read_bytes(), change))
    with pytest.raises(PackageRefused, match="findings"):
        submit(workspace, sent)


def test_a_package_packed_again_with_nothing_changed_is_the_same_package(tmp_path):
    content = package(tmp_path).read_bytes()
    assert pack(list(unpack(content).items())) == content


CANARIES = [f"Canary{number:02}" for number in range(60)]


def the_same_in_three_modes(workspace: Workspace, tmp_path: Path) -> dict[str, bytes]:
    """One extract handed in as records, as records without names, and as counts; what came in each time."""
    people = tuple(
        f"NOM-8{number % 60:04},{name},Lark{number % 60:02},{1 + number % 60 % 28:02}/05/2011,M,QS4 2AB,,CCE,"
        f"{1 + number % 28:02}/0{1 + number % 3}/2026,Response,Seen with {name},14 Long Acre Row"
        for number, name in enumerate((*CANARIES, *CANARIES[:7]))
    )
    extract = write_extract(tmp_path, people=people)
    submit(workspace, extract, agency="csc")
    came = {"record_level": extract.read_bytes()}
    for agency, mode in (("police", "pseudonymised"), ("voluntary", "aggregate_only")):
        sent = package(tmp_path, agency=agency, mode=mode, files=[extract], out=f"{mode}.zip").with_name(f"{mode}.zip")
        submit(workspace, sent, agency=agency)
        came[mode] = b"\n".join(unpack(sent.read_bytes()).values())
    return came


def test_the_same_extract_in_three_modes_gives_the_same_counts_within_rounding(workspace, tmp_path):
    the_same_in_three_modes(workspace, tmp_path)
    publish_generation(workspace, by="t", at=NOW)
    counts = "exploitation_type as kind, count(*) as n, count(distinct identity_id) as children"
    of_rows = f"select {counts} from flag where agency_id = '{{}}' group by 1"
    with DuckDBEngine(threads=1) as engine:
        open_tables(workspace, current_generation(workspace), engine)
        counted = {agency: engine.query(of_rows.format(agency)).to_pylist() for agency in ("csc", "police")}
        given = engine.query("select measure, category, count from aggregate_count where agency_id = 'voluntary' and count is not null")
    told = {(row["measure"], row["category"]): row["count"] for row in given.to_pylist()}

    assert counted["csc"] == counted["police"] == [{"kind": "criminal", "n": 67, "children": 60}]
    assert abs(told["flags_rows", "criminal"] - 67) <= WITHIN
    assert abs(told["flags_rows", "all"] - 67) <= WITHIN
    assert abs(told["flags_children", "all"] - 60) <= WITHIN


def test_no_name_of_the_extract_crosses_but_where_records_with_names_are_shared(workspace, tmp_path):
    came = the_same_in_three_modes(workspace, tmp_path)

    crossed = {mode: {name for name in CANARIES if name.encode() in content} for mode, content in came.items()}
    assert crossed == {"record_level": set(CANARIES), "pseudonymised": set(), "aggregate_only": set()}
    assert b"NOM-8" not in came["pseudonymised"] + came["aggregate_only"]
    assert all(len(came[mode]) > 1000 for mode in came)
