"""What leaves an agency, what does not, and that the proof says so."""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from sightline.app.prepare import ExtractRefused, prepare
from sightline.app.prepare_key import write_key
from sightline.app.prepared_words import in_plain_words, singled_out
from sightline.errors import InputRefused, Refused
from sightline.intake.prepared import read_package_apart
from sightline.model.tokens import is_token
from sightline.privacy.keyed import KeyUnusable
from tests.support.prepared import KEY, SECRETS, left_in, made, request, write_extract


def members(package: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(package) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def test_nothing_of_the_extract_that_names_anybody_is_in_the_package(tmp_path):
    made(tmp_path)
    content = (tmp_path / "package.zip").read_bytes().decode("utf-8", errors="replace")
    assert [secret for secret in SECRETS if secret.casefold() in content.casefold()] == []
    assert KEY not in content


def test_what_may_leave_leaves(tmp_path):
    made(tmp_path)
    manifest, tables = read_package_apart(tmp_path / "package.zip")
    people = tables["identity_record"].to_pylist()
    flags = tables["flag"].to_pylist()
    assert [(str(row["date_of_birth"]), row["postcode"], row["sex"]) for row in people] == [
        ("2011-05-01", "QS4 2", "male"),
        ("2010-08-01", "QS4 2", "female"),
        ("2012-11-01", "QS7 9", "male"),
    ]
    assert {row["date_of_birth_precision"] for row in people} == {"month"}
    assert [row["local_id"] for row in flags] == [row["local_id"] for row in people]
    assert [str(row["started_on"]) for row in flags] == ["2026-02-03", "2026-02-11", "2026-03-19"]
    assert [row["flag_local"] for row in flags[:2]] == ["CCE", "CCE"]
    assert is_token(flags[2]["flag_local"])
    assert manifest.mode == "pseudonymised"
    assert "text" not in tables["narrative"].column_names


def test_the_proof_says_what_became_of_every_column_the_unknown_ones_too(tmp_path):
    manifest = made(tmp_path).manifest
    outcomes = {one.column: one.outcome for one in manifest.columns}
    assert outcomes == {
        "nominal": "keyed",
        "forename": "dropped",
        "surname": "dropped",
        "dob": "degraded",
        "sex": "kept",
        "postcode": "degraded",
        "nhs": "keyed",
        "marker": "kept",
        "start": "kept",
        "team": "kept",
        "notes": "dropped",
        "street": "dropped",
    }
    fields = {(one.entity, one.field): one for one in manifest.fields}
    assert fields["narrative", "text"].given_before == 3
    assert fields["narrative", "text"].given_after == 0
    assert fields["identity_record", "date_of_birth_precision"].outcome == "degraded"
    assert {one.entity: (one.rows_before, one.rows_after) for one in manifest.tables}["flag"] == (3, 3)


def test_the_proof_names_its_inputs_and_members_by_hash(tmp_path):
    prepared = made(tmp_path)
    extract = hashlib.sha256((tmp_path / "markers.csv").read_bytes()).hexdigest()
    found = members(tmp_path / "package.zip")
    assert [(one.name, one.sha256) for one in prepared.manifest.inputs] == [("markers.csv", extract)]
    assert {one.name: one.sha256 for one in prepared.manifest.members} == {
        name: hashlib.sha256(content).hexdigest() for name, content in found.items() if name != "sightline-package.json"
    }
    assert prepared.manifest.mapping == "test_markers@1"
    assert json.loads(found["sightline-package.json"]) == prepared.manifest.model_dump(mode="json")


def test_the_hash_to_quote_is_the_files_and_stands_beside_it(tmp_path):
    prepared = made(tmp_path)
    digest = hashlib.sha256((tmp_path / "package.zip").read_bytes()).hexdigest()
    assert prepared.sha256 == digest
    assert (tmp_path / "package.zip.sha256").read_text() == f"{digest}  package.zip\n"
    assert left_in(tmp_path) == {"package.zip", "package.zip.sha256"}


def test_the_same_input_gives_the_same_bytes_and_another_instant_or_value_others(tmp_path):
    first, again = made(tmp_path), made(tmp_path, out="again.zip")
    assert (tmp_path / "package.zip").read_bytes() == (tmp_path / "again.zip").read_bytes()
    later = made(tmp_path, out="later.zip", at=request(tmp_path).at.replace(day=16))
    assert first.sha256 == again.sha256 != later.sha256


def test_a_dry_run_shows_the_same_proof_and_leaves_nothing(tmp_path):
    shown = prepare(request(tmp_path), out=tmp_path / "package.zip", dry_run=True)
    assert left_in(tmp_path) == set()
    assert shown.package is None
    assert shown.sha256 == made(tmp_path).sha256


def test_the_page_inside_reads_as_plain_words_and_shows_what_does_not_leave(tmp_path):
    made(tmp_path)
    page = members(tmp_path / "package.zip")["README.txt"].decode()
    assert "Does not leave:\n  markers.csv: forename" in page
    assert "markers.csv: street (the mapping makes nothing of this column)" in page
    assert "It is not a release" in page
    assert page.replace("\n", " ").isprintable()


def test_a_report_with_nobody_in_it_says_so():
    assert "nobody to single out" in singled_out(None)[0]


def test_with_names_agreed_at_record_level_they_leave_and_the_page_says_so(tmp_path):
    prepared = made(tmp_path, privacy="{mode: record_level, agreed: [names]}")
    _, tables = read_package_apart(tmp_path / "package.zip")
    assert tables["identity_record"]["family_name"].to_pylist() == ["Quillfeather", "Marsh", "Oakenshaw"]
    assert "surname (identity_record.family_name: kept as it is)" in in_plain_words(prepared.manifest)
    content = (tmp_path / "package.zip").read_bytes().decode("utf-8", errors="replace")
    assert "NOM-70001" not in content
    assert "2011-05-17" not in content


def test_a_mode_more_open_than_the_mappings_is_refused_and_a_stricter_one_is_not(tmp_path):
    with pytest.raises(Refused, match="would share more"):
        made(tmp_path, privacy="{mode: pseudonymised}", mode="record_level")
    assert left_in(tmp_path) == set()
    assert made(tmp_path, privacy="{mode: record_level}", mode="pseudonymised").manifest.mode == "pseudonymised"


def test_counts_may_be_made_whatever_records_could_leave(tmp_path):
    made(tmp_path, privacy="{mode: record_level, agreed: [names]}", mode="aggregate_only", key_file=None)
    assert b"Quillfeather" not in (tmp_path / "package.zip").read_bytes()


def test_an_extract_that_would_be_refused_is_not_prepared(tmp_path):
    broken = write_extract(tmp_path, header="nominal,forename,other,columns,that,are,not,there,at,all,here,x")
    with pytest.raises(ExtractRefused, match="SL-INT"):
        made(tmp_path, files=[broken])
    assert left_in(tmp_path) == set()


def test_a_package_is_never_written_over(tmp_path):
    made(tmp_path)
    before = (tmp_path / "package.zip").read_bytes()
    with pytest.raises(Refused, match="of that name"):
        made(tmp_path)
    assert (tmp_path / "package.zip").read_bytes() == before


@pytest.mark.parametrize("text", ["", "not hexadecimal", "00" * 32])
def test_without_a_usable_key_nothing_is_written(tmp_path, text):
    asked = request(tmp_path)
    (tmp_path / "partnership.key").write_text(text)
    with pytest.raises(KeyUnusable):
        prepare(asked, out=tmp_path / "package.zip")
    with pytest.raises(KeyUnusable):
        prepare(replace(asked, key_file=None), out=tmp_path / "package.zip")
    with pytest.raises(KeyUnusable):
        prepare(replace(asked, key_file=tmp_path / "no.key"), out=tmp_path / "package.zip")
    assert left_in(tmp_path) == set()


def test_a_format_and_a_mapping_together_are_refused(tmp_path):
    with pytest.raises(InputRefused, match="both given"):
        made(tmp_path, format="annex_a")


def test_a_new_key_is_a_key_readable_by_its_owner_only_and_never_written_over(tmp_path):
    fingerprint = write_key(tmp_path / "a.key")
    assert len(fingerprint) == 8
    assert (tmp_path / "a.key").stat().st_mode & 0o077 == 0
    with pytest.raises(Refused):
        write_key(tmp_path / "a.key")
    assert write_key(tmp_path / "b.key") != fingerprint
