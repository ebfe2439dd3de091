"""What stands behind each figure: who is in, who is missing and why, which quarters may still change, and where a series starts anew."""

from __future__ import annotations

from dataclasses import replace

from sightline.app.figure_coverage import NEVER_SENT, NOT_IN_THE_PARTNERSHIP, SHARES_COUNTS, figure_coverage
from sightline.definitions.catalogue import load_catalogue
from sightline.definitions.indicators import Catalogue, KnownBreak
from sightline.definitions.partnership import Agency, Dataset, Every, Mode, Partnership
from sightline.indicators.availability import NO_RETURN, Sources
from sightline.model.periods import Quarter
from sightline.model.releases import Coverage

QUARTERS = (Quarter(2025, 4), Quarter(2026, 1))


def agency(id: str, mode: Mode = Mode.RECORD_LEVEL) -> Agency:
    dataset = Dataset(id=id, title=id, format="annex_a", every=Every.QUARTER, due_days=21, settles_after=1)
    return Agency(id=id, name=id, mode=mode, datasets=(dataset,))


PARTNERSHIP = Partnership(
    id="here",
    name="Here",
    area="Here",
    authority_code="999",
    first_period=Quarter(2025, 1),
    agencies=(agency("csc"), agency("police"), agency("health"), agency("voluntary", Mode.AGGREGATE_ONLY)),
)


def one_indicator(*needed: str, break_from: str = "") -> Catalogue:
    catalogue = load_catalogue()
    breaks = (KnownBreak.model_validate({"from": break_from, "note": "A new form."}),) if break_from else ()
    chosen = catalogue.indicator("missing_episodes").model_copy(update={"agencies_needed": needed, "known_breaks": breaks})
    return replace(catalogue, indicators=(chosen,))


def covered(catalogue: Catalogue, *filling: str, **quarters: set[str]) -> tuple[Coverage, ...]:
    sources = Sources(
        {"missing_episode": frozenset((each, each) for each in filling)}, {(each, each): told for each, told in quarters.items()}
    )
    unsettled = {("police", "police"): {"2026-Q1"}}
    return figure_coverage(catalogue, PARTNERSHIP, sources, quarters=QUARTERS, unsettled=unsettled)


def test_who_sent_what_is_counted_is_in_and_the_others_are_missing_with_their_reason() -> None:
    told = covered(
        one_indicator("csc", "police", "voluntary", "probation"), "police", "health", police={"2025-Q4", "2026-Q1"}, health={"2025-Q4"}
    )

    missing = (("csc", NEVER_SENT), ("voluntary", SHARES_COUNTS), ("probation", NOT_IN_THE_PARTNERSHIP))
    assert [(each.period, each.agencies) for each in told] == [("2025-Q4", ("police", "health")), ("2026-Q1", ("police",))]
    assert set(told[0].missing) == set(missing)
    assert set(told[1].missing) == {*missing, ("health", NO_RETURN)}


def test_a_quarter_that_later_returns_may_change_is_provisional_and_no_other() -> None:
    told = covered(one_indicator("police"), "police", police={"2025-Q4", "2026-Q1"})

    assert [each.provisional for each in told] == [(), ("police",)]


def test_a_series_starts_anew_in_the_quarter_of_its_break() -> None:
    told = covered(one_indicator("police", break_from="2026-Q1"), "police", police={"2025-Q4", "2026-Q1"})

    assert [each.starts_anew for each in told] == ["", "A new form."]
