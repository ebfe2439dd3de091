"""Impact assessments and the record of processing: what makes one stale, what it blocks, what it says, and who signs it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from sightline.app.agreements import add_agreement
from sightline.app.assessments import assessment_of, record_of_processing, sign_assessment
from sightline.app.sweep import named_objects
from sightline.cli.main import app
from sightline.definitions.agreement_terms import load_terms
from sightline.errors import Refused
from sightline.governance import Action, Deny, Resource, decide
from sightline.governance.assessment import widening
from sightline.ledger.agreements import assessments_of, standings
from sightline.ledger.models import AuditEvent, Role, User
from sightline.model.agreements import Status, Tier
from sightline.publish.assessment_report import FORMATS, assessment_file
from tests.support.agreements import HUB, TERMS, dataset, terms, write_agreements
from tests.support.partnership import NOW, make_workspace

MONTHS = {id: rule.months for id, rule in load_terms().retention.items()}
LONG = {
    "start": "2025-04-01",
    "end": "2026-12-31",
    "review_by": "2026-11-30",
    "signatories": [{"party": party, "person": "A. Signatory", "role": "Director", "at": "2025-04-01"} for party in ("csc", "police")],
}
NARROW = dataset(precision={"flag.date_of_birth": "month"}, about_from="2025-01-01")


def several(*datasets):
    return {"datasets": list(datasets)}


WIDER = {
    "new purpose": {"purposes": ["strategic_planning", "scrutiny", "disrupt_harm"]},
    "new party": {"parties": ["csc", "police", "health"]},
    "new recipient": {"recipients": ["partnership", "probation"]},
    "higher tier": {"tier_ceiling": "operational"},
    "wider passing on": {"onward_sharing": {"rule": "ask_owner"}},
    "new body": {"onward_sharing": {"rule": "listed", "bodies": ["probation"]}},
    "another controller": {"controller_role": "independent"},
    "longer retention": {"retention_rule": "police_information_review"},
    "without a fixed end": {"retention_rule": "looked_after_case_record"},
    "new dataset": several(NARROW, {**NARROW, "dataset": "custody"}),
    "new agency": several(NARROW, {**NARROW, "agency": "csc"}),
    "more detail": several({**NARROW, "mode": "record_level"}),
    "new field": several({**NARROW, "fields": [*NARROW["fields"], "referral.source"]}),
    "whole entity": several({**NARROW, "fields": ["flag.*", "referral.*"]}),
    "finer field": several({**NARROW, "precision": {**NARROW["precision"], "flag.date_of_birth": "day"}}),
    "more days": several({**NARROW, "about_from": None}),
}
NOT_WIDER = {
    "another title": {"title": "Another title"},
    "fewer purposes": {"purposes": ["scrutiny"]},
    "fewer recipients": {"recipients": ["csc"]},
    "lower tier": {"tier_ceiling": "community"},
    "shorter retention": {"retention_rule": "end_of_agreement"},
    "other legal basis": {"legal_bases": ["crime_and_disorder_act_1998_s115"]},
    "less detail": several({**NARROW, "mode": "aggregate_only"}),
    "fewer fields": several({**NARROW, "fields": ["flag.flag"]}),
    "fewer days": several({**NARROW, "about_from": "2025-02-01"}),
    "coarser field": several({**NARROW, "precision": {"flag.date_of_birth": "year"}}),
    "an earlier end": {"end": "2026-02-28"},
    "a later end": {"end": "2026-12-31"},
    "another start": {"start": "2025-03-01"},
    "another day of review": {"review_by": "2025-12-31"},
    "another document": {"document_sha256": "b" * 64, "dpia_id": "DPIA-2", "caldicott_notes": "As before."},
}


@pytest.mark.parametrize("change", WIDER)
def test_every_widening_of_an_agreement_makes_its_assessment_stale(change):
    before = terms(**several(NARROW))
    after = terms(**{**several(NARROW), **WIDER[change]})

    assert widening(before, after, MONTHS), change


@pytest.mark.parametrize("change", NOT_WIDER)
def test_nothing_else_does(change):
    first = {**several(NARROW), "retention_rule": "aggregate_after_two_years", "recipients": ["partnership", "csc"]}

    assert widening(terms(**first), terms(**{**first, **NOT_WIDER[change]}), MONTHS) == ()


def test_every_attribute_of_an_agreement_is_tried_one_way_or_the_other():
    tried = {name for changes in (WIDER, NOT_WIDER) for change in changes.values() for name in change}

    assert set(TERMS) - tried == {"id"}, "each agreement has its own; under another name it is another agreement"


@pytest.fixture
def agreed(tmp_path, db):
    """A workspace with one agreement in force, and a data protection officer."""
    made = make_workspace(tmp_path, agreements={"sharing.yml": {**TERMS, **LONG}})
    User.objects.create(username="protection", role=Role.DATA_PROTECTION_OFFICER)
    return made


def add(workspace, folder, **changes):
    write_agreements(folder, {"next.yml": {**TERMS, **LONG, **changes}})
    return add_agreement(workspace, folder / "next.yml", by="t", at=NOW)


def asked(purpose, at=NOW):
    return decide(HUB, Action.COUNT, Resource("police", "police", NOW.date(), NOW.date()), purpose, Tier.STRATEGIC, (), at, standings())


@pytest.mark.django_db
def test_a_version_that_goes_further_is_not_in_force_before_a_protection_officer_signs(agreed, tmp_path):
    add(agreed, tmp_path, purposes=["strategic_planning", "scrutiny", "data_quality"])
    wide = next(each for each in standings() if each.version == 2)

    assert wide.status(NOW) is Status.DRAFT
    assert wide.widens == ("new purpose: data_quality",)
    assert isinstance(asked("data_quality"), Deny)
    assert not isinstance(asked("scrutiny"), Deny), "the version before it stays"
    assert assessment_of(agreed, "sharing", at=NOW)["blocks"]

    with pytest.raises(Refused, match="no data protection officer"):
        sign_assessment(agreed, "sharing", by="analyst", at=NOW)
    signed = sign_assessment(agreed, "sharing", note="keep it short", by="protection", at=NOW)

    assert signed["signed"] == ["protection, 15 May 2026: keep it short"]
    assert not signed["blocks"]
    assert not isinstance(asked("data_quality"), Deny)
    assert isinstance(asked("data_quality", NOW - timedelta(seconds=1)), Deny), "nothing counts before it was signed"
    event = AuditEvent.objects.get(action="assessment_signed")
    assert (event.object, event.detail["widens"]) == ("sharing@2", ["new purpose: data_quality"])
    assert set(named_objects()) >= {each.document for each in _sign_offs()}
    with pytest.raises(Refused, match="signed as it is"):
        sign_assessment(agreed, "sharing", by="protection", at=NOW)


@pytest.mark.django_db
def test_a_version_as_wide_as_one_that_was_never_assessed_is_no_way_round(agreed, tmp_path):
    for title in ("Wide", "Wide again"):
        add(agreed, tmp_path, title=title, purposes=["strategic_planning", "scrutiny", "data_quality"])

    assert [each.status(NOW) for each in standings()] == [Status.IN_FORCE, Status.DRAFT, Status.DRAFT]


@pytest.mark.django_db
def test_a_narrower_version_needs_no_signature(agreed, tmp_path):
    add(agreed, tmp_path, purposes=["scrutiny"])

    assert standings()[1].status(NOW) is Status.IN_FORCE


@pytest.mark.django_db
def test_why_it_is_refused_names_the_assessment(agreed, tmp_path):
    write_agreements(tmp_path, {"other.yml": {**TERMS, **LONG, "id": "other", "datasets": [dataset(agency="csc", dataset="annex_a")]}})
    add_agreement(agreed, tmp_path / "other.yml", by="t", at=NOW)
    third = {**LONG["signatories"][0], "party": "education"}
    add(agreed, tmp_path, parties=["csc", "police", "education"], signatories=[*LONG["signatories"], third])
    (wide,) = [each for each in standings() if each.widens]

    answer = decide(HUB, Action.COUNT, Resource("police", "police", NOW.date(), NOW.date()), "scrutiny", Tier.STRATEGIC, (), NOW, [wide])

    assert isinstance(answer, Deny)
    assert "Its impact assessment is out of date (new party: education)." in answer.reasons[0].what


@pytest.mark.django_db
def test_both_documents_say_what_the_registry_says_in_every_format(agreed):
    assessment, record = assessment_of(agreed, "sharing", at=NOW), record_of_processing(agreed, at=NOW)

    for facts in (assessment, record):
        page = assessment_file(facts, "html").decode()
        for said in (
            "Plan what we provide",
            "Children&#x27;s social care, Police",
            "the agencies of the partnership",
            "Occurrences",
            "pseudonymised",
            "Deleted a year after",
            facts["digest"][:16],
        ):
            assert said in page
        assert json.loads(assessment_file(facts, "json"))["digest"] == facts["digest"]
        assert all(assessment_file(facts, kind) == assessment_file(facts, kind) for kind in FORMATS)
        assert assessment_file(facts, "pdf").startswith(b"%PDF-")
    page = assessment_file(assessment, "html").decode()
    assert "Children Act 2004" in page
    for step in (
        "1. Why",
        "2. What is done",
        "The way data goes",
        "3. Who was asked",
        "4. Why it is necessary",
        "5. Risks",
        "and 6.",
        "7. Who",
    ):
        assert step in page, step
    assert "asked of the agreement before a file is opened" in page


@pytest.mark.django_db
def test_the_digest_changes_with_what_it_is_made_of_and_not_with_the_clock(agreed, tmp_path):
    before = record_of_processing(agreed, at=NOW)["digest"]

    assert record_of_processing(agreed, at=NOW + timedelta(days=1))["digest"] == before
    add(agreed, tmp_path, purposes=["scrutiny"])
    assert record_of_processing(agreed, at=NOW)["digest"] != before


@pytest.mark.django_db
def test_the_commands_write_both_and_sign_one(agreed, tmp_path):
    where = ["--workspace", str(agreed.root), "--at", NOW.isoformat()]
    add(agreed, tmp_path, recipients=["partnership", "probation"])

    told = CliRunner().invoke(app, ["agreements", "assess", "sharing", "--out", str(tmp_path / "out"), *where])
    assert "Goes further than what was assessed before: new recipient: probation." in told.output
    assert "not in force until" in told.output
    signed = CliRunner().invoke(app, ["agreements", "assess", "sharing", "--sign-as", "protection", *where])
    assert "Signed by protection, 15 May 2026." in signed.output
    written = CliRunner().invoke(app, ["agreements", "processing", "--out", str(tmp_path / "out"), *where])
    assert written.exit_code == 0
    names = {f"{name}.{kind}" for name in ("impact-assessment-sharing", "record-of-processing") for kind in FORMATS}
    assert {each.name for each in (tmp_path / "out").iterdir()} == names


def _sign_offs():
    return [each for row in standings() for each in _of(row)]


def _of(standing):
    return assessments_of(standing.terms.id, standing.version)
