"""The ledger of a release: what it keeps, and how a release is held beside those made before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from sightline.app.attack_release import attack_kept
from sightline.app.cubes import tables_in, tables_of_release
from sightline.app.held_release import hold_release
from sightline.app.publish_generation import publish_generation
from sightline.app.receipts import Receipt
from sightline.app.release import make_release
from sightline.app.release_ledger import LEDGER, ReleaseTells, beside, both_beside, read_ledger, withhold, write_ledger
from sightline.app.releases import read_attachment
from sightline.app.workspace import Workspace
from sightline.disclosure.blackbox.implied import implied_by
from sightline.disclosure.blackbox.on_sums import Worked
from sightline.disclosure.blackbox.outcome import words_of
from sightline.model.figures import Figure, Range, Ratio, Released, Withheld
from sightline.model.releases import Release, Statement
from tests.support.attacked import COUNTED, QUARTERS, clean_release
from tests.support.few import count_few
from tests.support.partnership import NOW, Q1, link_everybody

WHOLE = ("count", COUNTED, QUARTERS[-1], "all", "all")


def worked(release: Release) -> Worked:
    held = hold_release(release)
    return Worked(held, implied_by(held.method))


def of_two_agencies(csc: int, police: int, *, generation: str) -> Release:
    """Counts that no method made safe: an unrounded release, such as a mistake elsewhere might make."""
    counts = {("all", "all"): csc + police, ("sex", "female"): csc, ("sex", "male"): police}
    figures = [
        Figure(COUNTED, QUARTERS[-1], *place, Released(count), None, Ratio(1.0, 100), Range(0, 5, sensitive=False))
        for place, count in counts.items()
    ]
    said = Statement("change", "41 episodes.", COUNTED)
    return replace(clean_release(), figures=tuple(figures), generation=generation, changes=(said,))


def test_the_ledger_keeps_every_number_with_the_interval_that_follows() -> None:
    release = worked(clean_release())
    kept = read_ledger(write_ledger(release), title="release 1")

    assert kept.held.numbers == release.held.numbers
    assert kept.held.generation == release.held.generation
    assert write_ledger(release) == write_ledger(worked(clean_release())), "the same figures give the same bytes"
    for name, shown in release.held.numbers.items():
        low, high = kept.placed[name]
        least, most = release.implied.interval(shown)
        assert least <= low <= high <= most, words_of(name)


def test_a_release_like_the_one_before_and_one_of_other_rounded_counts_stay_as_they_are() -> None:
    before = clean_release()
    later = replace(clean_release(seed=7), generation="G2")

    assert beside(before, []) is before
    assert beside(before, [worked(before)]) is before
    assert beside(later, [worked(before)]) is later


def test_a_withdrawn_return_of_three_children_does_not_show_them_by_subtraction() -> None:
    before = of_two_agencies(20, 21, generation="G1")
    after = of_two_agencies(20, 18, generation="G2")

    written = beside(after, [worked(before)])

    shown = {(figure.breakdown, figure.category): figure for figure in written.figures}
    assert shown["all", "all"].count is Withheld.WITHHELD
    assert shown["sex", "male"].count is Withheld.WITHHELD
    assert (shown["all", "all"].statistic, shown["all", "all"].range) == (Withheld.WITHHELD, None)
    assert shown["sex", "female"].count == Released(20)
    assert written.changes == (), "what was said of the numbers goes with them"


def test_a_ledger_that_was_kept_is_as_good_as_the_release_itself() -> None:
    before = worked(of_two_agencies(20, 21, generation="G1"))
    after = of_two_agencies(20, 18, generation="G2")

    assert beside(after, [read_ledger(write_ledger(before), title="release 1")]) == beside(after, [before])


def test_a_release_that_would_tell_whatever_is_withheld_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sightline.app.release_ledger.withhold", lambda release, names: release)

    with pytest.raises(ReleaseTells, match="missing_episodes, 2026-Q") as refused:
        beside(of_two_agencies(20, 18, generation="G2"), [worked(of_two_agencies(20, 21, generation="G1"))])
    assert not any(number in str(refused.value) for number in ("41", "38", "-3")), "no number is told"


def test_withholding_nothing_changes_nothing() -> None:
    release = clean_release()

    assert withhold(release, frozenset()) is release


@pytest.mark.django_db
def test_a_release_that_is_made_keeps_its_ledger_and_the_next_is_held_beside_it(
    workspace: Workspace, submit: Callable[..., Receipt], monkeypatch: pytest.MonkeyPatch
) -> None:
    count_few(monkeypatch)
    children = [{"local_id": str(n), "received_on": "2026-02-03", "source": "school"} for n in range(24)]
    submit(period=Q1, referral=children)
    link_everybody(workspace, publish_generation(workspace, by="tester", at=NOW).number, children=24)
    first, _ = make_release(workspace, period=Q1, by="tester", at=NOW)
    held: list[list[Worked]] = []
    monkeypatch.setattr(
        "sightline.app.release_ledger.both_beside",
        lambda draft, tables, earlier: held.append(earlier) or both_beside(draft, tables, earlier),
    )
    second, _ = make_release(workspace, period=Q1, by="tester", at=NOW + timedelta(days=1))

    kept = read_ledger(read_attachment(workspace, first, LEDGER), title="release 1")
    tables = tables_in(first, partial(read_attachment, workspace, first))
    assert kept.held.numbers == hold_release(first, tables=tables).numbers
    assert {name[3] for name in kept.held.numbers} >= {"age_band / sex", "age_band / sex / ethnicity"}, "crossed tables are remembered"
    assert [[each.held.numbers for each in earlier] for earlier in held] == [[kept.held.numbers]]
    assert second.attachments[LEDGER] == first.attachments[LEDGER]
    assert attack_kept(second, [first], tables=partial(tables_of_release, workspace), tries=100).found == 0
