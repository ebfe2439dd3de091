"""Making a release: through the gate, whole, the same bytes again, read back; and the sentences that go with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sightline.app import release as module
from sightline.app.attack_gate import ReleaseGivesAway
from sightline.app.changes import changes, page_of
from sightline.app.count import NoSuchQuarter, NotLinked, count
from sightline.app.publish_generation import publish_generation
from sightline.app.receipts import Receipt
from sightline.app.release import make_release
from sightline.app.release_ledger import Checked, checked_with_earlier
from sightline.app.releases import current_release, list_releases, read_attachment, release_by_number
from sightline.app.rounding_key import RoundingKeyLost
from sightline.app.workspace import Workspace
from sightline.disclosure.blackbox.on_sums import Worked
from sightline.errors import InputRefused, NotFound
from sightline.ledger.models import AuditEvent
from sightline.model.figures import Figure, NotAvailable, Ratio, Released, Withheld
from sightline.model.periods import Quarter
from sightline.model.releases import Release, release_from_json, release_to_json
from sightline.publish.attack_report import ATTACK, read_attack
from sightline.stats.intervals import wilson_interval
from tests.support.few import count_few, few_indicators
from tests.support.partnership import NOW, Q1, Q4, link_everybody
from tests.support.releases import example_release

Submit = Callable[..., Receipt]
CHILDREN = 24


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    count_few(monkeypatch)


@pytest.fixture
def ready(workspace: Workspace, submit: Submit) -> Workspace:
    """A workspace with a published, linked generation: 24 children referred, 12 of them a second time; 11 known to the police."""
    first = [{"local_id": str(n), "received_on": "2025-11-03", "source": "police"} for n in range(CHILDREN)]
    second = [{"local_id": str(n), "received_on": "2026-02-03", "source": "school"} for n in range(CHILDREN)]
    submit(period=Q4, referral=first)
    submit(period=Q1, referral=second, _query=[{}] * 12)
    flags = [{"local_id": str(n), "started_on": "2026-01-05", "flag_local": "CE", "exploitation_type": "criminal"} for n in range(11)]
    submit(agency="police", dataset="police", period=Q1, flag=flags)
    generation = publish_generation(workspace, by="tester", at=NOW)
    link_everybody(workspace, generation.number, children=CHILDREN)
    return workspace


def make(workspace: Workspace, *, at: datetime = NOW) -> tuple[Release, str]:
    return make_release(workspace, period=Q1, by="tester", at=at)


def headline(release: Release, indicator: str) -> Figure:
    figure = release.series(indicator)[-1]
    assert figure is not None
    return figure


@pytest.mark.django_db
def test_a_release_holds_rounded_figures_for_every_quarter_and_says_how_they_were_made(ready: Workspace) -> None:
    release, digest = make(ready)

    assert release.periods == ("2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4", "2026-Q1")
    figure = headline(release, "children_referred_again")
    low, high = (end * 100 for end in wilson_interval(25, 25))
    assert (figure.count, figure.out_of, figure.statistic) == (Released(25), Released(25), Ratio(100.0, 100, low, high))
    assert release.methods["disclosure"] == "additive-5/1"
    assert set(release.methods) == {"disclosure", "linkage", "measures", "analyses", "tables"}
    assert [each.id for each in release.indicators] == [each.id for each in few_indicators().indicators]
    assert {agency.agency: agency.complete for agency in release.agencies}["police"]
    assert ready.objects.get_bytes(digest) == release_to_json(release)


@pytest.mark.django_db
def test_every_number_of_a_release_is_rounded_or_withheld(ready: Workspace) -> None:
    release, _ = make(ready)
    shown = [part for figure in release.figures for part in (figure.count, figure.out_of)]
    shown += [combination.children for combination in (*release.agency_sets, *release.combinations)]
    shown += [release.flagged_by_none, *(line.rows for line in release.quality)]

    assert all(number.value % 5 == 0 for number in shown if isinstance(number, Released))
    assert any(str(number) == "0 to 4" for number in shown)


@pytest.mark.django_db
def test_agencies_together_count_each_child_once(ready: Workspace) -> None:
    release, _ = make(ready)

    assert {each.agencies: each.children for each in release.agency_sets}["csc",] == Released(25)
    assert {each.agencies: each.children for each in release.combinations} == {
        ("csc",): Released(15),
        ("csc", "police"): Released(10),
    }


@pytest.mark.django_db
def test_the_same_generation_links_and_instant_give_the_same_release(ready: Workspace) -> None:
    first, digest = make(ready)
    again, same = make(ready)
    later, other = make(ready, at=NOW + timedelta(days=1))

    assert (again, same) == (first, digest)
    assert (later.number, first.number) == (2, 1)
    assert other != digest
    assert replace(later, number=1, created_at=first.created_at, attachments=first.attachments) == first
    told = {name for name in first.attachments if later.attachments[name] != first.attachments[name]}
    assert told == {ATTACK}, "the later one was attacked together with the first"
    assert [each.number for each in list_releases(ready)] == [2, 1]


@pytest.mark.django_db
def test_a_release_is_read_back_as_it_was_made_and_the_ledger_tells_of_it(ready: Workspace) -> None:
    assert current_release(ready) is None
    release, digest = make(ready)

    assert current_release(ready) == release_by_number(ready, 1) == release_from_json(ready.objects.get_bytes(digest)) == release
    assert b"FeatureCollection" in read_attachment(ready, release, "wards.geojson")
    assert AuditEvent.objects.filter(action="release_made").count() == 1
    with pytest.raises(NotFound, match="release 7"):
        release_by_number(ready, 7)
    with pytest.raises(NotFound, match=r"secrets\.txt"):
        read_attachment(ready, release, "secrets.txt")


@pytest.mark.django_db
def test_a_release_says_what_is_not_known(ready: Workspace) -> None:
    release, _ = make(ready)
    told = {statement.kind: statement.text for statement in release.unknowns}

    assert "Education has not sent, for January to March 2026: School census." in [each.text for each in release.unknowns]
    assert told["provisional"] == "Police: figures for January to March 2026 will still grow; they settle after 2 more returns."
    assert "Harbour Light shares counts only" in told["aggregate_only"]
    assert "linkage" in told
    assert [statement.indicator for statement in release.questions] == [each.id for each in release.indicators if each.key]


@pytest.mark.django_db
def test_what_intake_found_is_told_with_rounded_rows(ready: Workspace) -> None:
    release, _ = make(ready)

    (line,) = [each for each in release.quality if each.code == "SL-INT-900"]
    assert (line.agency, line.code, line.rows) == ("csc", "SL-INT-900", Released(10))


@pytest.mark.django_db
def test_a_count_that_an_agency_gives_is_told_apart_and_added_to_nothing(ready: Workspace, submit: Submit) -> None:
    given = {"period_start": "2026-01-01", "period_end": "2026-03-31", "breakdown": "all", "category": "all", "withheld": False}
    counts = [
        given | {"service": "s", "measure": "children_supported", "count": 41},
        given | {"service": "s", "measure": "left", "count": 3},
    ]
    before = headline(make(ready)[0], "children_with_known_concern")
    submit(agency="voluntary", dataset="voluntary_counts", period=Q1, aggregate_count=counts)
    link_everybody(ready, publish_generation(ready, by="tester", at=NOW).number, children=CHILDREN)
    release, _ = make(ready)

    (told,) = [each.text for each in release.unknowns if each.kind == "aggregate_only"]
    assert re.search(r"children supported 4[05]; left (0 to 4|5)\.", told)
    assert headline(release, "children_with_known_concern") == before


@pytest.mark.django_db
def test_counting_needs_linked_people(workspace: Workspace, submit: Submit) -> None:
    submit(referral=[{"local_id": "1", "received_on": "2026-02-03"}])
    publish_generation(workspace, by="tester", at=NOW)

    with pytest.raises(NotLinked):
        make(workspace)


@pytest.mark.django_db
@pytest.mark.parametrize("period", ["2019-Q1", "2030-Q1"])
def test_a_quarter_that_no_return_tells_about_cannot_be_counted(ready: Workspace, period: str) -> None:
    with pytest.raises(NoSuchQuarter):
        count(ready, period=Quarter.parse(period), at=NOW)


@pytest.mark.django_db
def test_true_counts_are_the_same_every_time_and_lie_nowhere(ready: Workspace) -> None:
    before = set(ready.objects.names())
    first, again = count(ready, period=Q1, at=NOW), count(ready, period=Q1, at=NOW)

    assert first.table.equals(again.table)
    assert set(ready.objects.names()) == before
    assert first.cells == first.table.num_rows
    assert (first.indicators, first.periods) == (len(few_indicators().indicators), 5)


def overview(release: Release, figures: list[Figure]) -> dict[str | None, str]:
    return {each.indicator: each.text for each in changes(release.indicators, figures, Q1) if not each.page}


def with_series(release: Release, indicator: str, counts: dict[str, Figure]) -> list[Figure]:
    return [
        counts.get(figure.period, figure) if figure.indicator == indicator and figure.breakdown == "all" else figure
        for figure in release.figures
    ]


def figure(indicator: str, period: str, count: Released | Withheld | NotAvailable, out_of: int | None = None) -> Figure:
    whole = Released(out_of) if out_of else None
    ratio = Ratio(count.value * 100 / out_of, 100) if out_of and isinstance(count, Released) else None
    return Figure(indicator, period, "all", "all", count, whole, ratio)


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        (100, 100, "no clear difference from the quarter before (1.00 times, 0.75 to 1.33)"),
        (100, 105, "no clear difference from the quarter before (1.05 times, 0.79 to 1.39)"),
        (400, 420, "no clear difference from the quarter before (1.05 times, 0.91 to 1.21)"),
        (400, 480, "higher than the quarter before (1.20 times, 1.05 to 1.37)"),
        (480, 400, "lower than the quarter before (0.83 times, 0.73 to 0.95)"),
    ],
)
def test_change_is_told_in_three_neutral_words_with_its_interval(before: int, now: int, words: str) -> None:
    release, id = example_release(), "missing_episodes"
    series = {
        "2025-Q4": figure(id, "2025-Q4", Released(before)),
        "2026-Q1": figure(id, "2026-Q1", Released(now)),
        "2025-Q1": figure(id, "2025-Q1", Withheld.WITHHELD),
    }
    told = overview(release, with_series(release, id, series))

    assert told[id] == f"Missing episodes: {now}; {words}; no figure for the same quarter a year before."


def test_percentages_are_compared_in_hundreds_and_a_few_dozen_tell_little() -> None:
    release, id = example_release(), "children_referred_again"
    large = {
        "2025-Q4": figure(id, "2025-Q4", Released(400), 1_000),
        "2026-Q1": figure(id, "2026-Q1", Released(300), 1_000),
        "2025-Q1": figure(id, "2025-Q1", Released(290), 1_000),
    }
    small = {
        period: figure(id, period, Released(each.count.value // 25), 40)
        for period, each in large.items()
        if isinstance(each.count, Released)
    }

    def told(series: dict[str, Figure]) -> str:
        return overview(release, with_series(release, id, series))[id]

    assert "30% of 1,000; lower than the quarter before (0.75 times, 0.64 to 0.87); no clear difference from the same" in told(large)
    assert "no clear difference from the quarter before" in told(small)


def test_what_is_withheld_now_is_not_spoken_of_as_change() -> None:
    release, id = example_release(), "missing_episodes"
    series = {"2026-Q1": figure(id, "2026-Q1", Withheld.WITHHELD)}

    assert id not in overview(release, with_series(release, id, series))


def test_there_are_never_more_than_five_changes() -> None:
    release = example_release()
    everything_key = [replace(each, key=True) for each in release.indicators]

    assert len([each for each in changes(everything_key, release.figures, Q1) if not each.page]) == 5


def test_an_indicators_own_page_says_at_most_five_things_and_what_the_release_before_said_otherwise() -> None:
    release, id = example_release(), "missing_episodes"
    broken = replace(release.indicator(id), known_breaks=(("2025-Q3", "Away without authorisation is no longer counted."),))
    texts = [broken if each.id == id else each for each in release.indicators]
    now = {
        "2026-Q1": figure(id, "2026-Q1", Released(200)),
        "2025-Q4": figure(id, "2025-Q4", Released(120)),
        "2025-Q3": figure(id, "2025-Q3", Released(105)),
        "2025-Q1": figure(id, "2025-Q1", Released(195)),
        "2025-Q2": figure(id, "2025-Q2", Released(90)),
    }
    told_before = now | {
        "2025-Q4": figure(id, "2025-Q4", Released(100)),
        "2025-Q3": figure(id, "2025-Q3", Released(100)),
        "2025-Q2": figure(id, "2025-Q2", Withheld.WITHHELD),
    }
    before = replace(release, figures=tuple(with_series(release, id, told_before)))
    found = changes(texts, with_series(release, id, now), Q1, before=before)

    assert [each.text for each in found if each.page == page_of(id)] == [
        "200 in January to March 2026: higher than the quarter before (1.67 times, 1.32 to 2.11).",
        "200 in January to March 2026: no clear difference from the same quarter a year before (1.03 times, 0.84 to 1.26).",
        "October to December 2025 was 100 in release 1 and is 120 now.",
        "1 earlier quarter differs from release 1 too.",
        "Figures before July to September 2025 mean something else: Away without authorisation is no longer counted.",
    ]


def test_a_definition_that_changed_is_said_and_its_figures_are_not_compared() -> None:
    release, id = example_release(), "missing_episodes"
    texts = [replace(each, version="2") if each.id == id else each for each in release.indicators]
    told = [each.text for each in changes(texts, release.figures, Q1, before=release) if each.page == page_of(id)]

    assert "The definition is not that of release 1, so its figures and these do not compare." in told
    assert not any("was" in text for text in told)


def test_figures_of_twelve_months_are_compared_with_the_year_before_only() -> None:
    release, id = example_release(), "missing_episodes"
    texts = [replace(each, months=12) if each.id == id else each for each in release.indicators]
    series = {period: figure(id, period, Released(200)) for period in ("2026-Q1", "2025-Q4", "2025-Q1")}
    found = [each.text for each in changes(texts, with_series(release, id, series), Q1) if each.indicator == id]

    assert found == [
        "Missing episodes: 200; no clear difference from the same quarter a year before (1.00 times, 0.82 to 1.22).",
        "200 in the twelve months to March 2026: no clear difference from the same quarter a year before (1.00 times, 0.82 to 1.22).",
    ]


@pytest.mark.django_db
def test_a_release_is_attacked_before_it_is_written_and_keeps_what_was_tried(ready: Workspace) -> None:
    release, _ = make(ready)
    report = read_attack(read_attachment(ready, release, ATTACK))

    assert report["found"] == 0
    assert {"subtraction", "bounds", "insiders", "presence", "unions and complements"} <= {each["attack"] for each in report["attacks"]}


@pytest.mark.django_db
def test_a_release_in_which_an_attack_finds_something_is_not_written(ready: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(*arguments: object, **more: object) -> Checked:
        checked = checked_with_earlier(*arguments, **more)  # type: ignore[arg-type]
        held = checked.worked.held
        name = next(iter(held.numbers))
        return replace(checked, worked=Worked(replace(held, numbers={**held.numbers, name: 7}), checked.worked.implied))

    monkeypatch.setattr(module, "checked_with_earlier", careless)
    with pytest.raises(ReleaseGivesAway) as refused:
        make(ready)

    assert "symbols" in str(refused.value)
    assert list_releases(ready) == ()


@pytest.mark.django_db
@pytest.mark.parametrize("another", [None, "6" * 64], ids=["gone", "another"])
def test_a_rounding_key_that_is_missed_is_refused_until_it_is_declared_lost(ready: Workspace, another: str | None) -> None:
    make(ready)
    kept = ready.root / "keys" / "rounding"
    own = kept.read_text(encoding="ascii")
    kept.unlink()
    if another:
        kept.write_text(another, encoding="ascii")
    later = NOW + timedelta(days=1)

    with pytest.raises(RoundingKeyLost) as refused:
        make(Workspace.open(ready.root), at=later)
    assert "release 1" in str(refused.value)
    assert kept.exists() == bool(another), "no key is made where one is missed"

    kept.write_text(own, encoding="ascii")
    assert make(Workspace.open(ready.root), at=later)[0].number == 2, "restored, it is taken again"
    with pytest.raises(InputRefused):
        Workspace.open(ready.root).replace_rounding_key(reason="for no reason", by="tester", at=later)

    kept.unlink()
    opened = Workspace.open(ready.root)
    opened.replace_rounding_key(reason="the disk burnt", by="tester", at=later)
    assert make(opened, at=later + timedelta(days=1))[0].number == 3
    event = AuditEvent.objects.get(action="rounding_key_replaced")
    assert event.detail["reason"] == "the disk burnt"
    assert opened.rounding_key.hex() not in str(event.detail)


@pytest.mark.django_db
def test_a_missing_key_is_made_where_nothing_was_rounded_with_one(workspace: Workspace) -> None:
    kept = workspace.root / "keys" / "rounding"
    kept.unlink()

    assert len(Workspace.open(workspace.root).rounding_key) == 32
    assert kept.exists()
