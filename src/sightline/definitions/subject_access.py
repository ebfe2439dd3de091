"""Why something is left out of the answer to a subject access request, as the catalogue has it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from sightline.definitions.agreement_terms import FOLDER, Sourced, load_entries


class Exemption(Sourced):
    """Why something is left out of an answer; ``told`` where the answer says that something was, and for which reason."""

    says: str
    told: bool


@lru_cache(maxsize=4)
def load_exemptions(folder: Path = FOLDER) -> Mapping[str, Exemption]:
    """Read them, by id.

    Raises:
        CatalogueProblems: With every mistake, its file and its line.
    """
    return load_entries(folder / "subject_access.yml", Exemption)
