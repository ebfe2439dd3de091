"""Attacks on everything that is not a table of numbers: symbols, empty places, the order of rows, and numbers in sentences.

Method page: docs/methods/attacking-releases.md.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from sightline.disclosure.blackbox.held import COUNT, Held, Sum, Text
from sightline.disclosure.blackbox.implied import Implied
from sightline.disclosure.blackbox.outcome import NOTHING, Finding, Name, Outcome, not_tried, outcome

_EMPTY = frozenset({"", "-", "–", "none", "no children", "empty", "nil", "0"})
"""What some programs write where nothing is counted: beside "withheld" it would tell that there is nobody."""
_WORDS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9}
_PLACE_WORDS = frozenset({"agencies", "wards", "records", "places"})
"""Units that sentences count openly: how many agencies sent something is no secret."""
_LONG_ENOUGH = 5


def symbols(held: Held, implied: Implied) -> Outcome:
    """Numbers that the method cannot show: small, zero or not rounded. One of them is read as it stands."""
    told = [
        (name, "is shown as a number that the method cannot make, so it is read as it stands")
        for name, number in held.numbers.items()
        if number is not None and not implied.makes(number)
    ]
    return outcome("symbols", len(held.numbers), told)


def empty_and_withheld(held: Held) -> Outcome:
    """Places left empty, or left out, beside places that say withheld: the difference tells that nobody is there."""
    told: list[tuple[Name, str]] = [(name, "is left empty where others are withheld") for name, reason in held.blanks if _is_empty(reason)]
    tried = len(held.blanks)
    when: dict[tuple[str, str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    there = {*held.numbers, *(name for name, _ in held.blanks)}
    for kind, what, period, breakdown, category in there:
        when[kind, what, breakdown][period].add(category)
    for (kind, what, breakdown), by_period in when.items():
        every = set().union(*by_period.values())
        for period, categories in by_period.items():
            tried += len(every)
            if kind == COUNT and breakdown != "exactly":
                told += [
                    ((kind, what, period, breakdown, category), "is left out of this quarter and not of others, where others are withheld")
                    for category in every - categories
                ]
    return outcome("empty and withheld", tried, told)


def _is_empty(reason: str) -> bool:
    return reason.strip().casefold() in _EMPTY


def order_of_rows(held: Held) -> Outcome:
    """Rows sorted by size: a withheld one between two numbers lies between them."""
    told: list[tuple[Name, str]] = []
    tried = 0
    usual = _usual_orders(held.sums)
    for each in held.sums:
        numbers = [held.numbers.get(part) for part in each.parts]
        shown = [number for number in numbers if number is not None]
        if len(shown) < _LONG_ENOUGH or len(set(shown)) < _LONG_ENOUGH - 1:
            continue
        tried += 1
        if _follows(each, usual[each.whole[1], each.parts[0][3]]):
            continue
        if shown == sorted(shown) or shown == sorted(shown, reverse=True):
            first = next(place for place, number in enumerate(numbers) if number is not None)
            last = max(place for place, number in enumerate(numbers) if number is not None)
            told += [
                (part, "stands between two numbers in rows that are sorted by size")
                for place, part in enumerate(each.parts)
                if numbers[place] is None and first < place < last
            ]
    return outcome("order of rows", tried, told)


def _usual_orders(sums: Iterable[Sum]) -> dict[tuple[str, str], dict[str, int]]:
    """The order in which each table's categories stand the first time: an order that stays the same tells nothing of sizes."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    for each in sums:
        if each.parts:
            found.setdefault((each.whole[1], each.parts[0][3]), {part[4]: place for place, part in enumerate(each.parts)})
    return found


def _follows(each: Sum, usual: dict[str, int]) -> bool:
    codes = [part[4] for part in each.parts]
    places = [usual.get(code, -1) for code in codes]
    return places == sorted(places) and (list(usual) != codes or codes == sorted(codes))


def narrative(held: Held, implied: Implied) -> Outcome:
    """Numbers in sentences, notes and questions: each must be one that the release shows, not the true one behind it."""
    if not held.texts:
        return not_tried("narrative", "Nothing that was read has sentences.")
    units = sorted((held.units - _PLACE_WORDS) | {"children", "people"}, key=len, reverse=True)
    unit = "|".join(map(re.escape, units))
    # "0 to 4" is a band and no count. Figures may have a word before their unit ("12 other children"); number words may not, because
    # "one where children live" counts nothing; and "Two children" alone in a cell is a row of a table, not its number.
    counted = re.compile(
        rf"(?<![\d.,:/-])(?<!0 to )(?:(\d[\d,]*)(?: [a-z]+)?|\b({'|'.join(_WORDS)})) (?:{unit})\b(?! (?:ago|later))", re.IGNORECASE
    )
    findings: list[Finding] = []
    tried = 0
    for text in held.texts:
        for found in counted.finditer(text.text):
            figures, word = found.groups()
            if word and _is_a_cell(text.text, found):
                continue
            tried += 1
            number = int(figures.replace(",", "")) if figures else _WORDS[word.casefold()]
            if not implied.makes(number):
                findings.append(Finding(text.where, "a sentence counts in a number that the method cannot make"))
    return Outcome("narrative", tried, tuple(dict.fromkeys(findings)), not_tried="" if tried else NOTHING)


def _is_a_cell(text: str, found: re.Match[str]) -> bool:
    return text[: found.start()].endswith("| ") and text[found.end() :].startswith(" |")


_CELL = re.compile(r"<(t[dh])\b([^>]*)>(.*?)</\1\s*>", re.IGNORECASE | re.DOTALL)
_ATTRIBUTE = re.compile(r"([\w:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_OPEN = frozenset({"class", "scope", "colspan", "rowspan", "headers", "id", "style"})
_WHEN = re.compile(r"\b(?:19|20)\d\d(?:-Q[1-4])?\b")
_TAGS = re.compile(r"<([a-z][^>]*)>", re.IGNORECASE)


def attributes(pages: Sequence[Text]) -> Outcome:
    """What the page holds and the eye does not see: tooltips, data attributes and hidden words in cells that say withheld."""
    if not pages:
        return not_tried("tooltips and attributes", "No page was read.")
    findings: list[Finding] = []
    tried = 0
    for page in pages:
        for cell in _CELL.finditer(page.text):
            if "withheld" not in cell.group(3):
                continue
            tried += 1
            inner = " ".join(_TAGS.findall(cell.group(3)))
            values = [(name, first or second) for name, first, second in _ATTRIBUTE.findall(f"{cell.group(2)} {inner}")]
            telling = [name for name, value in values if name.casefold() not in _OPEN and re.search(r"\d", value)]
            words = _WHEN.sub(" ", re.sub(r"<[^>]*>", " ", cell.group(3)))
            if telling or re.search(r"\d", words):
                findings.append(Finding(page.where, "a cell that says withheld holds a number besides"))
    return Outcome("tooltips and attributes", tried, tuple(dict.fromkeys(findings)), not_tried="" if tried else NOTHING)


_IN_ADDRESSES = re.compile(r"\d+")
_ERROR_IDS = re.compile(r"\bSL-[A-Z]+-\d+\b")


def headers_and_errors(held: Held) -> Outcome:
    """What comes with an answer, and what is said where there is none: neither may hold a number that nothing explains."""
    if not held.answered:
        return not_tried("headers and errors", "No server was asked.")
    findings = [
        Finding(
            _without_numbers(header.where),
            f"is answered with the header {header.text.partition(':')[0]}, and nothing explains what it holds",
        )
        for header in held.headers
        if re.search(r"\d", header.text.partition(":")[2])
    ]
    shown = {part for page in held.texts for part in _parts(page.text)}
    for said in held.errors:
        explained = {*_IN_ADDRESSES.findall(said.where), str(held.number)}
        # What pages that do answer say in the same words tells nothing for being said here too.
        new = " ".join(part for part in _parts(said.text) if part not in shown)
        if set(_IN_ADDRESSES.findall(_ERROR_IDS.sub(" ", new))) - explained:
            findings.append(Finding(_without_numbers(said.where), "is refused with a number in the words"))
    return Outcome("headers and errors", held.answered + len(held.errors), tuple(dict.fromkeys(findings)))


def _parts(text: str) -> list[str]:
    """The cells, options and paragraphs of a page's words."""
    return [part.strip() for part in text.split("|")]


def _without_numbers(address: str) -> str:
    """An address as a finding names it: numbers in it are those that were asked for, and left out all the same."""
    return _IN_ADDRESSES.sub("…", address)
