"""From linked rows to cells: run the catalogue's measures and count by quarter and category."""

from sightline.indicators.agencies import AgencySets, agency_sets_with_ranges, count_agency_sets
from sightline.indicators.categories import categories
from sightline.indicators.compute import CELL_SCHEMA, Scope, cells_from_table, count_indicators, prepare
from sightline.indicators.plausible import MoreThanAll
from sightline.indicators.ranges import with_ranges

__all__ = [
    "CELL_SCHEMA",
    "AgencySets",
    "MoreThanAll",
    "Scope",
    "agency_sets_with_ranges",
    "categories",
    "cells_from_table",
    "count_agency_sets",
    "count_indicators",
    "prepare",
    "with_ranges",
]
