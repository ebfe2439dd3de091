"""`sightline link review`: what each command says, and that names are printed only when asked for, with a purpose."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from typer.testing import CliRunner

from sightline.app.review_pairs import see_pair
from sightline.cli.main import app
from sightline.errors import InputRefused, Refused
from sightline.ledger.models import AuditEvent, LinkReviewDecision
from tests.support.partnership import NOW
from tests.support.reviews import FAMILY, GIVEN, linked_children

pytestmark = pytest.mark.django_db

NAMES = (*GIVEN, *FAMILY, "Ravensworth")


@pytest.fixture
def review(workspace, submit) -> Callable[..., str]:
    """Run one of the commands on a partnership with a set of 18 pairs; what it prints."""
    linked_children(workspace, submit)

    def run(*arguments: str, by: str = "ann") -> str:
        told = ["--by", by, "--at", "2026-05-15T09:00"] if arguments[0] != "list" else []
        told = told[:2] if arguments[0] == "progress" else told
        done = CliRunner().invoke(app, ["link", "review", *arguments, "--workspace", str(workspace.root), *told])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.output

    run("open", "--purpose", "how right the links are", "--pairs", "12", "--matter-most", "6", "--seed", "1", by="steward")
    return run


def test_a_set_is_listed_with_how_far_it_has_come(review):
    review("decide", "1", "1", "same", "--reason", "name")

    words = " ".join(review("list").split())

    assert "1 2026-05-15 18 1 0 0 too few pairs decided twice how right the links are" in words
    told = json.loads(review("list", "--json"))["sets"][0]
    assert (told["pairs"], told["decided_once"], told["agreement"]) == (18, 1, None)


def test_progress_says_what_waits_for_me(review):
    review("decide", "1", "1", "same")

    assert "You decided on 1; 17 wait for you, pair 2 first." in review("progress", "1")
    assert "You decided on 0; 18 wait for you, pair 1 first." in review("progress", "1", by="bo")


def test_a_pair_is_described_without_a_name(review):
    said = review("pair", "1", "1")

    assert "Pair 1 of 18:" in said
    assert "How they are alike:" in said
    assert not [name for name in NAMES if name in said]


def test_names_are_printed_when_asked_for_with_a_purpose_and_the_audit_says_so(review):
    said = review("pair", "1", "1", "--show-identifiers", "--purpose", "a third opinion")

    assert any(name in said for name in NAMES)
    event = AuditEvent.objects.order_by("-seq").first()
    assert (event.action, event.actor, {"purpose": event.detail["purpose"]}) == (
        "link_review_pair_seen",
        "ann",
        {"purpose": "a third opinion"},
    )


@pytest.mark.parametrize("options", [["--show-identifiers"], ["--show-identifiers", "--purpose", "a check", "--json"]])
def test_names_without_a_purpose_or_for_a_file_are_refused(review, options):
    with pytest.raises(InputRefused, match="on the screen only, and for a purpose"):
        review("pair", "1", "1", *options)
    assert not AuditEvent.objects.filter(action="link_review_pair_seen").exists()


def test_a_purpose_that_names_somebody_by_a_date_is_refused(review, workspace):
    with pytest.raises(InputRefused, match="holds a date"):
        see_pair(workspace, 1, 1, purpose="the child born 12/03/2010", by="ann", at=NOW)


def test_a_decision_is_taken_down_and_taken_back(review):
    assert "Taken down: pair 1, not sure." in review("decide", "1", "1", "unsure", "--reason", "little")
    assert LinkReviewDecision.objects.get().reason == "little"
    assert "Taken back: pair 1 waits for you again." in review("undo", "1")


@pytest.mark.parametrize(("arguments", "problem"), [(("perhaps",), "no decision"), (("same", "--reason", "gut"), "no reason")])
def test_what_is_no_decision_or_no_reason_is_refused_with_those_there_are(review, arguments, problem):
    with pytest.raises(InputRefused, match=problem):
        review("decide", "1", "1", *arguments)


def test_accepting_says_what_was_done(review):
    for who in ("ann", "bo"):
        for position in range(1, 19):
            review("decide", "1", str(position), "same", by=who)

    own, done = review("accept", "1", by="ann"), review("accept", "1", by="steward")

    assert "0 overrides were added" in own
    assert "you decided on yourself" in own
    assert "overrides were added; the next linkage follows them." in done
    assert "agreed as the links already stand" in done


def test_a_second_set_is_refused_while_the_first_is_not_begun(review):
    with pytest.raises(Refused, match="Nobody has begun"):
        review("open", "--purpose", "again")
