"""The registry of agreements: versions never change, every step is in the audit with its reason, and what is not possible is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from sightline.app.agreements import (
    ForeignAgreement,
    add_agreement,
    check_agreements,
    list_agreements,
    show_agreement,
    sign_agreement,
    take_step,
)
from sightline.errors import CatalogueProblems, InputRefused, NotFound, Refused
from sightline.governance import StepNotPossible
from sightline.ledger import audit
from sightline.ledger.agreement_models import AgreementVersion
from sightline.ledger.agreements import standings
from sightline.ledger.models import AuditEvent
from sightline.model.agreements import Status, Step
from tests.support.agreements import TERMS, dataset
from tests.support.partnership import NOW, make_workspace

LATER = NOW + timedelta(days=1)
DRAFT = {**TERMS, "end": "2026-12-31", "review_by": "2026-09-30"}
SIGNED = [{"party": party, "person": "A. Signatory", "role": "Director", "at": "2025-04-01"} for party in ("csc", "police")]


@pytest.fixture
def nothing_agreed(tmp_path, db):
    return make_workspace(tmp_path, agreements={})


def write(folder: Path, **changes) -> Path:
    file = folder / "agreement.yml"
    file.write_text(yaml.safe_dump({**DRAFT, **changes}, sort_keys=False), encoding="utf-8")
    return file


def actions() -> list[str]:
    return [event.action for event in AuditEvent.objects.order_by("seq") if event.action.startswith("agreement")]


def test_an_agreement_is_in_force_once_every_party_has_signed(nothing_agreed, tmp_path) -> None:
    line = add_agreement(nothing_agreed, write(tmp_path), by="t", at=NOW)
    assert (line.status, line.version) == (Status.DRAFT, 1)

    first = sign_agreement(nothing_agreed, "sharing", party="csc", person="A", role="Director", by="t", at=NOW)
    second = sign_agreement(nothing_agreed, "sharing", party="police", person="B", role="Chief officer", by="t", at=LATER)

    assert (first.status, second.status) == (Status.DRAFT, Status.IN_FORCE)
    assert list_agreements(nothing_agreed, at=NOW)[0].status is Status.DRAFT  # at that instant one had not signed
    assert actions() == ["agreement_added", "agreement_signed", "agreement_signed"]
    audit.verify()


def test_what_cannot_be_signed_is_refused(nothing_agreed, tmp_path) -> None:
    add_agreement(nothing_agreed, write(tmp_path, signatories=SIGNED), by="t", at=NOW)
    who = {"person": "A", "role": "Director", "by": "t", "at": NOW}

    with pytest.raises(NotFound, match="no party"):
        sign_agreement(nothing_agreed, "sharing", party="health", **who)
    with pytest.raises(Refused, match="has signed"):
        sign_agreement(nothing_agreed, "sharing", party="csc", **who)
    with pytest.raises(NotFound, match="no agreement"):
        sign_agreement(nothing_agreed, "other", party="csc", **who)
    with pytest.raises(InputRefused, match="name and a role"):
        sign_agreement(nothing_agreed, "sharing", party="csc", **{**who, "person": " "})
    late = write(tmp_path, id="late", end="2026-04-30", review_by="2026-04-30")
    add_agreement(nothing_agreed, late, by="t", at=NOW)
    with pytest.raises(StepNotPossible, match="at its end"):
        sign_agreement(nothing_agreed, "late", party="csc", **who)


def test_suspending_resuming_and_withdrawing_are_told_in_the_audit_with_their_reasons(nothing_agreed, tmp_path) -> None:
    add_agreement(nothing_agreed, write(tmp_path, signatories=SIGNED), by="t", at=NOW)
    step = {"by": "protection", "at": LATER}

    assert take_step(nothing_agreed, "sharing", Step.SUSPEND, reason=" a letter went astray ", **step).status is Status.SUSPENDED
    with pytest.raises(StepNotPossible):
        take_step(nothing_agreed, "sharing", Step.SUSPEND, reason="again", **step)
    assert take_step(nothing_agreed, "sharing", Step.RESUME, reason="found", **step).status is Status.IN_FORCE
    assert take_step(nothing_agreed, "sharing", Step.WITHDRAW, reason="over", **step).status is Status.WITHDRAWN
    with pytest.raises(StepNotPossible):
        take_step(nothing_agreed, "sharing", Step.RESUME, reason="after all", **step)
    with pytest.raises(InputRefused, match="reason"):
        take_step(nothing_agreed, "sharing", Step.RESUME, reason=" ", **step)
    with pytest.raises(NotFound):
        take_step(nothing_agreed, "other", Step.SUSPEND, reason="why", **step)

    told = [
        (event.action, event.object, event.detail["reason"]) for event in AuditEvent.objects.order_by("seq") if "reason" in event.detail
    ]
    assert told == [
        ("agreement_suspended", "sharing@1", "a letter went astray"),
        ("agreement_resumed", "sharing@1", "found"),
        ("agreement_withdrawn", "sharing@1", "over"),
    ]
    assert list_agreements(nothing_agreed, at=NOW)[0].status is Status.IN_FORCE
    audit.verify()


def test_a_step_is_never_dated_before_the_one_it_follows(nothing_agreed, tmp_path) -> None:
    add_agreement(nothing_agreed, write(tmp_path, signatories=SIGNED), by="t", at=NOW)
    take_step(nothing_agreed, "sharing", Step.SUSPEND, reason="why", by="t", at=LATER)

    take_step(nothing_agreed, "sharing", Step.RESUME, reason="why", by="t", at=NOW)

    assert [each.at for each in standings()[0].happened] == [LATER, LATER]
    assert standings()[0].status(LATER) is Status.IN_FORCE


def test_a_version_never_changes_and_a_new_one_needs_signatures_of_its_own(nothing_agreed, tmp_path) -> None:
    add_agreement(nothing_agreed, write(tmp_path, signatories=SIGNED), by="t", at=NOW)
    with pytest.raises(Refused, match="says so already"):
        add_agreement(nothing_agreed, write(tmp_path), by="t", at=NOW)
    row = AgreementVersion.objects.get()
    row.digest = "0" * 64
    with pytest.raises(Refused, match="cannot be changed"):
        row.save()

    line = add_agreement(nothing_agreed, write(tmp_path, title="Anew"), by="t", at=NOW)

    assert (line.version, line.status) == (2, Status.DRAFT)
    (held,) = list_agreements(nothing_agreed, at=NOW)
    assert (held.version, held.status) == (1, Status.IN_FORCE)
    detail = show_agreement(nothing_agreed, "sharing", at=NOW)
    assert ([each.version for each in detail.versions], detail.unsigned) == ([2, 1], ())
    assert detail.as_dict()["terms"]["title"] == "Sharing in Testing"


def test_an_agreement_about_what_the_partnership_does_not_have_is_not_added(nothing_agreed, tmp_path) -> None:
    with pytest.raises(ForeignAgreement, match="no police gossip"):
        add_agreement(nothing_agreed, write(tmp_path, datasets=[dataset(dataset="gossip")]), by="t", at=NOW)
    with pytest.raises(CatalogueProblems):
        add_agreement(nothing_agreed, write(tmp_path, purposes=["curiosity"]), by="t", at=NOW)
    assert list_agreements(nothing_agreed, at=NOW) == ()


def test_a_workspace_is_made_with_the_agreements_of_its_partnership(tmp_path, db) -> None:
    made = make_workspace(tmp_path, agreements={"sharing.yml": {**DRAFT, "signatories": SIGNED}})

    (line,) = list_agreements(made, at=NOW)
    assert (line.id, line.status, line.warn_within) == ("sharing", Status.IN_FORCE, None)
    assert list_agreements(made, at=datetime(2026, 12, 1, 12, tzinfo=UTC))[0].warn_within == 30


def test_a_workspace_is_not_made_where_an_agreement_has_mistakes(tmp_path, db) -> None:
    with pytest.raises(CatalogueProblems):
        make_workspace(tmp_path, agreements={"sharing.yml": {**DRAFT, "purposes": ["curiosity"]}})
    assert not (tmp_path / "workspace").exists()


def test_a_check_tells_what_is_not_covered_what_ends_soon_and_what_is_to_be_reviewed(tmp_path, db) -> None:
    everything = [
        {"agency": agency, "dataset": each, "fields": ["flag.*"], "mode": "aggregate_only"}
        for agency, each in (("csc", "annex_a"), ("csc", "cin_census"), ("education", "school_census"), ("voluntary", "voluntary_counts"))
    ]
    parties = ["csc", "education", "voluntary"]
    signatures = [{**SIGNED[0], "party": party} for party in parties]
    made = make_workspace(
        tmp_path, agreements={"sharing.yml": {**DRAFT, "parties": parties, "datasets": everything, "signatories": signatures}}
    )

    def found(day: datetime) -> list[str]:
        return list(check_agreements(made, at=day))

    uncovered = (
        "Police cannot share Occurrences: No agreement covers police of police. (the registry of agreements) "
        "Agree it, then add it: `sightline agreements add FILE.yml`."
    )
    assert found(NOW) == [uncovered]
    assert found(datetime(2026, 12, 30, 12, tzinfo=UTC)) == [
        "Sharing in Testing (sharing@1) ends on 2026-12-31, within 7 days: agree and sign a new version.",
        "Sharing in Testing (sharing@1) was to be reviewed by 2026-09-30.",
        uncovered,
    ]
    assert len(found(datetime(2027, 1, 1, 12, tzinfo=UTC))) == 5
