"""Join what a measure counted to its quarter and to who the child is: age band, sex, ethnicity, home ward.

One rule for every indicator: the age that decides whether a row counts is the age on the day itself; the age band is that of the quarter's
first day (or of the day, if earlier), so that a child has one age band in a quarter. Birth is known to the month only: a birthday counts
from the first day of its month.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlglot
from sqlglot import exp

from sightline.definitions.indicators import Ages
from sightline.definitions.measures import DIALECT, Measure
from sightline.model.codes import AGE_BAND_STARTS, NOT_RECORDED


def with_values(sql: str, values: Mapping[str, int]) -> str:
    """Put whole numbers in the place of ``$parameters``.

    >>> with_values("select 1 as found where 2 <= $within_days", {"within_days": 365})
    'SELECT 1 AS found WHERE 2 <= 365'
    """
    statement = sqlglot.parse_one(sql, dialect=DIALECT)
    return statement.transform(lambda node: exp.Literal.number(values[node.name]) if isinstance(node, exp.Placeholder) else node).sql(
        dialect=DIALECT
    )


def age_band_sql(day: str) -> str:
    """The age band on a day, as SQL over ``person.birth_month``."""
    later_bands = reversed(AGE_BAND_STARTS[1:])
    cases = " ".join(f"when {day} >= person.birth_month + interval {start} year then '{band}'" for start, band in later_bands)
    return f"case when person.birth_month is null then '{NOT_RECORDED}' {cases} else '{AGE_BAND_STARTS[0][1]}' end"


def age_condition(ages: Ages, day: str) -> str:
    """Whether a row counts, by the age on a day."""
    known = f"{day} < person.birth_month + interval {ages.under} year"
    if ages.start:
        known += f" and {day} >= person.birth_month + interval {ages.start} year"
    return f"(person.birth_month is null or ({known}))" if ages.unknown == "counted" else known


def counted_rows_sql(measure: Measure, values: Mapping[str, int], ages: Ages) -> str:
    """One row for each counted thing, quarter and category: what the counts are then made from."""
    day = "counted.happened_on" if "happened_on" in measure.columns else "quarter.end_on"
    same = "quarter.period = counted.period" if "period" in measure.columns else f"{day} between quarter.start_on and quarter.end_on"
    optional = [
        f"coalesce(counted.{column}, '{NOT_RECORDED}') as {name}"
        for name, column in (("agency", "agency_id"), ("referral_source", "referral_source"))
        if column in measure.columns
    ]
    chosen = [
        "counted.person_id",
        "counted.event_id",
        "quarter.period",
        f"coalesce(person.ward, '{NOT_RECORDED}') as ward",
        f"coalesce(person.sex, '{NOT_RECORDED}') as sex",
        f"coalesce(person.ethnicity, '{NOT_RECORDED}') as ethnicity",
        f"{age_band_sql(f'least(quarter.start_on, {day})')} as age_band",
        *optional,
    ]
    return (
        f"select {', '.join(chosen)} from ({with_values(measure.sql, values)}) as counted join quarter on {same} "
        f"left join person on person.person_id = counted.person_id where {age_condition(ages, day)}"
    )


def counts_sql(rows: str, breakdowns: tuple[str, ...]) -> str:
    """Children and events by quarter, in total and by each breakdown's categories, in one pass over the counted rows (a select statement).

    A row of the answer has a category in the column of its breakdown only: categories are never empty, an empty column is not counted by.
    """
    return _grouped(rows, ("period",), breakdowns)


def replicate_counts_sql(rows: str, breakdowns: tuple[str, ...]) -> str:
    """The same by ``replicate`` too."""
    of_replicates = f"select *, {of_replicate('person_id')} as replicate from ({rows}) as of_replicates"
    return _grouped(of_replicates, ("replicate", "period"), breakdowns)


def of_replicate(person_id: str) -> str:
    """The replicate and its side, as SQL: the beginning of a person id as replicates give it, a number and then ``-`` or ``+``."""
    return f"split_part({person_id}, ':', 1)"


def _grouped(rows: str, always: tuple[str, ...], breakdowns: tuple[str, ...]) -> str:
    sets = ", ".join(f"({', '.join((*always, *by))})" for by in ((), *((breakdown,) for breakdown in breakdowns)))
    counts = "count(distinct person_id) as children, count(distinct event_id) as events"
    chosen = ", ".join((*always, *breakdowns))
    return f"with rows_counted as ({rows}) select {chosen}, {counts} from rows_counted group by grouping sets ({sets})"


def residents_sql(bands: tuple[str, ...]) -> str:
    """Resident children in total and by category; an age band is out of its own residents, whatever the bands of the total."""
    listed = ", ".join(f"'{band}'" for band in bands)
    parts = [f"select 'all' as breakdown, 'all' as category, sum(children) as children from population where age_band in ({listed})"]
    parts += [
        f"select '{column}' as breakdown, {column} as category, sum(children) as children from population "
        f"where age_band in ({listed}) group by {column}"
        for column in ("ward", "sex", "ethnicity")
    ]
    parts.append("select 'age_band' as breakdown, age_band as category, sum(children) as children from population group by age_band")
    return " union all ".join(parts)
