"""An agency whose records cannot be compared, from the command to the statement and the release's gaps; nothing of anybody in it."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from sightline.app.gaps_told import gaps_told
from sightline.app.left_alone import returns_left_out
from sightline.app.linkage_statement import assemble_statement
from sightline.app.publish_generation import publish_generation
from sightline.cli.main import app
from sightline.ledger.models import Linkage
from sightline.model.releases import NOT_LINKED
from tests.support.partnership import NOW, Q4
from tests.unit.test_linkage_statement import seen

pytestmark = pytest.mark.django_db

SECRETS = ("Ottoline", "Hebblewhite", "QS1", "NOM-", "Zebedee")


@pytest.fixture
def command(workspace, submit):
    """Social care's children, and what the police send of some of them; what `sightline link` says of that, in one line."""
    submit(identity_record=[seen(number, local_id=f"C{number}") for number in range(32)], period=Q4)

    def said(rows):
        submit(identity_record=rows, agency="police", dataset="police", period=Q4)
        publish_generation(workspace, by="tester", at=NOW)
        done = CliRunner().invoke(app, ["link", "--workspace", str(workspace.root), "--at", "2026-05-15T09:00", "--by", "tester"])
        assert done.exit_code == 0, done.output
        assert not [word for word in SECRETS if word in done.output]
        return " ".join(done.output.split())

    return said


def of_police(count, **lost):
    return [seen(number, local_id=f"NOM-{number}") | lost for number in range(count)]


@pytest.mark.parametrize(
    ("lost", "why"),
    [
        ({"given_name": None, "family_name": None}, "no record of it has a usable name"),
        ({"date_of_birth": None, "date_of_birth_precision": None}, "no record of it has a date of birth"),
    ],
    ids=["names", "birth dates"],
)
def test_a_small_agency_that_lost_a_column_is_told_of_everywhere_and_none_of_its_people_is_linked(workspace, command, lost, why):
    said = command(of_police(5, **lost))

    assert "37 identities belong to 37 people" in said
    assert f"Nobody told of by police (5 people) was linked: {why}. Mend its return and submit it again" in said
    (reason,) = [each.reason for each in assemble_statement(workspace).not_checked if each.what == "links of police"]
    assert reason.startswith(f"{why}; nobody it tells of was linked")
    (gap,) = gaps_told(workspace.partnership, {}, returns_left_out(Linkage.objects.last()))
    assert (gap.agency, gap.kind, gap.reason.endswith(f"are not linked with other agencies': {why}")) == ("police", NOT_LINKED, True)


def test_the_same_return_mended_is_linked_and_nothing_is_told_any_more(workspace, command):
    command(of_police(5, given_name=None, family_name=None))
    said = command(of_police(5))

    assert "37 identities belong to 32 people" in said
    assert "Nobody told of" not in said
    assert returns_left_out(Linkage.objects.last()) == ()


def test_where_some_have_a_number_only_they_are_linked_and_how_many_are_not_is_said(workspace, command, submit):
    rows = of_police(5, given_name=None, family_name=None)
    rows[0]["nhs_number"] = "9000000033"
    said = command(rows)

    assert "Of the 5 people told of by police only those with a number that can be right were linked" in said
    assert "and 4 of them have no such number either" in said
    assert "--tokens" in said
    assert returns_left_out(Linkage.objects.last()) == ()
    (reason,) = [each.reason for each in assemble_statement(workspace).not_checked if each.what == "links of police"]
    assert "whoever has no number" in reason


def test_one_number_of_two_people_is_told_and_the_others_are_linked(workspace, command):
    other = {"given_name": "Zebedee", "date_of_birth": "2001-03-03"}
    said = command([*of_police(5), seen(0, local_id="NOM-0") | other | {"valid_from": "2025-11-01"}])

    assert "37 identities belong to 33 people" in said
    assert "1 number that police gives its people seems to stand for two people" in said
    assert "must-link" in said
    (reason,) = [each.reason for each in assemble_statement(workspace).not_checked if each.what == "some links of police"]
    assert "stand for two people" in reason
