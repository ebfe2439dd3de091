"""Count one indicator of one quarter by several breakdowns at once, as rows: what was counted, where it stands, and who is behind it.

A child who stands in several codes of a breakdown (two forms of exploitation) is counted once, under ``several``: a table whose parts count
somebody twice adds up to nobody's total.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pyarrow as pa

from sightline.definitions.indicators import Catalogue, Indicator
from sightline.definitions.measures import EVENT, PERSON
from sightline.engine import Engine
from sightline.errors import InputRefused
from sightline.indicators.categories import Categories, Category
from sightline.indicators.compute import prepare
from sightline.indicators.people import counted_rows_sql
from sightline.indicators.tallies import Job, ways_of

SEVERAL = "several"
SEVERAL_WORDS = "Several of them"
_FAMILY = ("family", "household")


class NotBrokenDown(InputRefused):
    """An indicator cannot be counted by something that a table was to be broken down by."""

    code = "SL-IND-020"
    hint = "`sightline indicators show` names what each indicator can be broken down by."


@dataclass(frozen=True)
class CrossedRows:
    """One row for each thing counted, and who is behind each.

    Args:
        things: ``thing`` and a column for each breakdown.
        who: ``thing`` and ``person_id``, each pair once.
        families: ``person_id`` and ``other_person_id`` of people whom a record ties as one family or household.
        codes: The codes of each breakdown with their words, ``several`` among them where anything stands in several.
    """

    things: pa.Table
    who: pa.Table
    families: pa.Table
    codes: Mapping[str, tuple[Category, ...]]


def crossed_rows(
    engine: Engine, catalogue: Catalogue, indicator: Indicator, breakdowns: Collection[str], *, period: str, known: Categories
) -> CrossedRows:
    """Count an indicator's numerator by all of some breakdowns at once; the engine holds the tables of one generation.

    Raises:
        NotBrokenDown: If it cannot be counted by one of them.
    """
    prepare(engine, catalogue.alone(indicator))
    measure = catalogue.measures[indicator.numerator.measure]
    missing = [each for each in breakdowns if each not in indicator.breakdowns]
    ways = ways_of(catalogue, known, measure.name, [each for each in breakdowns if each not in missing])
    missing += [each for each in breakdowns if each not in ways and each not in missing]
    if missing:
        raise NotBrokenDown(f'"{indicator.id}" cannot be counted by {", ".join(missing)}.')
    job = Job.of(catalogue, indicator, indicator.numerator)
    rows = counted_rows_sql(measure, dict(job.values), job.ages, ways, residents_only=job.residents_only)
    person = PERSON if measure.is_about_people else EVENT
    thing = person if indicator.unit == "children" else EVENT
    engine.materialise("crossed_row", f"select * from ({rows}) as counted_in where period = '{period}'")
    merged = ", ".join(f"case when min({way}) = max({way}) then min({way}) else '{SEVERAL}' end as {way}" for way in ways)
    things = engine.query(f"select {thing} as thing{', ' + merged if merged else ''} from crossed_row group by {thing} order by {thing}")
    who = engine.query(f"select distinct {thing} as thing, {person} as person_id from crossed_row order by 1, 2")
    codes = {way: _codes(known[way], things, way) for way in breakdowns}
    return CrossedRows(things, who, _families(engine, catalogue), codes)


def _codes(listed: tuple[Category, ...], things: pa.Table, way: str) -> tuple[Category, ...]:
    return (*listed, (SEVERAL, SEVERAL_WORDS)) if SEVERAL in things.column(way).to_pylist() else listed


def _families(engine: Engine, catalogue: Catalogue) -> pa.Table:
    """Pairs of people whom a record ties as family or household, whenever: siblings speak to each other."""
    engine.materialise("crossed_identity", catalogue.derived["person_of_identity"].sql)
    listed = ", ".join(f"'{kind}'" for kind in _FAMILY)
    return engine.query(
        "select distinct association.person_id, other.person_id as other_person_id from association "
        f"join crossed_identity as other on other.identity_id = association.other_identity_id "
        f"where association.association_type in ({listed}) and other.person_id <> association.person_id order by 1, 2"
    )
