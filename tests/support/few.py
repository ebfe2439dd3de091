"""A few of the catalogue's indicators and analyses, for tests of what stands around counting: all of them take seconds each time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sightline.app import count as counting
from sightline.definitions.analyses import Analyses, load_analyses
from sightline.definitions.catalogue import load_catalogue
from sightline.definitions.indicators import Catalogue

AGENCY_SETS = ("children_known_to_agencies", "children_flagged")

BESIDE_KEYS = ("children_newly_recognised", "children_with_known_concern")
"""One that counts by agency, and one that is key unless a partnership chose others: declared tables name it."""


def few_indicators(own: Path | None = None) -> Catalogue:
    """The key indicators and `BESIDE_KEYS`, with the derived tables that they and the agency sets read."""
    catalogue = load_catalogue(own=own)
    chosen = tuple(each for each in catalogue.indicators if each.key or each.id in BESIDE_KEYS)
    measures = [measure for each in chosen for measure in catalogue.measures_of(each)]
    measures += [catalogue.measures[name] for name in AGENCY_SETS]
    names = {name for measure in measures for name in measure.derived}
    derived = {name: table for name, table in catalogue.derived.items() if name in names}
    return replace(catalogue, indicators=chosen, derived=derived)


def no_analyses(own: Path | None = None) -> Analyses:
    """The analyses' definitions without a table to count."""
    return replace(load_analyses(own=own), analyses=())


def count_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every count and release of a test be made of a few indicators."""
    monkeypatch.setattr(counting, "load_catalogue", few_indicators)
    monkeypatch.setattr(counting, "load_analyses", no_analyses)
