"""From linked rows to cells: run the catalogue's measures and count by quarter and category."""

from sightline.indicators.agencies import AgencySets, agency_sets_with_ranges, count_agency_sets
from sightline.indicators.compute import CELL_SCHEMA, Scope, categories, cells_from_table, count_indicators, prepare
from sightline.indicators.ranges import with_ranges

__all__ = [
    "CELL_SCHEMA",
    "AgencySets",
    "Scope",
    "agency_sets_with_ranges",
    "categories",
    "cells_from_table",
    "count_agency_sets",
    "count_indicators",
    "prepare",
    "with_ranges",
]
