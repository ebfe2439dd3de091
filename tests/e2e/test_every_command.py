"""Each command on its own, in the order an analyst uses them: from an empty folder to pages that answer."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import urllib.request
from pathlib import Path

import pytest

import sightline as product
from tests.support import patience
from tests.support.commands import PROGRAM, sightline, told
from tests.support.samples import samples_folder

PARTNERSHIP = Path(product.__file__).parent / "catalogue" / "partnerships" / "saltmere"
AT = ("--at", "2026-05-15T09:00", "--by", "tester")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("step-by-step")
    made = told("synthesise", folder / "saltmere", "--children", 1000, "--seed", 5, "-q")
    assert made["children"] == 1000
    # What is really so is for judging only: from here on nobody has it.
    shutil.rmtree(folder / "saltmere" / "truth")
    return folder


@pytest.fixture(scope="module")
def workspace(folder: Path) -> Path:
    workspace = folder / "workspace"
    told("init", "--partnership", PARTNERSHIP, "--geography", folder / "saltmere" / "geography", "--workspace", workspace, *AT)
    for agency, dataset in (("csc", "person_index"), ("csc", "annex_a"), ("early_help", "early_help"), ("police", "police")):
        files = folder / "saltmere" / "extracts" / "2026-Q1" / agency / dataset / "v1"
        receipt = told(
            "submit", files, "--agency", agency, "--dataset", dataset, "--period", "2026-Q1", "--workspace", workspace, "-q", *AT
        )
        assert receipt["rows_kept"] > 0
        assert not receipt["already_had"]
    return workspace


@pytest.fixture(scope="module")
def released(workspace: Path) -> Path:
    assert told("publish", "--workspace", workspace, *AT)["returns"] == 4
    assert told("link", "--workspace", workspace, "-q", *AT)["linkage"]["people"] > 0
    assert told("count", "--period", "2026-Q1", "--workspace", workspace, "-q", *AT[:2])["indicators"] >= 60
    assert told("release", "--period", "2026-Q1", "--workspace", workspace, "-q", *AT)["number"] == 1
    return workspace


def test_a_folder_with_something_in_it_is_not_written_over(folder: Path) -> None:
    refused = sightline("synthesise", folder / "saltmere", "--children", 1000)
    assert refused.returncode == 6
    assert "not empty" in refused.stderr


def test_no_truth_file_is_needed_by_the_pipeline(folder: Path, released: Path) -> None:
    assert (folder / "saltmere" / "extracts").is_dir()
    assert list(folder.rglob("truth*")) == []
    assert (released / "ledger.sqlite3").is_file()


def test_all_that_lies_in_the_workspace_afterwards_is_named_in_its_ledger(released: Path) -> None:
    found = {each["what"]: each for each in told("doctor", "--workspace", released)["checks"]}
    assert (found["Objects"]["verdict"], "each there and matching its name." in found["Objects"]["found"]) == ("fine", True)


@pytest.mark.parametrize("name", ["ann\nbob published the generation 2.", "x" * 151])
def test_nobody_is_written_down_who_could_pass_for_another_line_of_the_audit(released: Path, name: str) -> None:
    refused = sightline("publish", "--workspace", released, "--by", name)
    assert (refused.returncode, "This is no name." in refused.stderr) == (3, True)


def test_analyses_are_listed_and_one_is_shown_as_the_release_holds_it(released: Path) -> None:
    listed = told("analyses", "list")["analyses"]
    assert {each["page"] for each in listed} >= {"sources", "flags", "journeys", "reach"}
    shown = told("analyses", "show", "referral_sources", "--workspace", released)
    assert (shown["release"], shown["analysis"]["id"]) == (1, "referral_sources")
    assert len(shown["analysis"]["tables"][0]["rows"]) == 11
    in_words = sightline("analyses", "show", "flags_compared", "--workspace", released)
    assert "Careful: " in in_words.stdout
    assert sightline("analyses", "show", "nothing", "--workspace", released).returncode == 4


def test_an_indicator_is_tried_and_printed_as_a_release_would_show_it(released: Path) -> None:
    tried = told("indicators", "try", "C01", "--workspace", released, "-q", *AT[:2])

    assert (tried["indicator"], tried["period"]) == ("missing_episodes", "2026-Q1")
    assert tried["parts"]
    assert all(not isinstance(part["count"], int) or part["count"] % 5 == 0 for part in tried["parts"])


def test_an_indicator_is_tried_without_a_workspace_on_a_partnership_invented_for_it(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    first = sightline("indicators", "try", "C01", "--keep-in", kept)
    made = sorted(path.name for path in kept.iterdir())
    again = told("indicators", "try", "C01", "--keep-in", kept)

    assert first.returncode == 0, first.stderr
    assert "Submitting returns: " in first.stderr
    assert "Counted on an invented partnership of 20,000 children." in first.stdout
    assert isinstance(again["total"]["count"], int)
    assert sorted(path.name for path in kept.iterdir()) == made
    assert len(made) == 1


def test_publishing_the_same_returns_again_is_the_same_generation(released: Path) -> None:
    assert not told("publish", "--workspace", released, *AT)["is_new"]


def test_linking_again_keeps_every_person(released: Path) -> None:
    first, second = (told("link", "--workspace", released, "-q", *AT) for _ in range(2))
    assert first["links"] == second["links"]
    assert not second["is_new"]


def test_how_right_the_links_are_is_told_and_written_and_calibrating_waits_for_reviews(released: Path, tmp_path: Path) -> None:
    told_of = told("link", "quality", "--workspace", released)
    assert told_of["recall"]["lower"] <= told_of["recall"]["value"] <= told_of["recall"]["upper"] <= 1
    assert "agreement of reviewers" in {each["what"] for each in told_of["not_checked"]}
    written = [Path(name) for name in told("link", "statement", "--workspace", released, "--out", tmp_path)["files"]]
    assert {path.suffix for path in written} == {".pdf", ".html", ".json"}
    assert json.loads(next(path for path in written if path.suffix == ".json").read_text(encoding="utf-8")) == told_of
    refused = sightline("link", "calibrate", "--workspace", released)
    assert refused.returncode == 6, refused.stderr
    assert "agree on 0 pairs" in refused.stderr


def test_the_report_is_written_where_it_is_asked_for(released: Path, tmp_path: Path) -> None:
    written = told("report", "--workspace", released, "--out", tmp_path, "--format", "html")["files"]
    assert [Path(name).parent for name in written] == [tmp_path]
    assert "Saltmere" in Path(written[0]).read_text(encoding="utf-8")


def test_a_withdrawn_return_leaves_the_next_generation_and_stays_in_the_ledger(folder: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    told("init", "--partnership", PARTNERSHIP, "--geography", folder / "saltmere" / "geography", "--workspace", workspace, *AT)
    files = folder / "saltmere" / "extracts" / "2026-Q1" / "early_help" / "early_help" / "v1"
    slot = ("--agency", "early_help", "--dataset", "early_help", "--period", "2026-Q1", "--workspace", workspace)
    receipt = told("submit", files, *slot, "-q", *AT)
    told("withdraw", receipt["return_id"], "--reason", "sent by mistake", "--workspace", workspace, *AT)
    lines = told("returns", "--workspace", workspace)["returns"]
    assert [line["state"] for line in lines if (line["agency"], line["period"]) == ("early_help", "2026-Q1")] == ["withdrawn"]
    points = told("quality", "--workspace", workspace)["points"]
    assert {point["kept"] for point in points if (point["agency"], point["period"]) == ("early_help", "2026-Q1")} == {None}
    twice = sightline("withdraw", receipt["return_id"], "--reason", "again", "--workspace", workspace)
    assert twice.returncode == 6, twice.stderr


def test_an_unreleased_workspace_says_what_to_do_first(folder: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    told("init", "--partnership", PARTNERSHIP, "--geography", folder / "saltmere" / "geography", "--workspace", workspace, *AT)
    for command in (("link",), ("release", "--period", "2026-Q1"), ("report",)):
        refused = sightline(*command, "--workspace", workspace)
        assert refused.returncode in {4, 6}, refused.stderr
        assert "sightline " in refused.stderr


def test_the_pages_answer_and_let_somebody_in_who_was_added(released: Path) -> None:
    added = subprocess.run(
        [PROGRAM, "users", "add", "robin", "--role", "analyst", "--workspace", released],
        input="a-long-pass-phrase-4711\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert added.returncode == 0, added.stderr
    assert "a-long-pass-phrase" not in added.stdout + added.stderr
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen([PROGRAM, "serve", "--workspace", released, "--port", str(port)], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        assert str(port) in server.stdout.readline()
        assert page(f"http://127.0.0.1:{port}/healthz"), "the address is told once somebody can ask it"
        assert "Sign in" in page(f"http://127.0.0.1:{port}/")
    finally:
        server.terminate()
        server.communicate(timeout=patience.SECONDS)


def page(address: str) -> str:
    with urllib.request.urlopen(address, timeout=patience.SECONDS) as response:
        return str(response.read().decode())


@pytest.mark.samples
def test_a_mapping_is_drafted_explained_and_described_without_a_workspace(tmp_path: Path) -> None:
    extract = tmp_path / "mfh.csv"
    extract.write_text("Episode ID,Child ID,Start Date,Return Date,Type\n" + "E1,C1,05/01/2026,06/01/2026,MFH\n" * 3, encoding="utf-8")
    drafted = sightline("map", "suggest", extract, "--out", tmp_path / "ours.yml", "--id", "ours")
    assert drafted.returncode == 0, drafted.stderr
    again = sightline("map", "suggest", extract, "--out", tmp_path / "ours.yml")
    assert again.returncode == 3, "a mapping somebody has worked on is not written over"
    explained = told("map", "check", tmp_path / "ours.yml", extract)
    assert explained["checked"]["rows_read"] == 3
    assert json.loads(sightline("map", "schema").stdout)["title"] == "Sightline mapping"


def test_the_public_profile_needs_no_workspace(tmp_path: Path) -> None:
    tables = samples_folder() / "samples" / "dfe_published"
    done = sightline("profile", "--from", tables, "--area", "Redcar and Cleveland", "--out", tmp_path, "--format", "html")
    assert done.returncode == 0, done.stderr
    for fact in ("1,896", "41", "78", "46", "86"):
        assert fact in done.stdout
    wrong = sightline("profile", "--from", tables, "--area", "Redcar & Clevland", "--out", tmp_path)
    assert wrong.returncode == 4
    assert "Redcar and Cleveland" in wrong.stderr
