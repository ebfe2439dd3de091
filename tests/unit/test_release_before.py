"""Releases made one after another, by the use cases that make them: what stays, what is rounded anew, what a withdrawn return tells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from sightline.app.attack_release import attack_kept
from sightline.app.cubes import tables_of_release
from sightline.app.indicators import try_indicator
from sightline.app.publish_generation import publish_generation
from sightline.app.receipts import Receipt
from sightline.app.release import make_release
from sightline.app.release_ledger import LEDGER, read_ledger
from sightline.app.releases import read_attachment
from sightline.app.single_counts import WITHOUT_WARD, shown_single
from sightline.app.withdraw_return import withdraw_return
from sightline.app.workspace import Workspace
from sightline.disclosure.knowledge import UNBOUNDED
from sightline.model.figures import Released
from sightline.model.releases import Release
from tests.support.few import count_few
from tests.support.partnership import NOW, Q1, link_everybody

Submit = Callable[..., Receipt]
pytestmark = pytest.mark.django_db
ANEW = "was rounded anew"


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    count_few(monkeypatch)


def referrals(children: Sequence[int]) -> list[dict[str, Any]]:
    return [{"local_id": str(child), "received_on": "2026-02-03", "source": "school"} for child in children]


def flags(children: Sequence[int]) -> list[dict[str, Any]]:
    return [{"local_id": str(child), "started_on": "2026-01-05", "flag_local": "CE", "exploitation_type": "criminal"} for child in children]


def released(workspace: Workspace, *, at: datetime, children: int) -> Release:
    generation = publish_generation(workspace, by="tester", at=at)
    link_everybody(workspace, generation.number, children=children)
    return make_release(workspace, period=Q1, by="tester", at=at)[0]


def changes_that_follow(workspace: Workspace, then: Release, now: Release) -> dict[Any, tuple[int, int]]:
    """What readers of both ledgers know of how much each number changed."""
    before, after = (read_ledger(read_attachment(workspace, each, LEDGER), title=f"release {each.number}").placed for each in (then, now))
    return {name: (after[name][0] - before[name][1], after[name][1] - before[name][0]) for name in before.keys() & after.keys()}


def test_a_withdrawn_return_does_not_show_its_own_children(workspace: Workspace, submit: Submit) -> None:
    """Three children are in the police's return and in no other; it is withdrawn, and all is released again."""
    submit(period=Q1, referral=referrals(range(24)))
    given = submit(agency="police", dataset="police", period=Q1, referral=referrals(range(20, 27)), flag=flags(range(20, 27)))
    first = released(workspace, at=NOW, children=27)
    withdraw_return(workspace, return_id=given.return_id, reason="sent by mistake", by="tester", at=NOW + timedelta(days=1))
    second = released(workspace, at=NOW + timedelta(days=1), children=27)

    assert second.generation != first.generation
    assert attack_kept(second, [first], tables=partial(tables_of_release, workspace), tries=100).found == 0
    follows = changes_that_follow(workspace, first, second)
    assert len(follows) > 50
    assert not [name for name, (low, high) in follows.items() if high - low < 4 and (low, high) != (0, 0) and high < UNBOUNDED]


def test_numbers_stay_where_a_late_record_leaves_them_within_four_and_are_rounded_anew_once_a_year(
    workspace: Workspace, submit: Submit
) -> None:
    submit(period=Q1, referral=referrals(range(22)), _query=[{}] * 12)
    first = released(workspace, at=NOW, children=24)
    again = make_release(workspace, period=Q1, by="tester", at=datetime(2027, 1, 5, 9, tzinfo=UTC))[0]
    submit(period=Q1, referral=referrals(range(23)), _query=[{}] * 13)
    second = released(workspace, at=NOW + timedelta(days=300), children=24)
    third = released(workspace, at=NOW + timedelta(days=301), children=24)

    assert (again.figures, again.quality) == (first.figures, first.quality), "of the same records nothing is rounded anew"
    assert ANEW not in first.rounding + again.rounding
    assert ANEW in second.rounding
    assert "first release of 2027" in second.rounding
    assert ANEW not in third.rounding
    assert third.figures == second.figures


def test_a_count_is_one_number_wherever_it_is_shown(workspace: Workspace, submit: Submit) -> None:
    """In the release, in a trial of the indicator, and for whoever shows a single count elsewhere; what comes rounded stays as it came."""
    submit(period=Q1, referral=referrals(range(22)))
    given = {"service": "Harbour Light", "measure": "children seen", "period_start": Q1.start, "period_end": Q1.end}
    rows = [{**given, "count": 15, "withheld": False}, {**given, "measure": "children helped", "count": None, "withheld": True}]
    submit(agency="voluntary", dataset="voluntary_counts", period=Q1, aggregate_count=rows)
    release = released(workspace, at=NOW, children=24)
    tried = try_indicator(workspace, "children_referred_again", period=Q1, at=NOW)

    figures = {replace(each, range=None) for each in release.figures}
    assert figures.issuperset({tried.total, *(figure for *_, figure in tried.parts)})
    assert len(tried.parts) > 5
    assert shown_single(workspace, WITHOUT_WARD, 0) == Released(0)
    (told,) = (each.text for each in release.unknowns if "shares counts only" in each.text)
    assert "children seen 15" in told
    assert "children helped withheld" in told
