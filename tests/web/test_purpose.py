"""What somebody reads for: asked after signing in, put to the decision, written down with every page."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sightline.app.purposes import PurposeRefused, choices, choose
from sightline.app.roles import Role, ceiling
from sightline.definitions.agreement_terms import load_terms
from sightline.ledger.models import AuditEvent, Generation, GenerationReturn, ReleaseRecord, ReturnVersion
from sightline.model.agreements import Tier
from sightline.web.sessions import PURPOSE, PURPOSE_RELEASE
from tests.support.partnership import NOW, make_workspace
from tests.support.sessions import open_session
from tests.unit.test_agreements_in_force import agreement, agreements
from tests.web.reading import document, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def lee(django_user_model):
    return django_user_model.objects.create_user("lee", role=Role.STRATEGIC_LEAD)


def without_purpose(client, user):
    open_session(client, user)
    session = client.session
    session.pop(PURPOSE, None)
    session.save()


@pytest.fixture
def released(tmp_path):
    """A release with one return of the police, who share for planning and scrutiny and to stop harm, but not to improve data."""
    made = make_workspace(tmp_path, agreements=agreements(police=agreement("police", purposes=["strategic_planning", "scrutiny"])))
    generation = Generation.objects.create(number=1, digest="0" * 64, published_at=NOW, published_by="t")
    quarter = {"period": "2026-Q1", "period_from": "2026-01-01", "period_to": "2026-03-31"}
    version = ReturnVersion.objects.create(
        id="r", agency="police", dataset="police", **quarter, version=1, state="accepted", idempotency_key="k", content_sha256="c",
        mapping_version="m", received_at=NOW, accepted_at=NOW, submitted_by="t", rows_read=1, rows_kept=1,
    )  # fmt: skip
    GenerationReturn.objects.create(generation=generation, return_version=version, position=0)
    ReleaseRecord.objects.create(number=1, period="2026-Q1", digest="d", generation=generation, created_at=NOW, created_by="t")
    return made


def test_before_a_purpose_is_chosen_nothing_of_data_opens_and_the_way_leads_back(lee, client, pages):
    without_purpose(client, lee)

    assert client.get("/agencies?by=ward").url == "/purpose?next=%2Fagencies%3Fby%3Dward"
    assert client.get("/releases/1/figures.csv").status_code == 302
    assert client.get("/account").status_code == 200
    page = document(client.get("/purpose?next=/agencies"))
    assert page.xpath("//input[@name='purpose']/@value") == ["strategic_planning", "scrutiny"]
    assert "Agencies together" not in words_of(client.get("/purpose"))
    assert client.post("/purpose", {"purpose": "scrutiny", "next": "/agencies"}).url == "/agencies"
    assert "Hold the partnership to account" in words_of(client.get("/agencies"))
    assert client.session[PURPOSE] == "scrutiny"


def test_what_is_chosen_and_what_is_read_for_it_is_written_down_and_it_can_be_changed(lee, client, pages):
    without_purpose(client, lee)
    for purpose in ("scrutiny", "strategic_planning"):
        client.post("/purpose", {"purpose": purpose})
        client.get("/agencies")

    assert [event.object for event in AuditEvent.objects.filter(action="purpose_chosen").order_by("seq")] == [
        "scrutiny",
        "strategic_planning",
    ]
    read = AuditEvent.objects.filter(action="page_read", object="/agencies").order_by("seq")
    assert [event.detail["purpose"] for event in read] == ["scrutiny", "strategic_planning"]


@pytest.mark.parametrize("purpose", ["", "safeguard_a_child", "public_reporting", "nothing"])
def test_a_purpose_that_the_role_may_not_have_is_refused(lee, client, purpose):
    without_purpose(client, lee)
    answer = client.post("/purpose", {"purpose": purpose, "next": "https://elsewhere.example/"})

    assert answer.status_code == 409
    assert "Choose what you read for" in words_of(answer)
    assert PURPOSE not in client.session


def test_going_on_never_leads_to_another_site(lee, client):
    without_purpose(client, lee)

    assert client.post("/purpose", {"purpose": "scrutiny", "next": "https://elsewhere.example/"}).url == "/"


@pytest.mark.parametrize("role", list(Role))
def test_a_role_is_offered_purposes_up_to_its_tier_and_an_administrator_none(role, django_user_model):
    user = django_user_model(username="x", role=role)
    highest, terms = ceiling(role), load_terms().purposes

    offered = {each.id for each in choices(user)}

    assert offered == {id for id, each in terms.items() if highest and Tier.STRATEGIC <= each.highest_tier <= highest}
    assert bool(offered) is (role != Role.ADMINISTRATOR)


def test_a_release_is_read_only_for_what_every_return_in_it_was_shared_for(released, django_user_model, client):
    analyst = django_user_model.objects.create_user("ann", role=Role.ANALYST)
    open_ones = {each.id for each in choices(analyst) if not each.against}

    assert open_ones == {"strategic_planning", "scrutiny"}
    choose(analyst, "scrutiny", at=NOW)
    with pytest.raises(PurposeRefused, match="police police: agreement does not cover this purpose"):
        choose(analyst, "data_quality", at=NOW)
    open_session(client, analyst)
    assert "Improve what we record. police police: agreement does not cover this purpose" in words_of(client.get("/purpose"))


def test_an_agreement_that_ended_since_takes_no_release_back(released, django_user_model):
    analyst = django_user_model.objects.create_user("ann", role=Role.ANALYST)

    choose(analyst, "scrutiny", at=datetime(2036, 1, 1, tzinfo=UTC))

    assert AuditEvent.objects.get(action="purpose_chosen").object == "scrutiny"


def test_a_release_made_since_is_asked_about_anew(lee, client, pages):
    open_session(client, lee)
    session = client.session
    session[PURPOSE_RELEASE] = 0
    session.save()

    assert client.get("/agencies").url.startswith("/purpose?next=")
    assert client.get("/releases/1/figures.csv").status_code == 302


def test_records_of_people_open_for_an_operational_purpose_only(django_user_model, client):
    analyst = django_user_model.objects.create_user("ann", role=Role.ANALYST)
    open_session(client, analyst, purpose="scrutiny")

    assert client.get("/data/links/review/1").url == "/purpose?next=%2Fdata%2Flinks%2Freview%2F1"
    open_session(client, analyst, purpose="data_quality")
    assert client.get("/data/links/review/1").status_code == 404


def test_a_purpose_that_opens_records_is_chosen_for_a_caseload_or_a_meeting(django_user_model, client, pages):
    analyst = django_user_model.objects.create_user("ann", role=Role.ANALYST)
    without_purpose(client, analyst)

    for reference in ("", "NHS 943 476 5919"):
        refused = client.post("/purpose", {"purpose": "data_quality", "reference": reference})
        assert refused.status_code == 409
        assert PURPOSE not in client.session
    assert client.post("/purpose", {"purpose": "data_quality", "reference": "Data meeting of May"}).status_code == 302
    assert client.session[PURPOSE] == "data_quality"
    assert AuditEvent.objects.get(action="purpose_chosen").detail["purpose"] == "Improve what we record, for: Data meeting of May"
    assert client.post("/purpose", {"purpose": "scrutiny"}).status_code == 302


def test_whoever_is_led_here_on_the_way_to_records_is_told_why_and_offered_only_what_opens_them(django_user_model, client):
    worker = django_user_model.objects.create_user("wen", role=Role.PRACTITIONER, agency="police")
    open_session(client, worker, purpose="scrutiny")

    led = client.get("/people/in-an-emergency", follow=True)

    assert "What you asked for shows records of people" in words_of(led)
    assert document(led).xpath("//input[@name='purpose']/@value") == ["data_quality", "safeguard_a_child", "disrupt_harm"]
    assert "scrutiny" in document(client.get("/purpose?next=/agencies")).xpath("//input[@name='purpose']/@value")


def test_the_head_names_what_is_read_for_on_a_page_that_asks_for_a_purpose_of_its_own(django_user_model, client, pages):
    open_session(client, django_user_model.objects.create_user("ann", role=Role.ANALYST), purpose="data_quality")

    assert "You read for: Improve what we record" in words_of(client.get("/data/links/review"))


def test_an_administrator_is_asked_for_no_purpose(django_user_model, client):
    open_session(client, django_user_model.objects.create_user("adm", role=Role.ADMINISTRATOR))

    assert client.get("/").status_code == 200
    assert client.get("/purpose").status_code == 403
