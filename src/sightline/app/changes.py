"""What changed, in plain sentences: at most five on a page, each with its interval, none of them saying why.

Told from released figures only, so that a sentence gives away no more than the figures do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sightline.model.figures import Figure, Median, Ratio, Released
from sightline.model.periods import MONTHS, Quarter
from sightline.model.releases import IndicatorText, Release, Statement
from sightline.publish.differences import beside, compared_number, difference

MOST_CHANGES = 5
_MONTHS_OF_A_QUARTER = 3
_QUARTER_BEFORE, _YEAR_BEFORE = "the quarter before", "the same quarter a year before"
_Series = Mapping[tuple[str, str], Figure]
"""(indicator, period) → the figure for everybody."""


def page_of(indicator: str) -> str:
    """The page of one indicator, as a statement names it."""
    return f"indicator:{indicator}"


def changes(
    indicators: Sequence[IndicatorText], figures: Sequence[Figure], period: Quarter, *, before: Release | None = None
) -> tuple[Statement, ...]:
    """The sentences of the overview, one for each key indicator with a figure, and those of each indicator's own page.

    Args:
        indicators: Those counted.
        figures: As they may be shown.
        period: The headline quarter.
        before: The release before this one: what it says otherwise of the same quarters is told too.
    """
    series = {(figure.indicator, figure.period): figure for figure in figures if figure.breakdown == "all"}
    overview = [_at_the_front(each, series, period) for each in indicators if each.key]
    earlier = {} if before is None else {(f.indicator, f.period): f for f in before.figures if f.breakdown == "all"}
    found = [statement for statement in overview if statement is not None][:MOST_CHANGES]
    for each in indicators:
        sentences = [*_since(each, series, period), *_told_anew(each, series, earlier, before), *_breaks(each, period)]
        found += [Statement("change", text, each.id, page_of(each.id)) for text in sentences[:MOST_CHANGES]]
    return tuple(found)


def _at_the_front(indicator: IndicatorText, series: _Series, period: Quarter) -> Statement | None:
    """One sentence: now, beside the quarter before and beside the same quarter a year before."""
    now = series.get((indicator.id, str(period)))
    if now is None or compared_number(now) is None:
        return None
    parts = [beside(indicator, now, series.get((indicator.id, str(earlier))), words) for earlier, words in _against(indicator, period)]
    return Statement("change", f"{indicator.title}: {'; '.join((_now(now), *parts))}.", indicator.id)


def _against(indicator: IndicatorText, period: Quarter) -> tuple[tuple[Quarter, str], ...]:
    """With which quarters one is compared: where figures are of twelve months, the quarter before is mostly the same months."""
    year = (period.plus(-4), _YEAR_BEFORE)
    return (year,) if indicator.months > _MONTHS_OF_A_QUARTER else ((period.plus(-1), _QUARTER_BEFORE), year)


def _now(figure: Figure) -> str:
    """The figure with its interval."""
    match figure.statistic:
        case Ratio() | Median() as shown:
            of = f" of {figure.out_of}" if isinstance(shown, Ratio) and shown.per == 100 else ""
            return f"{shown}{of}" + (f" ({shown.interval})" if shown.interval else "")
    return str(figure.count)


def _since(indicator: IndicatorText, series: _Series, period: Quarter) -> Iterator[str]:
    """A sentence beside the quarter before, and one beside the same quarter a year before."""
    now = series.get((indicator.id, str(period)))
    if now is None:
        return
    for earlier, words in _against(indicator, period):
        found = difference(now, series.get((indicator.id, str(earlier))))
        if found is not None:
            when = (
                period.title
                if indicator.months == _MONTHS_OF_A_QUARTER
                else f"the twelve months to {MONTHS[period.end.month - 1]} {period.year}"
            )
            yield f"{_now(now)} in {when}: {found.beside(words)}."


def _told_anew(indicator: IndicatorText, series: _Series, earlier: _Series, before: Release | None) -> Iterator[str]:
    """Of which quarters the release before told another number, or that it counted something else."""
    told = None if before is None else next((each for each in before.indicators if each.id == indicator.id), None)
    if before is None or told is None:
        return
    if told.version != indicator.version:
        yield f"The definition is not that of release {before.number}, so its figures and these do not compare."
        return
    moved = sorted(period for (id, period), then in earlier.items() if id == indicator.id and _moved(then, series.get((id, period))))
    if moved:
        then, now = earlier[indicator.id, moved[-1]], series[indicator.id, moved[-1]]
        yield f"{Quarter.parse(moved[-1]).title} was {_now(then)} in release {before.number} and is {_now(now)} now."
        if others := len(moved) - 1:
            yield f"{others} earlier quarter{'s differ' if others > 1 else ' differs'} from release {before.number} too."


def _moved(then: Figure, now: Figure | None) -> bool:
    shown = now is not None and isinstance(now.count, Released) and isinstance(then.count, Released)
    return shown and now is not None and (now.count, now.out_of) != (then.count, then.out_of)


def _breaks(indicator: IndicatorText, period: Quarter) -> Iterator[str]:
    """Breaks of the last four quarters: what stands before them means something else."""
    for since, note in indicator.known_breaks:
        if period.plus(-4) < Quarter.parse(since) <= period:
            yield f"Figures before {Quarter.parse(since).title} mean something else: {note}"
