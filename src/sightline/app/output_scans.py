"""Search a file that is to leave for what names a person, for small numbers in sentences, and for words that blame.

A file is read as the texts in it: cells, values, words of a page and what lies behind them. What is found is told by its place, never by
its value: the report of a search must not hold what it searched for.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from sightline.definitions.language import wordings_in
from sightline.errors import InputRefused
from sightline.intake.texts import KINDS, texts_apart
from sightline.linkage.contacts import phone_number
from sightline.linkage.numbers import nhs_number, unique_pupil_number

MOST_TOLD = 20
"""So many places of one kind are listed; the others are counted."""


@dataclass(frozen=True, slots=True)
class Text:
    """One text of a file, and where it stands."""

    where: str
    text: str


@dataclass(frozen=True, slots=True)
class Seen:
    """Something that a search found: what, and where."""

    what: str
    where: str


class Unreadable(ValueError):
    """A file's texts cannot be read."""


def texts_of(kind: str, content: bytes) -> list[Text]:
    """The texts of a file.

    Raises:
        Unreadable: If it is not what its kind says, or is of a kind whose texts cannot be read.
    """
    if kind not in KINDS:
        raise Unreadable(f"The texts of a {kind.upper()} file cannot be read.")
    try:
        return [Text(where, text) for where, text in texts_apart(kind, content)]
    except InputRefused as problem:
        raise Unreadable(f"This is no readable {kind.upper()} file.") from problem


_TEN_DIGITS = re.compile(r"(?<!\d)(?<!\d[.,])\d{3}[ -]?\d{3}[ -]?\d{4}(?![\d.])")
_PUPIL = re.compile(r"\b[A-Z]\d{11}[0-9A-Z]\b")
_POSTCODE = re.compile(r"\b(?:[A-Z]{1,2}\d[A-Z\d]?\s?\d[ABD-HJLNP-UW-Z]{2})\b")
_EMAIL = re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?<![\w.])(?:\+44\s?(?:\(0\))?|0)[1-9](?:[\s-]?\d){7,9}(?!\d)")
_INSURANCE = re.compile(r"\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\s?\d{2}\s?\d{2}\s?\d{2}\s?[A-D]\b")
_BIRTH = re.compile(r"\b(?:born|d\.?o\.?b\.?|date of birth)\b\D{0,12}\d{1,4}[-/. ](?:\d{1,2}|[A-Za-z]{3,9})[-/. ]\d{2,4}", re.IGNORECASE)
_TOKEN = re.compile(r"\b[0-9a-f]{32,64}\b")
_LONG_KEY = "a long key of the kind that stands for a person"
_OWN_HASHES = re.compile(r"digest|sha|hash|generation|version|source|release", re.IGNORECASE)


def identifiers_in(texts: list[Text]) -> list[Seen]:
    """What names a person, or an address: numbers that pass their own check digit, postcodes, e-mail addresses, phone numbers, births."""
    return _searched(texts, _identifiers)


def names_somebody(text: str) -> bool:
    """Whether a text holds what names a person, or an address, by its form alone; keyed stand-ins do not.

    >>> [names_somebody(text) for text in ("943 476 5919", "ask on 07700 900123", "CCE marker", "2026-Q1")]
    [True, True, False, False]
    """
    return any(what != _LONG_KEY for what in _identifiers(text))


def _searched(texts: list[Text], look: Callable[[str], list[str]]) -> list[Seen]:
    """Look at each text once, however often it stands in the file: cells of a table say the same over and over."""
    known: dict[str, list[str]] = {}
    found = []
    for each in texts:
        if each.text not in known:
            known[each.text] = look(each.text)
        found += [Seen(what, each.where) for what in known[each.text]]
    return found


def _identifiers(text: str) -> list[str]:
    tells: dict[str, Callable[[], object]] = {
        "a number that passes the check of an NHS number": lambda: any(nhs_number(one) for one in _TEN_DIGITS.findall(text)),
        "a number that passes the check of a unique pupil number": lambda: any(unique_pupil_number(one) for one in _PUPIL.findall(text)),
        "a whole postcode": lambda: _POSTCODE.search(text),
        "an e-mail address": lambda: _EMAIL.search(text),
        "a phone number": lambda: any(phone_number(one) for one in _PHONE.findall(text)),
        "a National Insurance number": lambda: _INSURANCE.search(text),
        "a date of birth": lambda: _BIRTH.search(text),
        _LONG_KEY: lambda: _TOKEN.search(text) and not _OWN_HASHES.search(text),
    }
    return [what for what, is_there in tells.items() if is_there()]


_SMALL = "one|two|three|four|1|2|3|4"
_PEOPLE = (
    r"child(?:ren)?|young (?:person|people)|girls?|boys?|pupils?|teenagers?|victims?|suspects?|adults?|people|persons?|siblings?|cases?"
    r"|referrals?|episodes?|incidents?"
)
_SMALL_COUNT = re.compile(
    rf"(?<![\d.,:/–-])(?<!0 to )(?<! in )(?<!^in )\b(?:{_SMALL})\b(?: [a-z]+){{0,2}}? (?:{_PEOPLE})\b"
    rf"|\bonly one\b|\ba single (?:{_PEOPLE})\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[A-Za-z]{2,}\W+(?:\w+\W+)?[A-Za-z]{2,}")


def small_numbers_in(texts: list[Text]) -> list[Seen]:
    """Sentences that count a few people: a number that a table would withhold.

    >>> [each.what for each in small_numbers_in([Text("p 1", "In Harbour three girls were referred."), Text("p 2", "0 to 4 children")])]
    ['a sentence counts fewer than five']
    """
    return _searched(texts, lambda text: ["a sentence counts fewer than five"] if _is_small(text) else [])


def _is_small(text: str) -> bool:
    return bool(_SENTENCE.search(text)) and bool(_SMALL_COUNT.search(text))


def blaming_words_in(texts: list[Text]) -> list[Seen]:
    """Words that blame a child or hide who harms, each with what to say instead."""
    return _searched(texts, lambda text: [f"“{said.lower()}”: {each.why} {each.better}" for said, each in wordings_in(text)])
