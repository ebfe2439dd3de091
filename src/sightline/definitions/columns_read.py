"""Exactly which columns of the common model an indicator needs: what an agreement may have to cover, and nothing that is only on the way.

A derived table serves many measures, and no measure uses all of it. Here a measure is written out with the derived tables it reads, every
column that nothing in the end depends on is taken away, and what is left is what the number is made from.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.pushdown_projections import pushdown_projections
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, traverse_scope

from sightline.definitions.indicators import Catalogue, Counted, Indicator, Residents
from sightline.definitions.measures import DIALECT, EVENT, PERSON, VALUE, WHEN_COLUMNS, Measure, common_model_tables


def columns_read(catalogue: Catalogue, indicator: Indicator) -> tuple[str, ...]:
    """Every ``entity.column`` that an indicator's number depends on; a part of `Catalogue.lineage_of`, which names all that is looked at.

    A column counts as needed if it is in what is counted or in a breakdown, or if it decides which rows there are (a condition, a join, a
    grouping).
    """
    measures = [(indicator.numerator.measure, indicator.statistic == "median")]
    if isinstance(indicator.denominator, Counted):
        measures.append((indicator.denominator.measure, False))
    categories = {catalogue.breakdowns[name].column for name in indicator.breakdowns if name in catalogue.breakdowns}
    found: set[str] = set()
    for name, with_value in measures:
        measure = catalogue.measures[name]
        answer = {PERSON, EVENT, *WHEN_COLUMNS, *categories, *((VALUE,) if with_value else ())}
        found |= _read_by(_written_out(catalogue, measure), tuple(column for column in measure.columns if column in answer))
    of_breakdowns = set(catalogue.lineage_of(indicator)) - {column for name, _ in measures for column in catalogue.measures[name].lineage}
    if indicator.residents_only or isinstance(indicator.denominator, Residents):
        found.add("person.resident_in_area")
    return tuple(sorted(found | of_breakdowns))


def _written_out(catalogue: Catalogue, measure: Measure) -> str:
    """One statement: the derived tables first, each after those it reads, then the measure under the name of ``counted``."""
    tables = [f"{name} as ({catalogue.derived[name].sql})" for name in measure.derived]
    return f"with {', '.join((*tables, f'counted as ({measure.sql})'))}"


@lru_cache(maxsize=512)
def _read_by(written_out: str, columns: tuple[str, ...]) -> frozenset[str]:
    schema: dict[str, object] = {table: dict.fromkeys(names, "text") for table, names in common_model_tables().items()}
    selected = ", ".join(f"counted.{column}" for column in columns)
    statement = sqlglot.parse_one(f"{written_out} select {selected} from counted", dialect=DIALECT)
    pruned = pushdown_projections(qualify(statement, schema=schema, dialect=DIALECT, quote_identifiers=False, identify=False))
    return frozenset(_columns_of_tables(traverse_scope(pruned)))


def _columns_of_tables(scopes: Collection[Scope]) -> set[str]:
    found = set()
    for scope in scopes:
        for column in scope.columns:
            here: Scope | None = scope
            while here is not None and column.table not in here.sources:
                here = here.parent  # an inner select may read from the one around it
            source = here.sources[column.table] if here is not None else None
            if isinstance(source, exp.Table):
                found.add(f"{source.name}.{column.name}")
    return found
