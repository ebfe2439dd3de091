"""`sightline link` and what stands under it, as somebody at a terminal uses it."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from sightline.app.publish_generation import publish_generation
from sightline.cli.main import app
from sightline.errors import InputRefused, NotFound, Refused
from sightline.ledger.models import AuditEvent
from tests.support.partnership import NOW, Q4

pytestmark = pytest.mark.django_db

AT = ("--at", "2026-05-15T09:00", "--by", "steward")
CASE, NOMINAL = "CASE-4711", "NOM-0815"


@pytest.fixture
def command(workspace, submit):
    """Run a command on a workspace whose one child is known to two agencies and linked; its answer as JSON."""
    child = {
        "given_name": "Ottoline",
        "family_name": "Hebblewhite",
        "date_of_birth": "2012-03-07",
        "date_of_birth_precision": "day",
        "nhs_number": "9000000033",
        "valid_from": "2025-10-01",
    }
    submit(identity_record=[{"local_id": CASE, **child}], period=Q4)
    submit(identity_record=[{"local_id": NOMINAL, **child}], agency="police", dataset="police", period=Q4)
    publish_generation(workspace, by="tester", at=NOW)

    def run(*arguments, said=None, as_json=True):
        options = ("--json",) if as_json else ()
        done = CliRunner().invoke(app, ["link", *arguments, "--workspace", str(workspace.root), *AT, *options], input=said)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == 0, done.output
        assert not [word for word in (CASE, NOMINAL, "ttoline") if word in done.output]
        return json.loads(done.output) if as_json else done.output

    assert run("-q")["linkage"]["people"] == 1
    return run


def numbers(one=CASE, other=NOMINAL):
    return f"{one}\n{other}\n"


def test_a_decision_is_added_followed_listed_and_withdrawn(command):
    made = command("override", "add", "cannot-link", "csc", "police", "--reason", "two children", said=numbers())
    assert command("-q")["linkage"]["people"] == 2
    (listed,) = command("override", "list")["overrides"]
    assert (listed["number"], listed["kind"], listed["reason"]) == (made["override"], "cannot_link", "two children")

    command("override", "withdraw", str(made["override"]), "--reason", "one child after all")
    assert command("-q")["linkage"]["people"] == 1
    assert command("override", "list")["overrides"] == []
    assert command("override", "list", "--all")["overrides"][0]["withdrawn_reason"] == "one child after all"
    assert CASE not in str(list(AuditEvent.objects.values_list("object", "detail")))


def test_who_is_protected_is_counted_and_shown_only_when_asked(command):
    command("override", "add", "do-not-link", "csc", "police", "--reason", "protected", said=numbers())
    command("-q")

    hidden = command("override", "list")
    assert (hidden["overrides"], hidden["not_shown"]) == ([], 1)
    assert "1 protect somebody and are not shown" in command("override", "list", as_json=False)
    assert len(command("override", "list", "--protected")["overrides"]) == 1
    assert command("events")["events"] == []
    assert "No person id changed" in command("events", as_json=False)
    assert {event["kind"] for event in command("events", "--protected")["events"]} == {"retired", "created"}


def test_a_change_is_listed_with_its_reason_and_undone(command):
    command("override", "add", "cannot-link", "csc", "police", "--reason", "two children", said=numbers())
    command("-q")
    (event,) = [each for each in command("events")["events"] if each["kind"] == "split"]
    assert event["reason"] == "A steward decided that they are not one person."
    assert event["event"] in command("events", as_json=False)
    assert len(command("events", "--person", event["person_id"])["events"]) == 2

    undone = command("undo", event["event"], "--reason", "one child after all")

    assert undone["people"] == [event["person_id"]]
    assert command("-q")["linkage"]["people"] == 1
    assert command("events", "--kind", "absorbed")["events"][0]["others"] == [event["person_id"]]


@pytest.mark.parametrize(
    ("arguments", "said", "error", "words"),
    [
        (("override", "add", "maybe", "csc", "police", "--reason", "x"), numbers(), InputRefused, "no kind of override"),
        (("override", "add", "must-link", "csc", "police", "--reason", "x"), numbers(other="X99"), NotFound, "second person"),
        (("override", "add", "must-link", "csc", "csc", "--reason", "x"), numbers(other=CASE), InputRefused, "same record"),
        (("override", "add", "must-link", "csc", "police", "--reason", "x"), "", InputRefused, "is empty"),
        (("override", "add", "must-link", "csc", "police", "--reason", f"see {CASE}"), numbers(), InputRefused, "number of a person"),
        (("override", "withdraw", "7", "--reason", "x"), None, NotFound, "no override 7"),
        (("undo", "1-1", "--reason", "x"), None, Refused, "cannot be undone"),
        (("undo", "first", "--reason", "x"), None, InputRefused, "two numbers"),
        (("events", "--linkage", "99"), None, NotFound, "no linkage 99"),
        (("events", "--kind", "merge"), None, InputRefused, "no kind of event"),
    ],
)
def test_what_cannot_be_done_is_said_without_naming_anybody(command, arguments, said, error, words):
    with pytest.raises(error, match=words) as caught:
        command(*arguments, said=said)
    assert CASE not in str(caught.value)
    assert NOMINAL not in str(caught.value)


def test_options_before_a_subcommand_are_refused(workspace):
    done = CliRunner().invoke(app, ["link", "--workspace", str(workspace.root), "events"])

    assert isinstance(done.exception, InputRefused)
    assert "before the subcommand" in str(done.exception)
