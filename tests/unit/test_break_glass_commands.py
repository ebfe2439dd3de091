"""Emergencies and decisions not to disclose on the command line: whoever is named proves it, and no number stands in an argument."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from sightline.app.proofs import NotProved
from sightline.app.second_factors import demo_code, give_app, new_secret
from sightline.cli.main import app
from sightline.ledger.models import User
from sightline.ledger.subject_models import BreakGlassEnd
from tests.support.emergencies import NARRATIVE, WORDS, known_child

pytestmark = pytest.mark.django_db


@pytest.fixture
def town(workspace, submit):
    known_child(workspace, submit)
    for user in User.objects.all():
        user.is_invented = True
        user.save()
        give_app(user, new_secret(), at=datetime.now(UTC))
    return workspace


def run(town, *arguments, by, number=None, code=None):
    typed = [number] if number is not None else []
    typed.append(code if code is not None else demo_code(town, by, at=datetime.now(UTC)))
    line = [*map(str, arguments), "--by", by, "--workspace", str(town.root)]
    return CliRunner().invoke(app, line, input="\n".join(typed) + "\n")


OPEN = ("break-glass", "open", "--agency", "csc", "--emergency", "court", "--words", WORDS)


def test_an_emergency_from_the_first_word_to_the_review(town):
    refused = run(town, *OPEN, by="ann", number="0", code="000000")
    assert refused.exception is not None
    assert json.loads(run(town, *OPEN, "--json", by="ann", number="0").stdout) == {"number": 1}

    shown = run(town, "break-glass", "show", 1, by="ann").stdout
    assert "High risk" in shown
    assert "may speak of self-harm or suicide, weapons" in shown
    assert NARRATIVE not in shown


def test_decisions_and_reviews_are_recorded_by_officers_who_prove_it(town):
    day = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    said = ("--agency", "police", "--holder", "police", "--asked-by", "social care", "--basis", "serious_harm", "--review-by", day)
    made = run(town, "not-disclosed", "add", *said, "--reason", "It would tell where she lives", "--json", by="officer_police", number="0")
    assert json.loads(made.stdout)["stands"]

    assert run(town, *OPEN, by="ann", number="0").exit_code == 0
    listed = run(town, "break-glass", "list", "--json", by="officer")
    assert [each["waits_for"] for each in json.loads(listed.stdout)["emergencies"]] == [["csc", "police"]]
    reviewed = run(town, "break-glass", "review", 1, "--justified", "--words", "I rang the duty desk", by="officer")
    assert "is reviewed" in reviewed.stdout
    over = run(town, "not-disclosed", "end", 1, "--reason", "she is safe now", by="officer_csc")
    assert over.exception is not None  # another agency's
    assert NARRATIVE not in listed.stdout


@pytest.mark.parametrize(
    ("line", "by"),
    [(("break-glass", "list"), "officer"), (("break-glass", "end", 1), "ann"), (("not-disclosed", "list"), "officer")],
    ids=lambda each: " ".join(map(str, each)) if isinstance(each, tuple) else each,
)
def test_nobody_lists_or_closes_in_the_name_of_another(town, line, by):
    assert run(town, *OPEN, by="ann", number="0").exit_code == 0

    assert isinstance(run(town, *line, by=by, code="000000").exception, NotProved)
    assert BreakGlassEnd.objects.count() == 0
    assert run(town, *line, by=by).exit_code == 0
    assert BreakGlassEnd.objects.count() == ("end" in line)
