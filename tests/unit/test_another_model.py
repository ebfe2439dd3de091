"""A linkage model, or a calibration, of another version of Sightline: said plainly, never half used, and the links that are there stay."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from sightline.app import current_linkage as current
from sightline.app.calibrate_links import calibrate_links
from sightline.app.count import NotLinked, count
from sightline.app.link_people import link_people
from sightline.app.link_quality import link_quality
from sightline.app.linkage_statement import assemble_statement
from sightline.app.publish_generation import publish_generation
from sightline.app.review_links import open_review
from sightline.cli.main import app
from sightline.definitions.linkage import ForeignModel, linkage_model
from sightline.errors import NotFound
from sightline.ledger.calibrations import record_calibration
from sightline.ledger.models import Linkage
from sightline.linkage import Lists, linking
from sightline.linkage.calibrate import Calibration
from tests.support.partnership import NOW, Q4
from tests.unit.test_linkage_statement import seen

pytestmark = pytest.mark.django_db

MODEL = linkage_model()
OURS = f"{MODEL.id} {MODEL.version}"
LATER = MODEL.model_copy(update={"version": "99"})


@pytest.fixture
def linked(workspace, submit):
    submit(identity_record=[seen(number, local_id=f"C{number}") for number in range(32)], period=Q4)
    both = [seen(number, local_id=f"P{number}", family_name="Entwhistle" if number > 9 else "Hebblewhite") for number in range(14)]
    submit(identity_record=both, agency="police", dataset="police", period=Q4)
    publish_generation(workspace, by="tester", at=NOW)
    link_people(workspace, by="tester", at=NOW, threads=1)
    return workspace


def command(workspace, *more):
    return CliRunner().invoke(app, ["link", *more, "--workspace", str(workspace.root), "--at", "2026-05-15T09:00", "--by", "tester"])


def without_a_level():
    home = next(each for each in MODEL.comparisons if each.id == "home")
    fewer = home.model_copy(update={"levels": tuple(level for level in home.levels if level.label != "address but for slips")})
    return MODEL.model_copy(update={"comparisons": tuple(fewer if each.id == "home" else each for each in MODEL.comparisons)})


def without_a_comparison():
    return MODEL.model_copy(update={"comparisons": tuple(each for each in MODEL.comparisons if each.id != "upn")})


def with_a_column_of_its_own():
    first = MODEL.comparisons[0]
    level = first.levels[1].model_copy(update={"when": "soundex_l = soundex_r"})
    other = first.model_copy(update={"levels": (first.levels[0], level, *first.levels[2:])})
    return MODEL.model_copy(update={"comparisons": (other, *MODEL.comparisons[1:])})


@pytest.mark.parametrize(
    ("foreign", "why"),
    [
        (without_a_level, 'it has no level "address but for slips" of "home"'),
        (without_a_comparison, 'of "upn"'),
        (with_a_column_of_its_own, r"it compares what no profile holds \(soundex\)"),
    ],
)
def test_a_model_that_does_not_fit_is_refused_before_anything_is_linked_and_the_links_stay(linked, monkeypatch, foreign, why):
    before = list(Linkage.objects.values())
    monkeypatch.setattr(linking, "Lists", lambda: Lists(model=foreign()))

    done = command(linked)

    assert isinstance(done.exception, ForeignModel)
    with pytest.raises(ForeignModel, match=f"version {MODEL.version}, does not fit this version of Sightline: .*{why}"):
        raise done.exception
    assert list(Linkage.objects.values()) == before


def test_links_of_another_version_of_the_model_are_neither_judged_nor_counted_until_they_are_made_again(linked, monkeypatch):
    monkeypatch.setattr(current, "linkage_model", lambda: LATER)
    told = f"linked by another version of the linkage model \\({OURS}\\) than this one's \\({MODEL.id} 99\\)"

    for asked in (
        lambda: link_quality(linked),
        lambda: assemble_statement(linked),
        lambda: calibrate_links(linked, by="tester", at=NOW),
        lambda: open_review(linked, purpose="check", by="tester", at=NOW, seed=1),
    ):
        with pytest.raises(NotFound, match=told) as problem:
            asked()
        assert "sightline link" in problem.value.hint
    with pytest.raises(NotLinked, match=told):
        count(linked, period=Q4, at=NOW)

    monkeypatch.setattr(linking, "Lists", lambda: Lists(model=LATER))
    again = link_people(linked, by="tester", at=NOW, threads=1)
    assert (again.is_new, again.linkage.model, again.linkage.changes.moved) == (True, f"{MODEL.id} 99", 0)
    assert link_quality(linked).people > 0


def test_a_calibration_of_another_version_is_not_used_and_that_is_said(linked):
    before = Linkage.objects.last().summary["precision_expected"]
    assert before > 0.9
    curve = Calibration(knots=((0.01, 0.001), (0.999999, 0.5)), reviews=200).as_dict()
    evidence = linked.objects.put_bytes(b"evidence")

    def calibrated(model):
        record_calibration(model, curve, reviews=[1], decided=200, evidence=evidence, by="tester", at=NOW)
        done = command(linked)
        assert done.exit_code == 0, done.output
        return " ".join(done.output.split()), link_people(linked, by="tester", at=NOW, threads=1).linkage.precision_expected

    said, expected = calibrated(f"{MODEL.id} 3")
    assert expected == before
    assert f"about links of another model ({MODEL.id} 3) and is not used" in said
    said, expected = calibrated(OURS)
    assert expected < 0.75
    assert "is not used" not in said
