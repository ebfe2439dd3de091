"""The sentences of a release: what is not known, what to ask. Facts and questions, never verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sightline.app.count import Counted, SeparateCount
from sightline.app.gaps_told import gaps_told, titles_by_reason
from sightline.app.single_counts import WITHOUT_WARD
from sightline.definitions.partnership import Mode, Partnership
from sightline.indicators.availability import TOO_EARLY, NotAgreed
from sightline.model.figures import Released, Withheld
from sightline.model.periods import Quarter
from sightline.model.releases import AgencyCoverage, IndicatorText, QualityLine, Statement
from sightline.publish.gaps import COUNTS_TWICE

UNMAPPED_CODES = frozenset({"SL-INT-024", "SL-INT-031"})


def separate_counts(counted: Counted) -> dict[str, int]:
    """The counts that agencies give apart, by their names at the gate; an agency may give one measure several times, month by month."""
    return {_separate_name(place, each): each.count for place, each in enumerate(counted.separate) if each.count is not None}


def _separate_name(place: int, each: SeparateCount) -> str:
    return f"{each.agency} counts {each.measure} {place}"


def questions(indicators: Sequence[IndicatorText]) -> tuple[Statement, ...]:
    """The first line of inquiry of each key indicator."""
    return tuple(Statement("question", indicator.lines_of_inquiry[0], indicator.id) for indicator in indicators if indicator.key)


def unknowns(
    partnership: Partnership,
    counted: Counted,
    coverage: Sequence[AgencyCoverage],
    quality: Sequence[QualityLine],
    singles: Mapping[str, Released | Withheld],
) -> tuple[Statement, ...]:
    """What a reader must know that the figures do not tell: returns, periods still filling, codes, definitions, links, counts apart."""
    period = counted.quarters[-1]
    not_agreed = counted.sources.not_agreed
    return (
        *_not_agreed(partnership, not_agreed),
        *_taken_out(partnership, counted.taken_out),
        *_returns(partnership, coverage, period, not_agreed),
        *_provisional(partnership, coverage, period),
        *_unmapped(partnership, quality),
        *_definitions(partnership, counted),
        *_links(singles),
        *_not_linked(partnership, counted),
        *_separate(partnership, counted, singles),
        *_apart(partnership, counted),
        *_too_early(counted),
    )


def _not_agreed(partnership: Partnership, not_agreed: Mapping[tuple[str, str], NotAgreed]) -> list[Statement]:
    """Agencies, or datasets of theirs, that are left out because no agreement lets them be used."""
    found = []
    for agency in partnership.agencies:
        for reason, titles in titles_by_reason(agency, not_agreed).items():
            whole = len(titles) == len(agency.datasets)
            who = f"{agency.name} is" if whole else f"{agency.name}: {_listed(titles)} {'is' if len(titles) == 1 else 'are'}"
            found.append(Statement("not_agreed", f"{who} in no figure here: {reason}."))
    return found


def _taken_out(partnership: Partnership, taken_out: Mapping[tuple[str, str], Sequence[str]]) -> list[Statement]:
    """Fields that were agreed once and are not any more: empty here, whatever was sent before."""
    return [
        Statement("not_agreed", f"{agency.name}: {dataset.title} is used without what is not agreed any more: {', '.join(fields)}.")
        for agency in partnership.agencies
        for dataset in agency.datasets
        if (fields := taken_out.get((agency.id, dataset.id)))
    ]


def _returns(
    partnership: Partnership, coverage: Sequence[AgencyCoverage], period: Quarter, not_agreed: Mapping[tuple[str, str], NotAgreed]
) -> list[Statement]:
    found = []
    for whole in coverage:
        agency = replace(whole, datasets=tuple(each for each in whole.datasets if (whole.agency, each.dataset) not in not_agreed))
        expected = {dataset.id for dataset in partnership.agency(agency.agency).datasets if dataset.is_expected(period)}
        missing = [each.title for each in agency.datasets if each.dataset in expected and each.latest_period_end != period.end.isoformat()]
        if missing:
            found.append(Statement("late_return", f"{agency.name} has not sent, for {period.title}: {', '.join(missing)}."))
        gaps = [each.title for each in agency.datasets if each.returns_received < each.returns_expected - (each.title in missing)]
        if gaps:
            found.append(Statement("missing_return", f"{agency.name} has not sent every earlier return of: {', '.join(gaps)}."))
    return found


def _provisional(partnership: Partnership, coverage: Sequence[AgencyCoverage], period: Quarter) -> list[Statement]:
    found = []
    for agency in coverage:
        for each in agency.datasets:
            if each.provisional:
                later = partnership.agency(agency.agency).dataset(each.dataset).settles_after
                words = "one more return" if later == 1 else f"{later} more returns"
                found.append(
                    Statement("provisional", f"{agency.name}: figures for {period.title} will still grow; they settle after {words}.")
                )
    return found


def _unmapped(partnership: Partnership, quality: Sequence[QualityLine]) -> list[Statement]:
    agencies = {line.agency for line in quality if line.code in UNMAPPED_CODES}
    if not agencies:
        return []
    names = _listed(agency.name for agency in partnership.agencies if agency.id in agencies)
    return [Statement("unmapped", f"Codes that no mapping knows came from: {names}. They count as not recorded.")]


def _definitions(partnership: Partnership, counted: Counted) -> list[Statement]:
    if len(counted.flagging) < 2:
        return []
    names = _listed(agency.name for agency in partnership.agencies if agency.id in counted.flagging)
    text = f"{names} each mark a concern by a definition of their own: threshold, review and end differ."
    return [Statement("definition", text, "children_with_known_concern")]


def _links(singles: Mapping[str, Released | Withheld]) -> list[Statement]:
    shown = singles[WITHOUT_WARD]
    found = [
        Statement("linkage", "People are linked by names, dates and numbers; a missed link counts one child twice and hides a return.")
    ]
    if isinstance(shown, Released) and shown.value:
        text = f"{shown} people have no home ward we know, or live outside the area; ward figures leave them out."
        found.append(Statement("linkage", text))
    return found


def _not_linked(partnership: Partnership, counted: Counted) -> list[Statement]:
    """Agencies whose records are counted and linked with nobody else's."""
    return [
        Statement("not_linked", f"{partnership.agency(gap.agency).name}: {gap.reason}. {COUNTS_TWICE}")
        for gap in gaps_told(partnership, {}, counted.left_out)
    ]


def _separate(partnership: Partnership, counted: Counted, singles: Mapping[str, Released | Withheld]) -> list[Statement]:
    """The counts of agencies that share no records, in one sentence each, and that they are added to nothing."""
    by_agency: dict[str, list[str]] = {}
    for place, each in enumerate(counted.separate):
        shown = "withheld" if each.count is None else str(singles[_separate_name(place, each)])
        by_agency.setdefault(each.agency, []).append(f"{each.measure.replace('_', ' ')} {shown}")
    period = counted.quarters[-1].title
    return [
        Statement(
            "aggregate_only",
            f"{partnership.agency(agency).name} shares counts only, for {period}: {'; '.join(counts)}. They are added to no figure here.",
        )
        for agency, counts in by_agency.items()
    ]


def _apart(partnership: Partnership, counted: Counted) -> list[Statement]:
    told = {each.agency for each in counted.separate}
    return [
        Statement("aggregate_only", f"{agency.name} shares counts only: children known to it alone are in no figure here.")
        for agency in partnership.agencies
        if agency.mode is Mode.AGGREGATE_ONLY and agency.id not in told
    ]


def _too_early(counted: Counted) -> list[Statement]:
    longest = max(counted.catalogue.indicators, key=lambda indicator: indicator.quarters_of_records)
    if longest.quarters_of_records < 2:
        return []
    text = f"Records begin with {counted.quarters[0].title}: some figures need a year of them and read “{TOO_EARLY}” before that."
    return [Statement("history", text)]


def _listed(names: Iterable[str]) -> str:
    *most, last = list(names)
    return f"{', '.join(most)} and {last}" if most else last
