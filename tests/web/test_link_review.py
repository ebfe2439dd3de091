"""The review of links as a reviewer meets it: what the page shows, what it keeps back, and whom it is for."""

from __future__ import annotations

import re

import pytest

from sightline.app.override_links import list_overrides
from sightline.app.review_pairs import decide
from sightline.app.roles import Role
from sightline.ledger import reviews
from sightline.ledger.models import AuditEvent, LinkReview, LinkReviewDecision
from sightline.model.reviews import ReviewDecision, ReviewReason
from sightline.web.release_source import WorkspaceSource, using
from tests.support.partnership import NOW
from tests.support.reviews import FAMILY, linked_children, opened
from tests.web.reading import words_of

pytestmark = pytest.mark.django_db

LIST, SET = "/data/links/review", "/data/links/review/1"
SURNAMES = (*FAMILY, "Ravensworth")


@pytest.fixture
def town(workspace, submit):
    linked_children(workspace, submit)
    opened(workspace)
    with using(WorkspaceSource(workspace.root)):
        yield workspace


@pytest.fixture
def reviewer(town, sign_in):
    client = sign_in(Role.ANALYST)
    client.post(SET, {"do": "begin"})
    return client


def decided(workspace, position, decision, *who):
    for name in who:
        decide(workspace, 1, position, decision, ReviewReason.WHOLE, by=name, at=NOW)


def test_no_name_is_shown_before_the_reviewer_has_said_that_they_look_for_the_purpose(town, sign_in):
    client = sign_in(Role.ANALYST)

    words = words_of(client.get(SET))

    assert "Purpose: how right the links are" in words
    assert "18 pairs wait for you" in words
    assert not [name for name in SURNAMES if name in words]
    assert not AuditEvent.objects.filter(action="link_review_pair_seen").exists()


def test_a_pair_is_shown_side_by_side_with_what_differs_in_words(reviewer, town):
    words = words_of(reviewer.get(SET))

    assert "Are these two records of one person?" in words
    assert re.search("Given name .* Family name .* Date of birth .* Postcode .* NHS number", words)
    assert any(name in words for name in SURNAMES)
    for button in ("Same person", "Different people", "Not sure"):
        assert button in words


def test_the_page_tells_nothing_of_the_model_or_of_the_other_reviewer(reviewer, town):
    before = words_of(reviewer.get(SET))
    decided(town, 1, ReviewDecision.DIFFERENT, "bo")

    words = words_of(reviewer.get(SET))

    assert words == before
    assert not re.search(r"probab|likel|weight|stratum|matter|%|0\.\d", words)


def test_each_look_and_each_decision_is_in_the_audit_under_the_reviewers_name(reviewer, town):
    reviewer.get(SET)
    reviewer.post(SET, {"do": "decide", "position": "1", "decision": "unsure", "reason": "little"})

    told = list(AuditEvent.objects.filter(object="pair 1 of link review 1").order_by("seq").values_list("action", "actor"))
    assert told == [("link_review_pair_seen", "analyst-"), ("link_review_decided", "analyst-")]
    made = LinkReviewDecision.objects.get()
    assert (made.decision, made.reason, made.by) == ("unsure", "little", "analyst-")


def test_after_a_decision_the_next_pair_comes_and_the_last_is_explained(reviewer, town):
    answer = reviewer.post(SET, {"do": "decide", "position": "1", "decision": "same", "reason": "name"}, follow=True)

    words = words_of(answer)
    assert answer.redirect_chain == [(SET, 302)]
    assert "pair 2. 1 decided by you, 17 to decide" in words
    assert "Your last decision: pair 1, same person" in words
    assert "What linkage compared:" in words


def test_a_decision_can_be_taken_back_by_a_button(reviewer, town):
    reviewer.post(SET, {"do": "decide", "position": "1", "decision": "same", "reason": "name"})

    words = words_of(reviewer.post(SET, {"do": "undo"}, follow=True))

    assert "pair 1. 0 decided by you, 18 to decide" in words
    assert "Your last decision" not in words


def test_a_second_decision_on_one_pair_is_refused_in_words(reviewer, town):
    reviewer.post(SET, {"do": "decide", "position": "1", "decision": "same", "reason": "name"})

    answer = reviewer.post(SET, {"do": "decide", "position": "1", "decision": "different", "reason": "name"})

    assert answer.status_code == 409
    assert "You decided on pair 1 before." in words_of(answer)
    assert LinkReviewDecision.objects.count() == 1


@pytest.mark.parametrize(
    "sent",
    [
        {"position": "1", "decision": "perhaps"},
        {"position": "1", "decision": "same", "reason": "because Ottoline said so"},
        {"position": "one", "decision": "same"},
        {"decision": "same"},
    ],
)
def test_what_is_no_decision_is_not_taken_down(reviewer, town, sent):
    assert reviewer.post(SET, {"do": "decide", **sent}).status_code == 404
    assert LinkReviewDecision.objects.count() == 0


def test_nothing_can_be_decided_before_beginning(town, sign_in):
    sign_in(Role.ANALYST).post(SET, {"do": "decide", "position": "1", "decision": "same", "reason": "name"})

    assert LinkReviewDecision.objects.count() == 0


def test_the_page_is_not_cached_and_neither_address_nor_title_tells_of_anybody(reviewer, town):
    answer = reviewer.get(SET)

    assert answer["Cache-Control"] == "no-store"
    assert "<title>Review set 1 – Sightline</title>" in answer.content.decode()


def test_names_are_left_out_of_what_is_printed(reviewer, town):
    """Everything personal stands inside the part that print leaves out."""
    page = reviewer.get(SET).content.decode()
    kept, _, left_out = page.partition('<div class="govuk-!-display-none-print">')
    after = left_out.partition("</form>")[2]

    assert not [name for name in SURNAMES if name in kept + after]
    assert any(name in left_out for name in SURNAMES)


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.ANALYST, Role.AGENCY_DATA_OFFICER)])
def test_no_other_role_sees_a_pair(role, town, sign_in):
    client = sign_in(role)

    assert client.get(SET).status_code == 403
    assert client.post(SET, {"do": "begin"}).status_code == 403


def test_an_officer_sees_pairs_of_the_own_agencys_records_only(town, sign_in):
    client = sign_in(Role.AGENCY_DATA_OFFICER, agency="police")
    client.post(SET, {"do": "begin"})
    own = [pair for pair in reviews.pairs_of(LinkReview.objects.get()) if pair.left_agency == pair.right_agency == "police"]

    words = words_of(client.get(SET))

    assert f"{len(own)} to decide" in words if own else "Nothing is left for you" in words
    assert "Children's social care" not in words


def test_an_officer_whose_sign_in_names_no_agency_sees_no_pair(town, sign_in):
    client = sign_in(Role.AGENCY_DATA_OFFICER, agency="")
    client.post(SET, {"do": "begin"})

    assert "Nothing is left for you" in words_of(client.get(SET))


def test_the_list_says_how_far_each_set_has_come(town, sign_in):
    decided(town, 1, ReviewDecision.SAME, "ann", "bo")
    decided(town, 2, ReviewDecision.SAME, "ann")

    words = words_of(sign_in(Role.DATA_PROTECTION_OFFICER).get(LIST))

    assert "Set 1 how right the links are 15 May 2026 18 1 1 0 too few pairs decided twice" in words
    assert "Make overrides" not in words
    assert "Open a set" not in words


def test_a_steward_accepts_from_the_list_and_is_told_what_was_done(town, sign_in):
    apart = next(pair for pair in reviews.pairs_of(LinkReview.objects.get()) if not pair.linked)
    decided(town, apart.position, ReviewDecision.SAME, "ann", "bo")

    words = words_of(sign_in(Role.ANALYST).post(LIST, {"do": "accept", "set": "1"}))

    assert "1 override was added; the next linkage follows them." in words
    assert [(each.left, each.right) for each in list_overrides(town).overrides] == [(apart.left, apart.right)]


def test_an_analyst_opens_a_set_and_is_told_why_one_cannot_be_opened(town, sign_in):
    client = sign_in(Role.ANALYST)

    assert "Nobody has begun review set 1" in words_of(client.post(LIST, {"do": "open", "purpose": "links of this quarter"}))
    decided(town, 1, ReviewDecision.SAME, "ann")
    assert "A set needs a purpose." in words_of(client.post(LIST, {"do": "open", "purpose": ""}))
    assert "Set 2 links of this quarter" in words_of(client.post(LIST, {"do": "open", "purpose": "links of this quarter"}, follow=True))


def test_others_can_open_and_accept_nothing(town, sign_in):
    for role in (Role.DATA_PROTECTION_OFFICER, Role.AGENCY_DATA_OFFICER):
        sign_in(role, agency="police").post(LIST, {"do": "open", "purpose": "links of this quarter"})

    assert LinkReview.objects.count() == 1


def test_a_set_that_is_none_is_not_there(town, sign_in):
    assert sign_in(Role.ANALYST).get("/data/links/review/7").status_code == 404


def test_without_a_workspace_there_is_no_set(empty_pages, sign_in):
    client = sign_in(Role.ANALYST)

    assert "No set has been opened." in words_of(client.get(LIST))
    assert client.get(SET).status_code == 404
