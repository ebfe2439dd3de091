"""Analyses as the catalogue defines them, for whoever asks what there is."""

from __future__ import annotations

from pathlib import Path

from sightline.definitions.analyses import AnalysisDefinition, load_analyses


def all_analyses(own: Path | None = None) -> tuple[AnalysisDefinition, ...]:
    """Every analysis, in the order of the pages.

    Args:
        own: A partnership's folder whose own analyses are read too.

    Raises:
        CatalogueProblems: If a definition is wrong.
    """
    return load_analyses(own=own).analyses
