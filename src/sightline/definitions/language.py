"""Words that texts about children should not use, as the catalogue lists them, and a search for them."""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from sightline.definitions.loading import Definition, load_list

FILE = Path(__file__).resolve().parent.parent / "catalogue" / "language.yml"


def _searchable(pattern: str) -> str:
    re.compile(pattern)
    return pattern


class Wording(Definition):
    """A way of speaking, why not to use it, and what to say instead."""

    pattern: Annotated[str, AfterValidator(_searchable)]
    why: Annotated[str, Field(min_length=1)]
    better: Annotated[str, Field(min_length=1)]

    @cached_property
    def search(self) -> re.Pattern[str]:
        return re.compile(rf"\b(?:{self.pattern})\b", re.IGNORECASE)


@lru_cache(maxsize=4)
def load_language(file: Path = FILE) -> dict[str, Wording]:
    """The list.

    Raises:
        CatalogueProblems: With every mistake, its file and its line.
    """
    return load_list(Wording, file)


def wordings_in(text: str) -> list[tuple[str, Wording]]:
    """What a text says that it should not, each with the way of speaking it is.

    >>> [(said, wording.better) for said, wording in wordings_in("He is a runaway")]
    [('runaway', 'Say that the child went missing, or is missing.')]
    """
    return [(match.group(0), wording) for wording in load_language().values() for match in wording.search.finditer(text)]
