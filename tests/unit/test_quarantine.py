"""One switch sets an agency apart, wherever the one decision is asked, and one takes it back; each is a fact and an event."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from sightline.app import can_share, quarantine, submit_return
from sightline.app.agreed import NotAgreedToShare, NotAgreedToUse
from sightline.app.agreements import check_agreements
from sightline.app.count import count
from sightline.app.link_people import link_people
from sightline.app.publish_generation import current_generation
from sightline.app.purposes import choices
from sightline.app.release import make_release
from sightline.app.take_rotation import RotationRefused, take_rotation
from sightline.cli.main import app
from sightline.errors import InputRefused, NotFound, Refused
from sightline.governance import Allow, Deny, Quarantined
from sightline.ledger import audit
from sightline.ledger.models import AuditEvent, Role, User
from sightline.model.agreements import Mode, Tier
from sightline.model.rotations import Rotation
from tests.support.agreements import DURING, signed, terms
from tests.support.partnership import NOW, Q1, make_workspace, referral
from tests.unit.test_agreements_in_force import LATER, SOON, agreements, fill, made, police, publish, send  # noqa: F401 - a fixture
from tests.unit.test_decide import PROBATION, ask

WHY = "a sign-in was stolen"
MOMENT = timedelta(microseconds=1)


def apart(workspace, agency: str = "police", *, at: datetime = SOON):
    return quarantine.put_in_quarantine(workspace, agency, reason=WHY, by="protection", at=at)


@pytest.mark.parametrize("agency", ["police", "probation"])
def test_whose_data_it_is_and_who_would_have_it_are_both_stopped_from_the_instant_to_its_end(agency) -> None:
    ended = DURING + timedelta(hours=1)
    known = terms(recipients=["partnership", "probation"])
    held = [
        replace(each, quarantines=(Quarantined(agency, DURING, "ann", WHY, ended),))
        for each in (signed(known), signed(terms(id="second", recipients=["probation"])))
    ]

    answers = {at: ask(*held, who=PROBATION, at=at) for at in (DURING - MOMENT, DURING, ended - MOMENT, ended)}

    assert [isinstance(answer, Allow) for answer in answers.values()] == [True, False, False, True]
    refused = answers[DURING]
    assert isinstance(refused, Deny)
    assert [str(each) for each in refused.reasons] == [
        f"{agency} was put in quarantine on 2026-02-01 by ann: {WHY} (the quarantine of an agency) It can be ended when the reason is gone."
    ]
    assert refused.gap == "in quarantine since 2026-02-01"


def test_another_agencys_quarantine_stops_nothing_and_one_that_nobody_ended_goes_on() -> None:
    other, own = (replace(signed(), quarantines=(Quarantined(agency, DURING, "ann", WHY),)) for agency in ("education", "police"))

    assert isinstance(ask(other), Allow)
    assert isinstance(ask(own, at=DURING + timedelta(days=30)), Deny)


def test_the_gap_is_the_quarantine_also_where_the_agreement_is_suspended_as_well() -> None:
    ended = signed(terms(end="2026-01-31", review_by="2026-01-01"))
    answer = ask(replace(ended, quarantines=(Quarantined("police", DURING, "ann", WHY),)))

    assert isinstance(answer, Deny)
    assert [each.short for each in answer.reasons] == ["in quarantine since 2026-02-01", "agreement ended 2026-01-31"]


def test_nothing_is_taken_in_before_a_file_is_opened(made, tmp_path, monkeypatch) -> None:  # noqa: F811 - the fixture
    workspace = made()
    apart(workspace, at=NOW)
    monkeypatch.setattr(submit_return, "file_digest", lambda *_: pytest.fail("the file was opened"))

    with pytest.raises(
        NotAgreedToShare, match=f"Police may not share this: police was put in quarantine on 2026-05-15 by protection: {WHY}"
    ):
        police(workspace, tmp_path)

    assert list(workspace.objects.names()) == []
    assert AuditEvent.objects.order_by("seq").last().action == "return_refused"


def test_others_go_on_handing_in(made, tmp_path, monkeypatch) -> None:  # noqa: F811 - the fixture
    workspace = made()
    apart(workspace, at=NOW)

    assert send(workspace, tmp_path, referral=[referral("A")]).version == 1


def test_nothing_of_it_is_counted_linked_or_released_and_every_new_figure_names_the_gap(made, tmp_path) -> None:  # noqa: F811 - the fixture
    workspace = made()
    fill(workspace, tmp_path)
    before = current_generation(workspace)
    apart(workspace)

    with pytest.raises(NotAgreedToUse, match=r"police police: in quarantine since 2026-05-15"):
        count(workspace, period=Q1, at=SOON)
    with pytest.raises(NotAgreedToUse):
        make_release(workspace, period=Q1, by="t", at=LATER)
    with pytest.raises(NotAgreedToUse):
        link_people(workspace, by="t", at=LATER)
    assert count(workspace, period=Q1, at=SOON - MOMENT).generation.returns == 3

    assert publish(workspace, LATER).returns == 2
    release, _ = make_release(workspace, period=Q1, by="t", at=LATER)
    affected = [each for each in release.coverage if ("police", "in quarantine since 2026-05-15") in each.missing]
    assert {each.indicator for each in affected} >= {"children_referred_again"}
    assert all("police" not in each.agencies for each in affected)
    assert "Police is in no figure here: in quarantine since 2026-05-15." in [each.text for each in release.unknowns]

    quarantine.end_quarantine(workspace, "police", reason="found", by="protection", at=LATER + MOMENT)
    assert publish(workspace, LATER + MOMENT).return_ids == before.return_ids
    audit.verify()


def test_every_other_place_that_asks_the_one_decision_is_told(made, tmp_path) -> None:  # noqa: F811 - the fixture
    workspace = made()
    fill(workspace, tmp_path)
    make_release(workspace, period=Q1, by="t", at=NOW)
    apart(workspace)
    question = can_share.Question("police", "police", "police", "strategic_planning", Tier.STRATEGIC, Mode.AGGREGATE_ONLY)

    assert "in quarantine" in can_share.can_share(workspace, question, at=SOON).reasons[0][0]
    assert can_share.can_share(workspace, question, at=NOW).allowed
    assert [found for found in check_agreements(workspace, at=SOON) if "Police cannot share Occurrences: police was put in" in found]
    # What was published stays readable, as a publication does.
    assert [each.id for each in choices(User(username="leader", role=Role.STRATEGIC_LEAD)) if not each.against] == [
        "strategic_planning",
        "scrutiny",
    ]


def test_a_rotation_file_of_it_is_not_taken_either(made, tmp_path, monkeypatch) -> None:  # noqa: F811 - the fixture
    workspace = made()
    apart(workspace)
    file = tmp_path / "rotation"
    file.write_bytes(Rotation("police", "police", "2026-Q1", "aaaaaaaa", "bbbbbbbb", {}).to_bytes())

    with pytest.raises(RotationRefused, match="police is in quarantine"):
        take_rotation(workspace, file, by="t", at=SOON)
    assert AuditEvent.objects.order_by("seq").last().action == "token_rotation_refused"


def test_the_switch_says_why_and_is_pulled_once(made) -> None:  # noqa: F811 - the fixture
    workspace = made()
    User.objects.create(username="officer", role=Role.AGENCY_DATA_OFFICER, agency="police")

    with pytest.raises(InputRefused, match="needs a reason"):
        quarantine.put_in_quarantine(workspace, "police", reason=" ", by="ann", at=NOW)
    with pytest.raises(NotFound):
        quarantine.put_in_quarantine(workspace, "nobody", reason=WHY, by="ann", at=NOW)
    with pytest.raises(NotFound, match="is not in quarantine"):
        quarantine.end_quarantine(workspace, "police", reason=WHY, by="ann", at=NOW)
    line = apart(workspace)
    with pytest.raises(Refused, match="in quarantine already"):
        apart(workspace)

    assert (line.since, line.by, line.reason, line.people, line.before) == (SOON, "protection", WHY, 1, 0)
    event = AuditEvent.objects.get(action="quarantine_begun")
    assert (event.object, event.actor, event.detail) == ("police", "protection", {"reason": WHY, "people": 1})
    back = quarantine.end_quarantine(workspace, "police", reason="found", by="ann", at=NOW)
    assert (back.since, back.before) == (None, 1)
    assert AuditEvent.objects.get(action="quarantine_ended").at == SOON  # a clock that went back ends nothing before it began


@pytest.mark.django_db
def test_the_command_puts_apart_takes_back_and_lists(tmp_path) -> None:
    root = make_workspace(tmp_path, agreements=agreements()).root
    common = ("--workspace", str(root), "--at", "2026-05-15T09:00", "--by", "tester")

    def said(*arguments: str) -> str:
        result = CliRunner().invoke(app, ["quarantine", *arguments, *common])
        assert result.exit_code == 0, result.output
        return " ".join(result.output.split())

    assert "Police is in quarantine: its people (0) are signed out" in said("police", "--reason", WHY)
    assert "2026-05-15 09:00 tester a sign-in was stolen" in said()
    listed = json.loads(CliRunner().invoke(app, ["quarantine", "--json", *common]).output)["agencies"]
    assert [each["agency"] for each in listed if each["in_quarantine_since"]] == ["police"]
    assert listed[0]["in_quarantine_since"] == datetime(2026, 5, 15, 9, tzinfo=UTC).isoformat()
    refused = CliRunner().invoke(app, ["quarantine", "--reason", WHY, *common])
    assert "no agency is named" in str(refused.exception)
    assert "Police is out of quarantine." in said("police", "--end", "--reason", "found")
