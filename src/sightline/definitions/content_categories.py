"""What a text may be hard to read for, and the words that suggest it, as the catalogue lists them."""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field

from sightline.definitions.loading import Definition, load_list

FILE = Path(__file__).resolve().parent.parent / "catalogue" / "content_categories.yml"


class ContentCategory(Definition):
    """One thing that a reader may wish to be prepared for; ``words`` are beginnings of words, in small letters."""

    title: Annotated[str, Field(min_length=1)]
    words: tuple[Annotated[str, Field(pattern=r"^[a-z][a-z' -]*$")], ...] = Field(min_length=1)

    @cached_property
    def search(self) -> re.Pattern[str]:
        return re.compile(rf"\b(?:{'|'.join(map(re.escape, self.words))})", re.IGNORECASE)


@lru_cache(maxsize=4)
def load_content_categories(file: Path = FILE) -> dict[str, ContentCategory]:
    """The list.

    Raises:
        CatalogueProblems: With every mistake, its file and its line.
    """
    return load_list(ContentCategory, file)


def categories_of(text: str, *, given: str = "") -> tuple[str, ...]:
    """What a text may speak of, in the catalogue's order: what its author gave (ids separated by ;), and what its words suggest.

    A text in which no word is found may speak of it all the same, in other words.

    >>> categories_of("He said he would cut himself with the knife.")
    ('Self-harm or suicide', 'Weapons')
    """
    named = {each.strip().casefold().replace(" ", "_") for each in given.split(";")}
    return tuple(each.title for id, each in load_content_categories().items() if id in named or each.search.search(text))
