"""Three zones: names stay at the agency, the linker has tokens and no key, the analyst has people and no tokens. Every file is searched."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from pypdf import PdfReader
from tests.e2e.test_every_command import AT, PARTNERSHIP
from tests.support.commands import told

MAPPINGS = PARTNERSHIP / "mappings"
RETURNS = (
    ("csc", "person_index", ("--mapping", MAPPINGS / "person_index.yml")),
    ("csc", "annex_a", ("--format", "annex_a")),
    ("police", "police", ("--mapping", MAPPINGS / "police.yml")),
    ("education", "school_census", ("--mapping", MAPPINGS / "school_census.yml")),
    ("youth_justice", "youth_justice", ("--mapping", MAPPINGS / "youth_justice.yml")),
)
AFTER = ("--at", "2026-05-17T09:00", "--by", "tester")
WORD = re.compile(r"[^\W_]+", re.ASCII)
POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b")


@pytest.fixture(scope="module")
def zones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("zones")
    told("synthesise", folder / "agency", "--children", 1000, "--seed", 11, "-q")
    told("prepare-key", folder / "agency" / "partnership.key")
    workspace = folder / "partnership"
    # In the clear: what is looked at here is what the partnership holds, and not how it is locked away.
    made = ("--partnership", PARTNERSHIP, "--geography", folder / "agency" / "geography", "--workspace", workspace)
    told("init", *made, "--no-encrypt", *AT)
    (folder / "sent").mkdir()
    for agency, dataset, reads in RETURNS:
        slot = ("--agency", agency, "--dataset", dataset, "--period", "2026-Q1")
        extract = folder / "agency" / "extracts" / "2026-Q1" / agency / dataset / "v1"
        package = folder / "sent" / f"{agency}-{dataset}.zip"
        told("prepare", extract, *slot, *reads, "--key", folder / "agency" / "partnership.key", "--tokens", "--out", package, "-q", *AT[:2])
        told("submit", package, *slot, "--workspace", workspace, "-q", *AT)
    told("publish", "--workspace", workspace, *AT)
    linked = told("link", "--workspace", workspace, "-q", *AT)
    change_the_key(folder, workspace)
    again = told("link", "--workspace", workspace, "-q", *AFTER)
    left_out = [one["agency"] for one in again["left_out"]]
    (folder / "changed.json").write_text(json.dumps([left_out, again["linkage"]["changes"]["moved"]]), encoding="utf-8")
    (folder / "linked.txt").write_text(str(linked["linkage"]["methods"]), encoding="utf-8")
    told("release", "--period", "2026-Q1", "--workspace", workspace, "-q", *AFTER)
    told("report", "--workspace", workspace, "--out", folder / "reports")
    return folder


def change_the_key(folder: Path, workspace: Path) -> None:
    """A new key is registered, and the returns of all but the police get their rotation files."""
    old, new = folder / "agency" / "partnership.key", folder / "agency" / "partnership-next.key"
    made = told("prepare-key", new)
    told("keys", "register", made["fingerprint"], "--from", "2026-05-16", "--workspace", workspace, *AT)
    files = []
    for agency, dataset, reads in (each for each in RETURNS if each[0] in ("csc", "education")):
        slot = ("--agency", agency, "--dataset", dataset, "--period", "2026-Q1")
        extract = folder / "agency" / "extracts" / "2026-Q1" / agency / dataset / "v1"
        files.append(folder / "sent" / f"{agency}-{dataset}.rotation.txt")
        told("prepare", extract, *slot, *reads, "--rotate", old, new, "--tokens", "--out", files[-1], "-q", *AT[:2])
    told("keys", "rotate", *files, "--workspace", workspace, *AT)


def texts_in(content: bytes, name: str) -> Iterator[tuple[str, str]]:
    """Everything a file holds, as text, whatever packs it."""
    if content.startswith(b"PAR1"):
        yield name, "\n".join(str(row) for row in pq.read_table(io.BytesIO(content)).to_pylist())
    elif content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            for member in packed.namelist():
                yield from texts_in(packed.read(member), f"{name}/{member}")
    elif content.startswith(b"%PDF"):
        yield name, "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    else:
        yield name, content.decode("utf-8", errors="replace")


def emitted(*folders: Path) -> Iterator[tuple[str, str]]:
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            # The area's own geography is public and names every postcode in it.
            if path.is_file() and "geography" not in path.parts:
                yield from texts_in(path.read_bytes(), str(path.relative_to(folder)))


def secrets(zones: Path) -> set[str]:
    """Words that stand in the agencies' extracts about people and nowhere else: numbers, and family names that are no ordinary word."""
    people = pq.read_table(zones / "agency" / "truth" / "people.parquet").to_pylist()
    identities = pq.read_table(zones / "agency" / "truth" / "identities.parquet").to_pylist()
    ordinary = {
        word.casefold() for path in (zones / "agency" / "geography").glob("*.csv") for word in WORD.findall(path.read_text("utf-8"))
    }
    names = {name.casefold() for row in people for name in (row["given_name"], row["family_name"]) if len(name) >= 7 and name.isascii()}
    numbers = {str(row[name]) for row in people for name in ("nhs_number", "upn") if row[name]}
    local = {row["local_id"] for row in identities if len(row["local_id"]) >= 6}
    return {name for name in names if name.isalpha()} - ordinary | {number.casefold() for number in numbers | local}


@pytest.mark.parametrize("zone", ["sent", "partnership", "reports"])
def test_no_name_number_or_home_leaves_the_agency(zones: Path, zone: str) -> None:
    looked_for, files = secrets(zones), 0
    assert len(looked_for) > 2000
    postcodes = {row["postcode"] for row in pq.read_table(zones / "agency" / "truth" / "people.parquet").to_pylist()}
    for name, text in emitted(zones / zone):
        files += 1
        words = {word.casefold() for word in WORD.findall(text)}
        assert not words & looked_for, f"{name} holds a name or number of somebody"
        if "postcode,ward_code" not in text:  # the area's own public list of all its postcodes, kept among the objects
            assert not set(POSTCODE.findall(text)) & postcodes, f"{name} holds a home"
    assert files > 0


def test_the_key_is_nowhere_but_at_the_agency(zones: Path) -> None:
    keys = [path.read_text().strip().casefold() for path in (zones / "agency").glob("*.key")]
    assert len(keys) == 2
    for name, text in emitted(zones / "sent", zones / "partnership", zones / "reports"):
        assert not [key for key in keys if key in text.casefold()], name


def test_people_are_linked_all_the_same(zones: Path) -> None:
    assert "likeness" in (zones / "linked.txt").read_text(encoding="utf-8")


def test_a_change_of_the_key_moves_nobody_and_leaves_only_the_agency_out_that_comes_late(zones: Path) -> None:
    left_out, moved = json.loads((zones / "changed.json").read_text(encoding="utf-8"))
    assert (left_out, moved) == (["police"], 0)


def test_what_the_analyst_reads_holds_no_token(zones: Path) -> None:
    """Tokens stand in the identity records only, which none but linkage opens."""
    holding = {name for name, text in emitted(zones / "partnership") if '"given_slips"' in text}
    assert holding
    for path in sorted((zones / "partnership").rglob("*")):
        if path.is_file() and path.read_bytes()[:4] == b"PAR1":
            columns = set(pq.read_schema(path).names)
            if "link_tokens" in columns:
                assert "given_name" in columns, "the identifying table and no other"
