"""From linked rows to cells: run the catalogue's measures and count by quarter and category."""

from sightline.indicators.agencies import AgencySets, count_agency_sets
from sightline.indicators.compute import CELL_SCHEMA, Scope, categories, cells_from_table, count_indicators, prepare
from sightline.indicators.ranges import with_ranges

__all__ = [
    "CELL_SCHEMA",
    "AgencySets",
    "Scope",
    "categories",
    "cells_from_table",
    "count_agency_sets",
    "count_indicators",
    "prepare",
    "with_ranges",
]
