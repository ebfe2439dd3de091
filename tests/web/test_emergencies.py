"""An emergency as people meet it on the pages: asking, looking, closing, reviewing; and decisions not to disclose."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from sightline.ledger.models import AuditEvent, User
from sightline.ledger.subject_models import BreakGlass, NonDisclosure
from sightline.web.release_source import WorkspaceSource, using
from sightline.web.sessions import SIGNED_IN_AT
from tests.support.emergencies import NARRATIVE, WORDS, known_child, opened
from tests.support.sessions import open_session
from tests.web.conftest import PASSWORD
from tests.web.reading import document, words_of

pytestmark = pytest.mark.django_db
ASK, REVIEWS, DECISIONS = "/people/in-an-emergency", "/people/emergencies-to-review", "/people/not-disclosed"
NAMES = ("Ottoline", "Hebblewhite", "Tamsin", "Oxenholme", "9434765919")
SAID = {"emergency": "immediate_harm", "words": WORDS, "agency": "csc", "number": "0"}


@pytest.fixture
def town(workspace, submit):
    known_child(workspace, submit)
    with using(WorkspaceSource(workspace.root)):
        yield workspace


def signed_in(name, *, minutes_ago=0):
    client = Client()
    open_session(client, User.objects.get(username=name), purpose="safeguard_a_child")
    session = client.session
    session[SIGNED_IN_AT] = (datetime.now(UTC) - timedelta(minutes=minutes_ago)).timestamp()
    session.save()
    return client


def test_a_practitioner_opens_looks_reads_one_text_and_closes(town):
    """The whole way in one test, for making the town takes most of the time."""
    client = signed_in("ann")
    answer = client.post(ASK, SAID, follow=True)
    address = answer.redirect_chain[0][0]
    closed = answer.content.decode()

    assert "High risk" in words_of(answer)
    assert "Away without authorisation" in words_of(answer)
    assert "It may speak of: self-harm or suicide, weapons" in words_of(answer)
    assert "knife" not in closed  # not in the source of the page before it is asked for
    assert not document(answer).xpath("//details[@open]")
    assert "You have opened no text today" in words_of(answer)
    assert "Your partnership has named nobody to talk to here yet" in words_of(answer)

    (key,) = re.findall(r'name="text" value="([0-9a-f]{16})"', closed)
    opened = client.post(address, {"do": "read", "text": key})
    assert NARRATIVE in words_of(opened)
    assert len(document(opened).xpath("//details[@open]")) == 1
    assert "You have opened 1 text today" in words_of(opened)
    assert "knife" not in client.get(address).content.decode()
    assert AuditEvent.objects.filter(action="break_glass_text_read").count() == 1
    assert not [event for event in AuditEvent.objects.all() if "texts_opened" in str(event.detail)]

    assert client.post(address, {"do": "read", "text": "nothing"}).status_code == 409
    client.post(address, {"do": "end"})
    over = client.get(address)
    assert over.status_code == 409
    assert "These records are closed" in words_of(over)


def test_no_name_or_number_is_in_an_address_a_title_the_print_or_what_is_written_down(town):
    client = signed_in("ann")
    answer = client.post(ASK, SAID, follow=True)
    page = answer.content.decode()
    kept, _, left_out = page.partition('<div class="govuk-!-display-none-print">')

    assert answer["Cache-Control"] == "no-store"
    assert not [name for name in NAMES if name in kept]
    assert "Ottoline" in left_out
    told = " ".join(f"{event.object} {event.detail}" for event in AuditEvent.objects.all())
    assert not [name for name in NAMES if name in told]


def test_a_sign_in_of_a_while_ago_opens_nothing(town):
    client = signed_in("ann", minutes_ago=16)

    assert "Sign in again first" in words_of(client.get(ASK))
    refused = client.post(ASK, SAID)
    assert refused.status_code == 409
    assert not BreakGlass.objects.exists()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"agency": ""}, "Choose the agency"),
        ({"number": "0", "review": "1", "pair": "1"}, "either a number or a pair"),
        ({"number": "", "review": "one", "pair": "1"}, "no number of a set"),
        ({"number": "", "review": "1", "pair": "1"}, "Nothing can be shown"),
        ({"number": "somebody else"}, "Nothing can be shown"),
    ],
)
def test_what_cannot_be_opened_is_said_and_whom_it_was_about_is_not_given_back(town, changed, said):
    answer = signed_in("ann").post(ASK, SAID | changed)

    assert answer.status_code == 409
    assert said in words_of(answer)
    assert not [field.get("value") for field in document(answer).xpath("//input[@id='number']") if field.get("value")]
    assert WORDS in answer.content.decode()


def test_nobody_elses_emergency_is_there(town):
    signed_in("ann").post(ASK, SAID)

    assert signed_in("bo").get(f"{ASK}/{BreakGlass.objects.get().pk}").status_code == 404
    assert signed_in("officer").get(f"{ASK}/{BreakGlass.objects.get().pk}").status_code == 403


def test_a_number_of_no_emergency_is_not_found(town):
    client = signed_in("ann")

    for number in ("0", "7", "2147483648", "9223372036854775808", "9" * 60):
        assert client.get(f"{ASK}/{number}").status_code == 404, number
        assert client.post(f"{ASK}/{number}", {"do": "end"}).status_code == 404, number
    assert signed_in("officer").post(REVIEWS, {"number": "9" * 60, "justified": "yes", "words": "why not"}).status_code == 409


def test_officers_see_on_every_page_that_one_waits_and_say_whether_it_was_justified(town):
    signed_in("ann").post(ASK, SAID)
    officer = signed_in("officer_police")

    page = words_of(officer.get("/"))
    assert "1 emergency waits for your review" in page
    told = words_of(officer.get(REVIEWS))
    assert "waits since 0 days" in told
    assert WORDS in told
    assert not [name for name in NAMES if name in told]
    assert "waits for your review" not in words_of(signed_in("ann").get("/"))

    number = BreakGlass.objects.get().pk
    assert officer.post(REVIEWS, {"number": number, "justified": "", "words": "x"}).status_code == 409
    officer.post(REVIEWS, {"number": number, "justified": "no", "words": "Nobody was in danger"})
    assert "Nothing waits for you" in words_of(officer.get(REVIEWS))
    assert "not justified: Nobody was in danger" in words_of(signed_in("ann").get(ASK))
    assert "1 emergency waits" in words_of(signed_in("officer_csc").get("/"))


def test_an_emergency_that_nobody_reviewed_in_time_ends_the_readers_session_and_lets_nobody_in_as_them(town, client):
    ann = User.objects.get(username="ann")
    ann.set_password(PASSWORD)
    ann.save()
    working = signed_in("ann")
    number = opened(town, at=datetime.now(UTC) - timedelta(days=30))

    assert working.get(ASK).url == f"/sign-in?next={ASK}"
    right, wrong = (words_of(client.post("/sign-in", {"username": "ann", "password": each})) for each in (PASSWORD, "wrong"))
    assert right == wrong
    assert "overdue: ann cannot sign in" in words_of(signed_in("officer").get(REVIEWS))

    signed_in("officer").post(REVIEWS, {"number": number, "justified": "yes", "words": "A child was in danger that night"})
    assert client.post("/sign-in", {"username": "ann", "password": PASSWORD}).status_code == 302


def test_an_officer_records_a_decision_which_holds_and_is_ended(town):
    officer = signed_in("officer_police")
    day = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    form = {"do": "record", "agency": "police", "number": "0", "holder": "police", "asked_by": "social care", "basis": "serious_harm"}
    form |= {"reason": "Whoever reads this could find where she lives", "review_by": day, "until": ""}

    assert officer.post(DECISIONS, form | {"review_by": "soon"}).status_code == 409
    assert officer.post(DECISIONS, form | {"holder": "csc"}).status_code == 409
    assert officer.post(DECISIONS, form | {"basis": "more_harm_than_good"}).status_code == 409  # not in force as far as the list knows
    assert officer.post(DECISIONS, form).status_code == 302
    told = words_of(officer.get(DECISIONS))
    assert "holds" in told
    assert "what Police holds of child" in told
    assert "None was ever recorded" in words_of(signed_in("officer_csc").get(DECISIONS))

    shown = words_of(signed_in("ann").post(ASK, SAID, follow=True))
    assert "High risk" not in shown
    assert "Nothing is shown of: Police" in shown

    number = NonDisclosure.objects.get().pk
    officer.post(DECISIONS, {"do": "review", "number": number, "words": "nothing has changed", "review_by": day})
    officer.post(DECISIONS, {"do": "end", "number": number, "words": "she is safe now"})
    assert "ended" in words_of(officer.get(DECISIONS))
    assert officer.post(DECISIONS, {"do": "end", "number": number, "words": "again"}).status_code == 409
