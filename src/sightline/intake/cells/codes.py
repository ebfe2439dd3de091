"""Read codes: from the many spellings of a code to the common one. A text that says two different things is not mapped."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache

from sightline.definitions.mappings import CodeList, CodeValue, Column, Format, InUse
from sightline.model.codes import NOT_RECORDED

_LIST_LETTER = re.compile(r"^[a-z]{1,2}\)\s*", re.IGNORECASE)
_CODE_AND_TEXT = re.compile(r"^(?P<code>[A-Za-z0-9]{1,6})\s*(?::| -|- |–|\))\s*(?P<text>.+)$")
_NOT_WORD = re.compile(r"[^0-9a-z+/\\#<>]+")


@lru_cache(maxsize=1 << 15)
def normalise(text: str) -> str:
    """A spelling without what varies by habit: case, spaces, punctuation, accents.

    >>> normalise("  LA Services – ‘other’ ")
    'la services other'
    """
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return _NOT_WORD.sub(" ", plain).strip()


@dataclass(frozen=True)
class CodeBook:
    """A code list ready for look-up: common code by spelling, and the definition of each."""

    spellings: dict[str, str]
    values: dict[str, CodeValue]
    clashes: frozenset[str]
    years: dict[str, InUse] = field(default_factory=dict)
    """When single spellings were in use."""

    def in_use(self, text: str) -> InUse:
        """When a text was in use, by its own years or else by those of the code it means."""
        for part in (text, _LIST_LETTER.sub("", text), *_parts(text)):
            key = normalise(part) or part.strip()
            if key in self.years:
                return self.years[key]
        common, _ = self.common(text)
        return self.values[common] if common in self.values else InUse()

    def common(self, text: str) -> tuple[str | None, bool]:
        """The common code of a text (None when there is none), and whether the text says two things."""
        bare = _LIST_LETTER.sub("", text)
        found = self._look_up(text) or self._look_up(bare)
        if found:
            return found, False
        match = _CODE_AND_TEXT.match(bare)
        if not match:
            return None, normalise(bare) in self.clashes
        said = {found for part in (match["code"], match["text"]) if (found := self._look_up(part))}
        return (said.pop(), False) if len(said) == 1 else (None, len(said) > 1)

    def _look_up(self, text: str) -> str | None:
        key = normalise(text) or text.strip()
        return None if key in self.clashes else self.spellings.get(key)


def _parts(text: str) -> tuple[str, ...]:
    match = _CODE_AND_TEXT.match(_LIST_LETTER.sub("", text))
    return (match["code"], match["text"]) if match else ()


def _spelled(common: str, value: CodeValue) -> set[str]:
    texts = {common, common.replace("_", " "), *value.spellings, *value.titles.values()}
    if value.title:
        texts.add(value.title)
    return {normalise(text) or text.strip() for text in texts}


def build_code_book(codes: CodeList, column: Column) -> CodeBook:
    """Gather every spelling; one that stands under two codes belongs to neither, unless the column's own map decides."""
    spellings: dict[str, str] = {}
    clashes: set[str] = set()
    exact = {normalise(common) for common in codes.values}
    for common, value in codes.values.items():
        for key in _spelled(common, value):
            if spellings.get(key, common) != common and key not in exact:
                clashes.add(key)
            if key not in exact or key == normalise(common):
                spellings[key] = common
    for text, common in column.map.items():
        key = normalise(text) or text.strip()
        spellings[key] = common
        clashes.discard(key)
    years = {normalise(text) or text.strip(): use for value in codes.values.values() for text, use in value.years.items()}
    return CodeBook(spellings, codes.values, frozenset(clashes), years)


def book_of(format: Format, column: Column) -> CodeBook:
    """The code book of one column."""
    return build_code_book(format.codes[column.codes or ""], column)


def fallback(codes: CodeList, column: Column) -> str:
    """What an unknown code becomes: ``other`` where the mapping says so and the list has it, else not recorded."""
    return "other" if column.unmapped == "other" and "other" in codes.values else NOT_RECORDED
