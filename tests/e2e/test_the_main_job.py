"""The main job from end to end through the command, and bad input at every door: one clear message, an exit code, nothing lost."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
import socket
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sightline.model.releases import release_from_json
from sightline.publish.exports import all_figures_file, analysis_file, indicator_file
from tests.support.commands import alone, sightline, told
from tests.support.objects import contents, ledger_text

AT = ("--at", "2026-05-15T09:00")
"""A day on which the invented partnership's agreements are in force, whatever the calendar on the wall says."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("main-job") / "demo"
    done = alone("demo", "--children", 3000, "--folder", folder, "--no-serve")
    assert done.returncode == 0, done.stderr
    (folder / "printed.txt").write_text(done.stdout, encoding="utf-8")
    return folder


@pytest.fixture
def workspace(demo: Path) -> Iterator[Path]:
    """The demo's workspace; whatever a test does to it, what had been accepted must still be there afterwards."""
    before = accepted(demo / "workspace")
    yield demo / "workspace"
    assert accepted(demo / "workspace") == before


def accepted(workspace: Path) -> list[tuple[str, str]]:
    listed = json.loads(sightline("returns", "--workspace", workspace, "--at", "2026-05-15", "--json").stdout)
    return sorted((line["receipt"], line["state"]) for line in listed["returns"] if line["receipt"])


def test_the_demo_prints_the_five_key_measures_and_the_sign_ins(demo: Path) -> None:
    printed = (demo / "printed.txt").read_text(encoding="utf-8")
    for title in (
        "Children with a known concern",
        "Children referred again within twelve months",
        "Missing episodes",
        "Children whose plan ended and who stayed safe six months",
        "Children whose own voice is recorded",
    ):
        assert title in " ".join(printed.split()), title
    assert "Sign-ins" in printed


def test_the_demo_writes_the_board_report_as_pdf_and_as_one_html_file(demo: Path) -> None:
    (pdf,) = (demo / "reports").glob("*.pdf")
    (html,) = (demo / "reports").glob("*.html")
    assert pdf.read_bytes().startswith(b"%PDF-")
    text = html.read_text(encoding="utf-8")
    assert "Saltmere" in text
    assert "http://" not in text.replace("http://www.w3.org", "")


def test_what_was_known_at_a_past_instant_can_be_asked(demo: Path, workspace: Path) -> None:
    def at(moment: str) -> dict[str, Any]:
        asked = sightline("as-at", moment, "--workspace", workspace, "--json")
        assert asked.returncode == 0, asked.stderr
        answer: dict[str, Any] = json.loads(asked.stdout)
        return answer

    with (demo / "partnership" / "extracts" / "returns.csv").open(encoding="utf-8", newline="") as file:
        arrivals = [row for row in csv.DictReader(file) if row["arrived_on"] <= "2025-06-30"]
    slots = {(row["agency"], row["dataset"], row["period"]) for row in arrivals}
    then, now = at("2025-06-30T23:59"), at("2026-05-15T23:59")

    assert then["returns"] == len(slots)
    assert {"arrived", "corrected"} == {each["since"] for each in then["differences"]}
    assert then["published"] is None
    assert now["published"] == 1
    assert now["differences"] == []


def personal_values(demo: Path) -> set[str]:
    """Numbers and postcodes that name a person, as the agencies' files of one quarter hold them."""
    extracts = demo / "partnership" / "extracts" / "2025-Q4"
    columns = {
        "csc/person_index": ("people.csv", ["pers_person_id", "pers_common_child_id", "pers_upn", "addr_address_postcode"]),
        "police/police": ("person_role.csv", ["nominal_id", "home_postcode"]),
        "education/school_census": ("pupilonroll.csv", ["upn", "pupilonrolltableid"]),
        "early_help/early_help": ("early_help.csv", ["person_local_id", "family_id", "postcode", "upn"]),
    }
    values: set[str] = set()
    for dataset, (name, wanted) in columns.items():
        with (extracts / dataset / "v1" / name).open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                values.update(row[column] for column in wanted if len(row[column]) >= 7)
    return values


def test_no_number_or_postcode_of_a_person_travels_beyond_the_identity_records(demo: Path) -> None:
    values = personal_values(demo)
    assert len(values) > 3000
    (html,) = (demo / "reports").glob("*.html")
    told = (demo / "printed.txt").read_text(encoding="utf-8") + html.read_text(encoding="utf-8")
    # Digests are not told by anybody: among a thousand of them some hold eight digits that are a pupil's or a case's too.
    ledger = re.sub(r"[0-9a-f]{32,}", " ", ledger_text(demo / "workspace"))
    assert not [value for value in values if value in told]
    assert not [value for value in values if value in ledger]
    tables = 0
    for content in contents(demo / "workspace"):
        if content[:4] != b"PAR1":
            continue
        table = pq.read_table(pa.BufferReader(content))
        tables += 1
        if "given_name" not in table.column_names:
            for column in table.columns:
                if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
                    assert values.isdisjoint(column.unique().to_pylist()), table.column_names
    assert tables > 100


def released(workspace: Path) -> list[bytes]:
    """Every release that the workspace holds, oldest first."""
    return sorted((each for each in contents(workspace) if each[:12] == b'{"agencies":'), key=lambda each: int(json.loads(each)["number"]))


def test_a_release_holds_no_count_that_is_not_rounded_and_no_part_that_is_more_than_its_total(demo: Path) -> None:
    releases = [json.loads(each) for each in released(demo / "workspace")]
    assert releases
    for release in releases:
        counts = [part for figure in release["figures"] for part in figure[4:6] if isinstance(part, int)]
        counts += [children for _, children, *_ in (*release["agency_sets"], *release["combinations"]) if isinstance(children, int)]
        left_open = [each[7] for each in release["figures"] if len(each) > 7]
        left_open += [each[2] for each in (*release["agency_sets"], *release["combinations"]) if len(each) > 2]
        assert left_open
        assert all(end % 5 == 0 for low, high, _ in left_open for end in (low, high))
        assert counts
        assert all(count % 5 == 0 for count in counts)
        totals = {(figure[0], figure[1]): figure[4] for figure in release["figures"] if figure[2] == "all"}
        parts = [figure for figure in release["figures"] if figure[2] != "all" and isinstance(figure[4], int)]
        parts = [part for part in parts if isinstance(totals[part[0], part[1]], int)]
        assert len(parts) > 1000
        assert all(part[4] <= totals[part[0], part[1]] for part in parts)
        by_sex = defaultdict(int)
        for indicator, period, breakdown, _, count, *_ in parts:
            by_sex[indicator, period] += count if breakdown == "sex" else 0
        same = sum(totals[each] == whole for each, whole in by_sex.items() if whole)
        assert same > 0.8 * sum(whole > 0 for whole in by_sex.values())


def attacked(*arguments: object) -> dict[str, dict[str, Any]]:
    """What `sightline attack` told of each attack; it has found nothing."""
    done = sightline("attack", *arguments, "--json")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    return {each["attack"]: each for each in json.loads(done.stdout)["attacks"]}


def test_the_release_its_report_and_its_exports_give_nothing_away(demo: Path, tmp_path: Path) -> None:
    content = released(demo / "workspace")[0]
    release = release_from_json(content)
    shown = tmp_path / "shown"
    shown.mkdir()
    (shown / "release.json").write_bytes(content)
    (shown / "figures.csv").write_bytes(all_figures_file(release, "csv"))
    for analysis in release.analyses:
        (shown / f"{analysis.id}.json").write_bytes(analysis_file(release, analysis, "json"))
    tables = [(name, digest) for name, digest in release.attachments.items() if name.startswith("cube-")]
    assert len(tables) == 2
    kept = {hashlib.sha256(each).hexdigest(): each for each in contents(demo / "workspace")}
    for name, digest in tables:
        (shown / name).write_bytes(kept[digest])
    (html,) = (demo / "reports").glob("*.html")
    shutil.copy(html, shown)
    tried = attacked(shown, "--wards", demo / "workspace" / "geography" / "wards.csv")
    assert {id for id, each in tried.items() if not each["tried"]} <= {
        "release pairs",
        "maps",
        "outside totals",
        "headers and errors",
        "timing",
    }

    overlapping = [each for each in release.indicators if each.in_several]
    assert len(overlapping) > 10
    exports = tmp_path / "exports"
    exports.mkdir()
    for each in overlapping[:8]:
        (exports / f"{each.id}.csv").write_bytes(indicator_file(release, each, "csv"))
    assert attacked(exports, "--method", release.methods["disclosure"], "--tries", 500)["subtraction"]["tried"] > 1000


def test_a_release_after_a_return_was_withdrawn_gives_nothing_away_beside_the_one_before(demo: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    shutil.copytree(demo / "workspace", workspace)
    lines = told("returns", "--workspace", workspace, "--at", "2026-05-15")["returns"]
    gone = next(each["receipt"] for each in reversed(lines) if each["agency"] == "housing" and each["receipt"])
    told("withdraw", gone, "--reason", "a test", "--workspace", workspace, "--at", "2026-05-16T09:00")
    told("publish", "--workspace", workspace, "--at", "2026-05-16T10:00")
    told("link", "--workspace", workspace, "--at", "2026-05-16T11:00", "-q")
    told("release", "--period", "2026-Q1", "--workspace", workspace, "--at", "2026-05-16T12:00", "-q")

    before, now = released(workspace)
    (tmp_path / "before.json").write_bytes(before)
    (tmp_path / "now.json").write_bytes(now)
    assert attacked(tmp_path / "now.json", tmp_path / "before.json", "--tries", 500)["release pairs"]["tried"] > 10_000


def test_links_are_judged_against_the_truth(demo: Path) -> None:
    judged = sightline(
        "link", "--workspace", demo / "workspace", "--evaluate", demo / "partnership" / "truth", "--json", "--at", "2026-05-15T09:00"
    )
    assert judged.returncode == 0, judged.stderr
    assert json.loads(judged.stdout)["evaluation"]["f1"] >= 0.95


def test_the_doctor_finds_every_object_sound_and_names_a_damaged_one(demo: Path, tmp_path: Path) -> None:
    assert sightline("doctor", "--workspace", demo / "workspace").returncode == 0
    copy = tmp_path / "workspace"
    shutil.copytree(demo / "workspace", copy)
    victim = next(path for path in sorted((copy / "objects").rglob("*")) if path.is_file() and path.stat().st_size > 100)
    content = bytearray(victim.read_bytes())
    content[50] ^= 1
    victim.chmod(0o644)
    victim.write_bytes(content)
    examined = sightline("doctor", "--workspace", copy)
    assert examined.returncode == 5
    assert victim.name[:12] in examined.stdout


def test_the_same_bytes_twice_are_one_return(demo: Path, workspace: Path) -> None:
    files = demo / "partnership" / "extracts" / "2025-Q2" / "early_help" / "early_help" / "v1"
    again = sightline(
        "submit",
        *sorted(files.iterdir()),
        "--agency",
        "early_help",
        "--dataset",
        "early_help",
        "--period",
        "2025-Q2",
        "--workspace",
        workspace,
        *AT,
    )
    assert again.returncode == 0, again.stderr
    assert "accepted before" in again.stdout


Spoil = Callable[[Path, Path], list[Path]]


def early_help_file(demo: Path) -> Path:
    return demo / "partnership" / "extracts" / "2026-Q1" / "early_help" / "early_help" / "v1" / "early_help.csv"


def wrong_type(demo: Path, folder: Path) -> list[Path]:
    path = folder / "early_help.csv"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(500))
    return [path]


def empty(demo: Path, folder: Path) -> list[Path]:
    path = folder / "early_help.csv"
    path.write_bytes(b"")
    return [path]


def shifted(demo: Path, folder: Path) -> list[Path]:
    path = folder / "early_help.csv"
    header, *rows = early_help_file(demo).read_text(encoding="utf-8-sig").splitlines()
    path.write_text("\n".join([header, *("x," + row.rsplit(",", 1)[0] for row in rows)]), encoding="utf-8")
    return [path]


def unknown_sheet(demo: Path, folder: Path) -> list[Path]:
    import xlsxwriter  # only this test writes a workbook

    path = folder / "annex_a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("Holiday rota").write_row(0, 0, ["Week", "Who"])
    return [path]


def truncated_xml(demo: Path, folder: Path) -> list[Path]:
    source = next((demo / "partnership" / "extracts").glob("*/csc/cin_census/v1/*.xml"))
    path = folder / "cin_census.xml"
    path.write_bytes(source.read_bytes()[:2000])
    return [path]


BAD_FILES: list[tuple[str, Spoil, str, str, str]] = [
    ("a wrong file type", wrong_type, "early_help", "early_help", "2026-Q1"),
    ("an empty file", empty, "early_help", "early_help", "2026-Q1"),
    ("shifted columns", shifted, "early_help", "early_help", "2026-Q1"),
    ("an unknown sheet", unknown_sheet, "csc", "annex_a", "2026-Q1"),
    ("a truncated XML", truncated_xml, "csc", "cin_census", "2026-Q1"),
]


@pytest.mark.parametrize(("spoil", "agency", "dataset", "period"), [case[1:] for case in BAD_FILES], ids=[case[0] for case in BAD_FILES])
def test_a_bad_file_is_refused_with_a_reason_and_nothing_changes(
    demo: Path, workspace: Path, tmp_path: Path, spoil: Spoil, agency: str, dataset: str, period: str
) -> None:
    files = spoil(demo, tmp_path)
    slot = ("--agency", agency, "--dataset", dataset, "--period", period)
    refused = sightline("submit", *files, *slot, "--workspace", workspace, *AT)
    said = refused.stdout + refused.stderr
    assert refused.returncode == 3, said
    assert "Traceback" not in said
    assert files[0].name in said
    assert "SL-" in said


BAD_WORDS = [
    ("an agency that does not exist", ["--agency", "coastguard", "--dataset", "early_help", "--period", "2026-Q1"], 4, "early_help"),
    ("a dataset that does not exist", ["--agency", "police", "--dataset", "annex_a", "--period", "2026-Q1"], 4, "police"),
    ("a period that is none", ["--agency", "early_help", "--dataset", "early_help", "--period", "Spring"], 3, "2026-Q1"),
    ("a period outside the calendar", ["--agency", "early_help", "--dataset", "early_help", "--period", "1999-Q1"], 3, "2022-Q2"),
]


@pytest.mark.parametrize(("words", "code", "said"), [case[1:] for case in BAD_WORDS], ids=[case[0] for case in BAD_WORDS])
def test_a_wrong_name_is_refused_and_says_what_exists(demo: Path, workspace: Path, words: list[str], code: int, said: str) -> None:
    refused = sightline("submit", early_help_file(demo), *words, "--workspace", workspace, *AT)
    assert refused.returncode == code, refused.stderr
    assert said in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_folder_that_is_no_workspace_and_one_that_cannot_be_written_are_said_so(tmp_path: Path) -> None:
    nothing = sightline("publish", "--workspace", tmp_path / "nowhere")
    assert nothing.returncode == 4
    assert "sightline init" in nothing.stderr
    blocked = tmp_path / "a-file"
    blocked.write_text("not a folder")
    stuck = sightline("demo", "--children", 1000, "--folder", blocked / "demo", "--no-serve")
    assert stuck.returncode == 5, stuck.stderr
    assert "Traceback" not in stuck.stderr


def test_a_busy_port_is_found_out_before_the_work_begins(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        stopped = sightline("demo", "--children", 1000, "--folder", tmp_path / "demo", "--port", port)
    assert stopped.returncode == 5
    assert str(port) in stopped.stderr
    assert not (tmp_path / "demo").exists()


def test_a_demo_never_replaces_a_folder_that_is_not_a_demo(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    refused = sightline("demo", "--children", 1000, "--folder", tmp_path, "--no-serve")
    assert refused.returncode == 6
    assert (tmp_path / "thesis.txt").exists()
