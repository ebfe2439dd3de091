"""What the ledger keeps of somebody whose rows were erased, and on what ground, as the catalogue has it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from sightline.definitions.agreement_terms import FOLDER, Sourced, load_entries


class KeptFact(Sourced):
    """One kind of fact, and why it stays."""

    says: str


@lru_cache(maxsize=4)
def load_kept_after_erasure(folder: Path = FOLDER) -> Mapping[str, KeptFact]:
    """Read them, by id.

    Raises:
        CatalogueProblems: With every mistake, its file and its line.
    """
    return load_entries(folder / "kept_after_erasure.yml", KeptFact)
