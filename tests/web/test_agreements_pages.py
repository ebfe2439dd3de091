"""The pages of agreements: how each stands, suspending one and taking that back, and “can I share this, and why?”."""

from __future__ import annotations

import pytest
from django.test import Client

from sightline.app.agreements import take_step
from sightline.app.roles import Role
from sightline.ledger.agreements import standings
from sightline.ledger.models import AuditEvent
from sightline.model.agreements import Status, Step
from sightline.web.pages import agreements as page
from sightline.web.release_source import WorkspaceSource, using
from tests.support.partnership import NOW, make_workspace
from tests.unit.test_agreements_in_force import agreement, agreements
from tests.web.reading import document, words_of

POLICE = "/data/agreements/police_sharing"
ASK = "/data/agreements/can-share"
QUESTION = {"what": "police/police", "to": "police", "purpose": "strategic_planning", "tier": "strategic", "mode": "aggregate_only"}


@pytest.fixture
def agreed(tmp_path, db, monkeypatch):
    """The pages of a partnership with three agreements, on a day on which that of the police has a month left."""
    monkeypatch.setattr(page.timezone, "now", lambda: NOW)
    made = make_workspace(tmp_path, agreements=agreements(police=agreement("police", end="2026-06-10", review_by="2026-05-31")))
    with using(WorkspaceSource(made.root)):
        yield made


def test_the_list_says_how_each_stands_what_ends_soon_and_what_nothing_covers(agreed, sign_in) -> None:
    words = words_of(sign_in(Role.STRATEGIC_LEAD).get("/data/agreements"))

    assert "Sharing in Testing" in words
    assert "26 days left" in words
    assert "(police_sharing@1) ends on 2026-06-10, within 30 days" in words
    assert "Education cannot share School census" in words


def test_an_empty_registry_says_what_to_do_first(tmp_path, db, sign_in) -> None:
    with using(WorkspaceSource(make_workspace(tmp_path, agreements={}).root)):
        words = words_of(sign_in().get("/data/agreements"))

    assert "There is no agreement yet" in words
    assert "every return is refused" in words


def test_an_agreement_shows_its_terms_its_signatures_and_what_happened(agreed, sign_in) -> None:
    take_step(agreed, "police_sharing", Step.SUSPEND, reason="a letter went astray", by="protection", at=NOW)

    words = words_of(sign_in(Role.ANALYST).get(POLICE))

    assert "Version 1 is suspended" in words
    assert "Duty to safeguard and promote the welfare of children" in words
    assert "A. Signatory, Director" in words
    assert "suspend, by protection. a letter went astray" in words
    assert "Take up again" not in words
    assert sign_in(Role.CHECKER).get("/data/agreements/nothing").status_code == 404


@pytest.mark.parametrize(("role", "agency"), [(Role.DATA_PROTECTION_OFFICER, ""), (Role.AGENCY_DATA_OFFICER, "police")])
def test_who_answers_for_it_suspends_it_after_confirming_and_takes_that_back(agreed, sign_in, role, agency) -> None:
    client: Client = sign_in(role, agency)
    assert "Suspend…" in words_of(client.get(POLICE))
    assert "From that instant no return is taken in under it" in words_of(client.get(POLICE, {"do": "suspend"}))

    unexplained = client.post(POLICE, {"do": "suspend", "reason": " "})
    assert (unexplained.status_code, standings_of("police_sharing")) == (409, Status.IN_FORCE)
    assert "needs a reason" in words_of(unexplained)

    assert client.post(POLICE, {"do": "suspend", "reason": "a letter went astray"}).status_code == 302
    assert standings_of("police_sharing") is Status.SUSPENDED
    assert client.post(POLICE, {"do": "suspend", "reason": "again"}).status_code == 409
    assert client.post(POLICE, {"do": "withdraw", "reason": "no"}).status_code == 404

    assert "Take up again…" in words_of(client.get(POLICE))
    assert client.post(POLICE, {"do": "resume", "reason": "found"}).status_code == 302
    assert standings_of("police_sharing") is Status.IN_FORCE
    told = AuditEvent.objects.filter(object="police_sharing@1").order_by("seq")
    assert [(event.action, event.actor) for event in told][1:] == [
        ("agreement_suspended", f"{role}-{agency}"),
        ("agreement_resumed", f"{role}-{agency}"),
    ]


@pytest.mark.parametrize(("role", "agency"), [(Role.ANALYST, ""), (Role.AGENCY_DATA_OFFICER, "csc"), (Role.ADMINISTRATOR, "")])
def test_nobody_else_can_suspend_it(agreed, sign_in, role, agency) -> None:
    client = sign_in(role, agency)

    assert "Suspend" not in words_of(client.get(POLICE, {"do": "suspend"}))
    assert client.post(POLICE, {"do": "suspend", "reason": "why"}).status_code == 403
    assert standings_of("police_sharing") is Status.IN_FORCE


def test_can_i_share_this_is_answered_with_what_to_keep_to(agreed, sign_in) -> None:
    words = words_of(sign_in(Role.PRACTITIONER).get(ASK, QUESTION))

    assert "Yes, under police_sharing@1." in words
    assert "May Occurrences of Police (aggregate only) go to Police" in words
    assert "Passing it on: never." in words
    assert "only what the disclosure rules release to the strategic tier" in words


def test_an_agreement_is_told_in_the_names_of_agencies_and_datasets(agreed, sign_in) -> None:
    words = words_of(sign_in().get(POLICE))

    assert "Police Occurrences" in words
    assert "police police" not in words


def test_the_question_offers_agencies_and_bodies_that_agreements_name_and_keeps_any_other_that_was_typed(agreed, sign_in) -> None:
    page = document(sign_in().get(ASK, {**QUESTION, "to": "the parish council"}))

    offered = page.xpath("//select[@name='to']/option/@value")
    assert {"csc", "police", "education", "voluntary", "other"} <= set(offered)
    assert page.xpath("//select[@name='to']/option[@selected]/@value") == ["other"]
    assert page.xpath("//input[@name='other']/@value") == ["the parish council"]


def test_can_i_share_this_says_what_stands_in_the_way_and_how_to_mend_it(agreed, sign_in) -> None:
    words = words_of(sign_in().get(ASK, {**QUESTION, "to": "probation", "purpose": "disrupt_harm", "mode": "record_level"}))

    assert "No." in words
    assert "“disrupt harm” is none of its purposes" in words
    assert "probation is no recipient under it." in words
    assert "It may not be passed on" in words


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"what": "nobody/police"}, "There is no agency called"),
        ({"what": "police/gossip"}, "sends no dataset called"),
        ({"purpose": "curiosity"}, "There is no purpose"),
        ({"tier": "secret"}, "There is no such tier or mode"),
        ({"fields": "flag.flag flag.colour"}, '"flag.colour" is no field'),
    ],
)
def test_a_question_that_cannot_be_asked_says_why(agreed, sign_in, changes, told) -> None:
    answer = sign_in().get(ASK, {**QUESTION, **changes})

    assert answer.status_code == 400
    assert told in words_of(answer)


def standings_of(id: str) -> Status:
    (found,) = [each for each in standings() if each.terms.id == id]
    return found.status(NOW)
