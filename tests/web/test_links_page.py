"""The linkage statement as people read it on the page and take it along."""

from __future__ import annotations

import json

import pytest

from sightline.app.roles import Role
from sightline.app.token_keys import register_key
from sightline.web.pages import links as page
from sightline.web.release_source import WorkspaceSource, using
from tests.support.changing_keys import IDS, Q4, SPRING, WINTER, Agencies, new_workspace, send
from tests.support.statements import example_statement
from tests.web.reading import table, words_of

HERE = "/data/links"


def test_the_page_says_what_was_linked_how_rightly_and_what_is_not_known(pages, sign_in):
    read = words_of(sign_in().get(HERE))

    for words in (
        "What was linked, and by whom",
        "made by analyst on 15 May 2026",
        "How the records were prepared",
        "97.3% (96.1% to 98.2%)",
        "follows GUILD",
        "Reviewers agreed on 412 pairs of records.",
        "Deprivation: no measure of deprivation is among the geography",
        "(1 of 2 pairs of agencies) the numbers are too small to be shown.",
    ):
        assert words in read


def test_a_group_too_small_says_so_in_every_place_of_a_number(pages, sign_in):
    rows = table(sign_in().get(HERE), "Sex: how many are linked")

    assert next(row for row in rows if row[0] == "Female")[1:] == ["2,305", "48.0% (46.0% to 50.0%)", *["97.3% (96.1% to 98.2%)"] * 2]
    assert set(next(row for row in rows if row[0] == "Not recorded")[1:]) == {"withheld"}


def test_cuts_are_named_by_the_precision_to_expect_and_never_by_a_weight(pages, sign_in):
    answer = sign_in().get(HERE)

    assert [row[0] for row in table(answer, "People and linked pairs at other cuts")[1:]] == ["99.21%", "99.87%, in use"]
    assert "weight" not in words_of(answer)


@pytest.mark.parametrize(("kind", "begins"), [("pdf", b"%PDF"), ("json", b"{"), ("html", b"<!DOCTYPE html>")])
def test_it_can_be_taken_along(pages, sign_in, kind, begins):
    answer = sign_in().get(f"/data/links/statement.{kind}")

    assert answer.content.startswith(begins)
    assert answer["Content-Disposition"] == f'attachment; filename="linkage-statement-4.{kind}"'
    if kind == "json":
        assert json.loads(answer.content)["recall"] == {"value": 0.973, "lower": 0.961, "upper": 0.982, "basis": "calibrated probabilities"}


def test_there_is_no_file_of_another_kind_and_none_before_people_are_linked(pages, sign_in):
    assert sign_in().get("/data/links/statement.xlsx").status_code == 404


def test_before_people_are_linked_the_page_says_so(empty_pages, sign_in):
    client = sign_in()

    assert "People are not linked yet" in words_of(client.get(HERE))
    assert client.get("/data/links/statement.pdf").status_code == 404


@pytest.mark.parametrize("role", [Role.PRACTITIONER, Role.ELECTED_MEMBER])
def test_who_has_no_part_in_returns_does_not_read_it(pages, sign_in, role):
    assert sign_in(role).get(HERE).status_code == 403


def test_the_example_says_nothing_of_red_amber_or_green():
    assert not {"red", "amber", "green"} & set(str(example_statement()).lower().split())


def test_the_page_names_the_keys_of_tokens_and_the_returns_that_wait(tmp_path, db, sign_in, monkeypatch):
    made = Agencies(tmp_path / "agencies")
    made.folder.mkdir()
    workspace = new_workspace(tmp_path)
    send(workspace, made.package("police", Q4, "first"), "police", Q4, at=WINTER)
    register_key(workspace, IDS["second"], from_date=SPRING.date(), by="tester", at=WINTER)
    monkeypatch.setattr(page.timezone, "now", lambda: SPRING)
    with using(WorkspaceSource(workspace.root)):
        rows = table(sign_in().get(HERE), "Keys, when each is in use, and what waits")

    first, second = rows[1:]
    assert first == [
        IDS["first"],
        "Retired",
        "1 October 2025 until 20 April 2026",
        "1",
        "Police: Markers, October to December 2025",
    ]
    assert second == [IDS["second"], "In use", "20 April 2026", "0", "Nothing"]
