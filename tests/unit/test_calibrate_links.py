"""Calibration as a use case: from what reviewers agreed on to a curve in the ledger, which the ranges of counts then use."""

from __future__ import annotations

import numpy as np
import pytest

from sightline.app import linkage_ranges
from sightline.app.calibrate_links import TooFewReviews, calibrate_links, kept_calibration
from sightline.app.link_people import link_people
from sightline.app.linked_pairs import NO_FATE, seen_now
from sightline.app.publish_generation import current_generation, publish_generation
from sightline.engine.duckdb import DuckDBEngine
from sightline.ledger.linkages import previous_linkage
from sightline.ledger.models import AuditEvent, LinkCalibration, LinkReviewDecision
from sightline.ledger.reviews import record_review
from sightline.linkage.calibrate import UNCHANGED, Fate
from sightline.model.reviews import ReviewDecision, ReviewReason
from tests.support.partnership import NOW, Q4

pytestmark = pytest.mark.django_db


def seen(local_id, given="Ottoline", **values):
    known = {"given_name": given, "family_name": "Hebblewhite", "date_of_birth": "2012-03-07", "postcode": "QS1 1AA"}
    return {"local_id": local_id, "date_of_birth_precision": "day", "sex": "female", "valid_from": "2025-10-01", **known, **values}


@pytest.fixture
def linkage(workspace, submit):
    submit(identity_record=[seen("C1")], period=Q4)
    submit(identity_record=[seen("P1", given="Otoline")], agency="police", dataset="police", period=Q4)
    publish_generation(workspace, by="tester", at=NOW)
    link_people(workspace, by="tester", at=NOW, threads=1)
    return previous_linkage()


def review(linkage, decisions, *, probability=0.9, kind="joined by likeness"):
    """A set of invented pairs on which two reviewers agree."""
    told = {
        "left_agency": "csc",
        "right_agency": "police",
        "stratum": f"0.9 to 0.97, {kind}, csc and police",
        "population": len(decisions),
        "weight": 1.0,
        "matters": False,
        "linked": True,
        "probability": probability,
        "pattern": "",
    }
    pairs = [{"left": f"a{number:03}", "right": f"b{number:03}", **told} for number in range(len(decisions))]
    made = record_review(linkage, pairs, purpose="check", cut=0.9, population=len(pairs), seed="1", by="tester", at=NOW)
    # written straight down: two hundred decisions one by one would be two hundred links of the audit
    LinkReviewDecision.objects.bulk_create(
        LinkReviewDecision(pair=pair, decision=decisions[pair.position - 1], reason=ReviewReason.WHOLE, by=reviewer, at=NOW)
        for pair in made.pairs.all()
        for reviewer in ("one", "other")
    )
    return made


def test_what_reviewers_agreed_on_becomes_a_curve_that_the_ledger_keeps(workspace, linkage):
    made = review(linkage, [ReviewDecision.DIFFERENT] * 100 + [ReviewDecision.UNSURE] * 3)
    assert kept_calibration(linkage) == (UNCHANGED, None)

    done = calibrate_links(workspace, by="tester", at=NOW)

    curve, row = kept_calibration(linkage)
    assert (done.is_new, done.decided, row.decided, row.reviews) == (True, 100, 100, [made.pk])
    assert row.model == linkage.summary["model"]
    assert curve.apply([0.9])[0] == pytest.approx(0.45, abs=0.001)
    assert workspace.objects.get_table(row.evidence).num_rows == 100
    assert AuditEvent.objects.filter(action="link_calibrated").count() == 1


def test_calibrating_again_without_a_new_decision_writes_nothing(workspace, linkage):
    review(linkage, [ReviewDecision.SAME] * 100)
    first = calibrate_links(workspace, by="tester", at=NOW)
    again = calibrate_links(workspace, by="tester", at=NOW)

    assert (again.is_new, again.number) == (False, first.number)
    assert LinkCalibration.objects.count() == 1


def test_forbidden_pairs_say_nothing_of_the_model_and_too_few_reviews_are_refused(workspace, linkage):
    with pytest.raises(TooFewReviews, match="agree on 0 pairs"):
        calibrate_links(workspace, by="tester", at=NOW)
    review(linkage, [ReviewDecision.DIFFERENT] * 120, kind="forbidden")
    with pytest.raises(TooFewReviews, match="agree on 0 pairs"):
        calibrate_links(workspace, by="tester", at=NOW)


def test_the_ranges_of_counts_are_drawn_with_calibrated_probabilities(workspace, linkage, monkeypatch):
    given = []
    draw = linkage_ranges.draw_replicates
    monkeypatch.setattr(linkage_ranges, "draw_replicates", lambda evidence, **rest: given.append(evidence) or draw(evidence, **rest))
    probability = float(workspace.objects.get_table(linkage.pairs)["match_probability"][0].as_py())

    def drawn():
        with DuckDBEngine() as engine:
            linkage_ranges._replicates(workspace, current_generation(workspace), linkage, engine)
        return given[-1].probability

    assert drawn().tolist() == [probability]
    review(linkage, [ReviewDecision.DIFFERENT] * 200, probability=probability)
    calibrate_links(workspace, by="tester", at=NOW)
    assert drawn() == pytest.approx(np.array([probability / 3]), abs=0.01)


def test_a_model_of_another_version_has_no_calibration_yet(workspace, linkage):
    review(linkage, [ReviewDecision.SAME] * 100)
    calibrate_links(workspace, by="tester", at=NOW)
    linkage.summary = {**linkage.summary, "model": "children_across_agencies 0"}

    assert kept_calibration(linkage) == (UNCHANGED, None)


def test_what_became_of_reviewed_pairs_is_looked_up_in_the_linkage_that_holds(workspace, linkage):
    links = workspace.objects.get_table(linkage.links)["identity_id"].to_pylist()
    seen = seen_now(workspace, np.array([links[0], "gone"], dtype=object), np.array([links[1], links[1]], dtype=object))

    assert seen.fate.tolist() == [Fate.LINKED, NO_FATE]
    assert seen.kept_apart.tolist() == [None, None]
    assert seen.between_strangers.tolist() == [False, False]
