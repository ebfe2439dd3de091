"""Join what a measure counted to its quarter, to who the child is (age band, sex, ethnicity, home ward) and to what the home belongs to.

One rule for every indicator: the age that decides whether a row counts is the age on the day itself; the age band is that of the quarter's
first day (or of the day, if earlier), so that a child has one age band in a quarter. Birth is known to the month only: a birthday counts
from the first day of its month.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from sightline.definitions.breakdowns import AREAS_OF_A_WARD, Breakdown
from sightline.definitions.indicators import Ages
from sightline.definitions.measures import EVENT, PERSON, VALUE, Measure
from sightline.model.codes import AGE_BAND_STARTS, NOT_RECORDED

Ways = Mapping[str, tuple[Breakdown, Collection[str]]]
"""What to count by: each breakdown with the codes it knows."""
_PARAMETER = re.compile(r"\$([A-Za-z_]\w*)")


def with_values(sql: str, values: Mapping[str, int]) -> str:
    """Put whole numbers in the place of ``$parameters``.

    The loader has parsed the measure and knows its parameters: here the text is enough, and a hundred measures cost nothing.

    >>> with_values("select 1 as found where 2 <= $within_days", {"within_days": 365})
    'select 1 as found where 2 <= 365'
    """
    return _PARAMETER.sub(lambda found: str(int(values[found[1]])), sql)


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


def counted_rows_sql(
    measure: Measure,
    values: Mapping[str, int],
    ages: Ages | None,
    ways: Ways,
    *,
    residents_only: bool = False,
    with_value: bool = False,
    year_to: str | None = None,
    months: int = 12,
) -> str:
    """One row for each counted thing and quarter, with its category in each way: what the counts are then made from.

    Args:
        measure: What is counted.
        values: Of its parameters.
        ages: Whose rows count (None: anybody's); without meaning for a measure that is about nobody.
        ways: By what.
        residents_only: Leave out people who are known to live elsewhere: what is out of residents counts residents.
        with_value: Return the measured value too, and only rows that have one.
        year_to: Count the months to the end of this quarter as one, and nothing else.
        months: How many.
    """
    day = "counted.happened_on" if "happened_on" in measure.columns else "quarter.end_on"
    same = "quarter.period = counted.period" if "period" in measure.columns else f"{day} between quarter.start_on and quarter.end_on"
    if year_to is not None:
        if "period" not in measure.columns:
            same = f"{day} > quarter.end_on - interval {months} month and {day} <= quarter.end_on"
        same = f"quarter.period = {_text(year_to)} and {same}"
    chosen = [f"counted.{EVENT}", "quarter.period"]
    chosen += [f"{_category(breakdown, codes, day)} as {id}" for id, (breakdown, codes) in ways.items()]
    joins, conditions = f"join quarter on {same}", []
    if measure.is_about_people:
        chosen.insert(0, f"counted.{PERSON}")
        joins += f" left join person on person.{PERSON} = counted.{PERSON}"
        if ages is not None:
            conditions.append(age_condition(ages, day))
        if residents_only:
            conditions.append("coalesce(person.resident_in_area, true)")
        if any(id == "ward" or breakdown.area for id, (breakdown, _) in ways.items()):
            joins += " left join ward as home on home.ward = person.ward"
    if with_value:
        chosen.append(f"cast(counted.{VALUE} as double) as {VALUE}")
        conditions.append(f"counted.{VALUE} is not null")
    where = f" where {' and '.join(conditions)}" if conditions else ""
    return f"select {', '.join(chosen)} from (\n{with_values(measure.sql, values)}\n) as counted {joins}{where}"


def _category(breakdown: Breakdown, codes: Collection[str], day: str) -> str:
    """A row's category in one way, as SQL. Whatever the list does not know was not recorded: no row is lost."""
    if breakdown.column is not None:
        return _if_listed(f"counted.{breakdown.column}", codes)
    if breakdown.area is not None:
        return _if_listed(f"home.{breakdown.area}", codes)
    if breakdown.id == "ward":
        return f"coalesce(home.ward, '{NOT_RECORDED}')"
    if breakdown.id == "age_band":
        return age_band_sql(f"least(quarter.start_on, {day})")
    return _if_listed(f"person.{breakdown.id}", codes)


def _if_listed(column: str, codes: Collection[str]) -> str:
    listed = ", ".join(_text(code) for code in codes)
    return f"case when {column} in ({listed}) then {column} else '{NOT_RECORDED}' end"


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def counts_sql(rows: str, ways: Collection[str], *, about_people: bool = True, with_events: bool = True) -> str:
    """Children and events by quarter, in total and by each way's categories, in one pass over the counted rows (a select statement).

    A row of the answer has a category in the column of its breakdown only: categories are never empty, an empty column is not counted by.
    Of what is about nobody, ``children`` are the events themselves. Where only children are asked for, events are not told apart: it costs
    as much as all the rest.
    """
    return _grouped(rows, ("period",), ways, _counts(about_people, with_events=with_events and about_people))


def values_sql(rows: str, ways: Collection[str], *, unit: str) -> str:
    """The value of each counted thing by quarter, in total and by each way's categories.

    Args:
        rows: The counted rows, with their values.
        ways: By what.
        unit: The column that names the thing: a child has one value in a quarter and category (the smallest), as an event has.
    """
    return _grouped(rows, ("period", unit), ways, f"min({VALUE}) as {VALUE}")


def replicate_counts_sql(rows: str, ways: Collection[str], *, unit: str) -> str:
    """Counts of the people or of the events of each category, by ``replicate`` too.

    Args:
        rows: The counted rows.
        ways: By what.
        unit: The column that names what is counted.
    """
    of_replicates = f"select *, {of_replicate('person_id')} as replicate from ({rows}) as of_replicates"
    return _grouped(of_replicates, ("replicate", "period"), ways, f"count(distinct {unit}) as counted")


def of_replicate(person_id: str) -> str:
    """The replicate and its side, as SQL: the beginning of a person id as replicates give it, a number and then ``-`` or ``+``."""
    return f"split_part({person_id}, ':', 1)"


def _counts(about_people: bool, *, with_events: bool) -> str:
    children = f"count(distinct {PERSON if about_people else EVENT}) as children"
    return f"{children}, count(distinct {EVENT}) as events" if with_events else children


def _grouped(rows: str, always: tuple[str, ...], ways: Collection[str], counted: str) -> str:
    sets = ", ".join(f"({', '.join((*always, *by))})" for by in ((), *((way,) for way in ways)))
    return f"with rows_counted as ({rows}) select {', '.join((*always, *ways, counted))} from rows_counted group by grouping sets ({sets})"


def residents_sql(bands: Collection[str]) -> str:
    """Resident children in total and by category; an age band is out of its own residents, whatever the bands of the total."""
    listed = ", ".join(f"'{band}'" for band in bands)
    parts = [f"select 'all' as breakdown, 'all' as category, sum(children) as children from population where age_band in ({listed})"]
    parts += [
        f"select '{column}' as breakdown, {column} as category, sum(children) as children from population "
        f"where age_band in ({listed}) group by {column}"
        for column in ("ward", "sex", "ethnicity")
    ]
    parts += [
        f"select '{area}' as breakdown, home.{area} as category, sum(population.children) as children from population "
        f"join ward as home on home.ward = population.ward where population.age_band in ({listed}) group by home.{area}"
        for area in AREAS_OF_A_WARD
    ]
    parts.append("select 'age_band' as breakdown, age_band as category, sum(children) as children from population group by age_band")
    return " union all ".join(parts)
