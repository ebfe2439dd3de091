"""The motivated-intruder checklist: what was tried, what a person answered, signed only when nothing was found and nothing is open."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sightline.app import intruder_checklist as checklists
from sightline.app.intruder_checklist import Checklist, ChecklistOpen, Tried, answer_question, read_checklist, sign_checklist
from sightline.app.workspace import Workspace
from sightline.cli.main import app
from sightline.definitions.checklist import load_questions
from sightline.disclosure import METHOD
from sightline.errors import InputRefused, NotFound
from sightline.ledger.models import AuditEvent
from sightline.model.releases import Release
from tests.support.partnership import NOW
from tests.support.releases import example_release

pytestmark = pytest.mark.django_db

ANSWER = "Looked through the local paper and the court listings; nothing points at one child."


@pytest.fixture
def release(monkeypatch: pytest.MonkeyPatch) -> Release:
    """The first release of a workspace, as its checklist finds it."""
    made = example_release()
    made = replace(made, methods={**made.methods, "disclosure": METHOD})
    monkeypatch.setattr(checklists, "release_by_number", lambda workspace, number: made)
    monkeypatch.setattr(checklists, "releases_before", lambda instant: [])
    return made


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = Checklist("release 1", (Tried("Subtraction", "12", "nothing found"),), 0, {})
    monkeypatch.setattr(checklists, "_of_release", lambda workspace, number: nothing)


def answer_all(workspace: Workspace) -> None:
    for question in load_questions():
        answer_question(workspace, "release", 1, question.id, ANSWER, by="analyst", at=NOW)


def test_what_can_be_tried_is_tried_on_the_release_itself(workspace: Workspace, release: Release) -> None:
    found = read_checklist(workspace, "release", 1)

    assert {"Subtraction", "All sums at once", "Somebody who is counted"} <= {each.what for each in found.tried}
    assert len(found.tried) > 15
    assert found.unanswered == tuple(each.id for each in load_questions())


def test_it_is_signed_only_when_every_question_has_an_answer(workspace: Workspace, clean: None) -> None:
    with pytest.raises(ChecklistOpen, match="nobody answered: in_the_news"):
        sign_checklist(workspace, "release", 1, by="lead", at=NOW)
    answer_all(workspace)

    sign_checklist(workspace, "release", 1, by="lead", at=NOW)

    kept = read_checklist(workspace, "release", 1)
    assert (kept.signed_by, kept.unanswered) == ("lead", ())
    assert kept.answers["words"].text == ANSWER
    event = AuditEvent.objects.order_by("-seq").first()
    assert event is not None
    assert (event.action, event.object, event.actor) == ("checklist_signed", "release 1", "lead")


def test_an_answer_after_the_sign_off_takes_it_away(workspace: Workspace, clean: None) -> None:
    answer_all(workspace)
    sign_checklist(workspace, "release", 1, by="lead", at=NOW)

    answer_question(workspace, "release", 1, "words", "The title was changed since, and read again.", by="analyst", at=NOW + timedelta(1))

    assert read_checklist(workspace, "release", 1).signed_by is None


def test_what_an_attack_found_cannot_be_signed_away(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    leaking = Checklist("release 1", (Tried("Subtraction", "12", "1 found"),), 1, {})
    monkeypatch.setattr(checklists, "_of_release", lambda workspace, number: leaking)
    answer_all(workspace)

    with pytest.raises(ChecklistOpen, match="attacks found something in 1 place"):
        sign_checklist(workspace, "release", 1, by="lead", at=NOW)


@pytest.mark.parametrize(("question", "text", "error"), [("words", "no", InputRefused), ("weather", ANSWER, NotFound)])
def test_an_answer_that_is_none_is_refused(workspace: Workspace, clean: None, question: str, text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        answer_question(workspace, "release", 1, question, text, by="analyst", at=NOW)


def test_a_table_that_was_never_published_has_none(workspace: Workspace) -> None:
    with pytest.raises(NotFound, match="no table 7"):
        read_checklist(workspace, "table", 7)


def test_the_command_shows_answers_signs_and_writes_a_page(workspace: Workspace, clean: None, tmp_path: Path) -> None:
    def run(*words: str, who: tuple[str, ...] = ("--by", "lead", "--at", "2026-05-15T09:00")) -> dict[str, object]:
        done = CliRunner().invoke(
            app, ["checklist", words[0], "release", "1", *words[1:], "--workspace", str(workspace.root), "--json", *who]
        )
        assert done.exit_code == 0, done.output
        return json.loads(done.output)

    for question in load_questions():
        run("answer", question.id, "--answer", ANSWER)
    assert run("sign")["signed_by"] == "lead"
    run("show", "--report", str(tmp_path / "checklist.html"), who=())
    page = (tmp_path / "checklist.html").read_text()
    assert ANSWER in page
    assert "Signed by lead" in page
