"""The words of every indicator as a release keeps them, so that an old release still says what its own numbers meant."""

from __future__ import annotations

from typing import Any

from sightline.definitions.breakdowns import ONE, SEVERAL
from sightline.definitions.indicators import Catalogue, Indicator, Question, Waiting
from sightline.model.releases import IndicatorText

INTERVALS = {
    "count": "",
    "proportion": "Wilson's interval of a proportion",
    "rate": "Byar's interval of a rate, the exact one below ten",
    "ratio": "Byar's interval of the count, the exact one below ten",
    "median": "the two ordered values that enclose the median by counting alone",
}
"""How the 95% interval of each statistic is made: docs/methods."""


def indicator_texts(catalogue: Catalogue) -> tuple[IndicatorText, ...]:
    """The words of every indicator that is counted; known breaks are part of the caveat too."""
    return tuple(_counted(catalogue, indicator) for indicator in catalogue.indicators)


def waiting_texts(catalogue: Catalogue) -> tuple[IndicatorText, ...]:
    """The words of every question that waits for data."""
    return tuple(_waiting(catalogue, question) for question in catalogue.waiting)


def _counted(catalogue: Catalogue, indicator: Indicator) -> IndicatorText:
    return IndicatorText(
        **_words(catalogue, indicator),
        unit=indicator.unit,
        numerator=indicator.numerator.says,
        denominator=indicator.denominator.says if indicator.denominator is not None else None,
        per=indicator.per,
        breakdowns=indicator.breakdowns,
        agencies_needed=indicator.agencies_needed,
        sql=catalogue.sql_of(indicator),
        lineage=catalogue.lineage_of(indicator),
        statistic=indicator.statistic,
        value=indicator.value,
        months=indicator.months,
        stock=indicator.stock,
        modes=tuple(map(str, indicator.modes)),
        interval=INTERVALS[indicator.statistic],
        in_one=_in_rows(catalogue, indicator, ONE),
        in_several=_in_rows(catalogue, indicator, SEVERAL),
    )


def _in_rows(catalogue: Catalogue, indicator: Indicator, rows: str) -> tuple[str, ...]:
    """The breakdowns of an indicator in which one that it counts stands in so many rows."""
    measure = catalogue.measures[indicator.numerator.measure]
    of_people = indicator.unit == "children" and measure.is_about_people
    # Rows of a quarter that the measure itself names may be of days before it, each with its own age.
    of_one_day = not {"period", "happened_on"} <= set(measure.columns)
    return tuple(
        id
        for id in indicator.breakdowns
        if catalogue.breakdowns[id].in_rows(indicator.unit, of_people=of_people, of_one_day=of_one_day) == rows
    )


def _waiting(catalogue: Catalogue, question: Waiting) -> IndicatorText:
    return IndicatorText(
        **_words(catalogue, question),
        unit="",
        numerator="",
        denominator=None,
        per=None,
        breakdowns=(),
        agencies_needed=(),
        sql="",
        lineage=(),
        waits_for=question.waits_for,
    )


def _words(catalogue: Catalogue, question: Question) -> dict[str, Any]:
    """What every question says, counted or not."""
    breaks = tuple((each.since, each.note) for each in question.known_breaks)
    return {
        "id": question.id,
        "title": question.title,
        "question": question.question,
        "purpose": question.purpose,
        "key": question.key,
        "key_reason": question.key_reason,
        "framework": question.framework or "",
        "domain": question.domain,
        "sources": question.sources,
        "interpretations": question.interpretations,
        "lines_of_inquiry": question.lines_of_inquiry,
        "caveat": " ".join((question.caveat, *(f"From {since}: {note}" for since, note in breaks))),
        "known_breaks": breaks,
        "version": catalogue.version_of(question),
    }
