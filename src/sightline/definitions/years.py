"""What changed from one return year to the next: small files beside a format, each with what its year added, renamed and removed.

A format is written as its first year knew it; ``<format>/<year>.yml`` tells what the return year that ends in ``year`` changed. They are
laid over it in order, so that every code, spelling, column and table knows from when and until when it was in use, and a file is read with
the lists of its own year.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pydantic import Field

from sightline.definitions.loading import Definition, line_at, load
from sightline.definitions.yaml import LineMap, read_yaml_file
from sightline.errors import Place, Problem

Say = Callable[[tuple[int | str, ...], str], None]


class Added(Definition):
    """What a year brought: codes and spellings by list, columns by table, tables."""

    codes: dict[str, dict[str, Any]] = Field(default_factory=dict)
    spellings: dict[str, dict[str, list[str]]] = Field(default_factory=dict)
    columns: dict[str, dict[str, Any]] = Field(default_factory=dict)
    tables: dict[str, Any] = Field(default_factory=dict)


class Modified(Definition):
    """What a year renamed: the titles of codes."""

    titles: dict[str, dict[str, str]] = Field(default_factory=dict)


class Removed(Definition):
    """What a year took away. It is still understood in a later file, and told."""

    codes: dict[str, list[str]] = Field(default_factory=dict)
    spellings: dict[str, dict[str, list[str]]] = Field(default_factory=dict)
    columns: dict[str, list[str]] = Field(default_factory=dict)
    tables: list[str] = Field(default_factory=list)


class Difference(Definition):
    """One year's changes. ``in_force`` is their first day; without it, the first of April in which the return year begins."""

    year: int = Field(ge=1990, le=2100)
    in_force: date | None = None
    source: str = ""
    add: Added = Added()
    modify: Modified = Modified()
    remove: Removed = Removed()

    @property
    def first_day(self) -> date:
        return self.in_force or date(self.year - 1, 4, 1)


def apply_differences(document: LineMap, folder: Path, problems: list[Problem]) -> None:
    """Lay every year's file of a folder over a format's document, oldest first; what does not fit is a problem with its line."""
    if not folder.is_dir():
        return
    for path in sorted(folder.glob("*.yml")):
        written = read_yaml_file(path, problems)
        difference = load(Difference, written, file=str(path), problems=problems) if written is not None else None
        if difference is None:
            continue

        def say(location: tuple[int | str, ...], message: str, path: Path = path, written: Any = written) -> None:
            problems.append(Problem(Place(file=str(path), line=line_at(written, location)), message))

        if path.stem != str(difference.year):
            say(("year",), f'the file is named "{path.stem}" and is about {difference.year}.')
        _lay_over(document, difference, written, say)


def _lay_over(document: LineMap, difference: Difference, written: LineMap, say: Say) -> None:
    added, removed, first = difference.add, difference.remove, difference.first_day
    last = first - timedelta(days=1)
    lists, tables = document.setdefault("codes", LineMap()), document.setdefault("tables", LineMap())
    for name in added.codes:
        for code in added.codes[name]:
            values, here = _values(lists, name), ("add", "codes", name, code)
            if values is None or code in values:
                say(here, f'"{code}" is in list "{name}" already.' if values is not None else f'there is no code list "{name}".')
                continue
            given = written["add"]["codes"][name]
            values[code] = _with(_value(given[code]), since=first)
    for name, by_code in added.spellings.items():
        for code, texts in by_code.items():
            _date_spellings(lists, name, code, texts, ("since", first), new=True, say=say, here=("add", "spellings", name, code))
    for name, titles in difference.modify.titles.items():
        for code, title in titles.items():
            _retitle(lists, name, code, title=title, first=first, say=say)
    for name, codes in removed.codes.items():
        for code in codes:
            value = _entry(lists, name, code)
            _end(value, last, say, ("remove", "codes", name), f'there is no code "{code}" in list "{name}".')
    for name, by_code in removed.spellings.items():
        for code, texts in by_code.items():
            _date_spellings(lists, name, code, texts, ("until", last), new=False, say=say, here=("remove", "spellings", name, code))
    _columns(tables, difference, written, say, last)


def _columns(tables: LineMap, difference: Difference, written: LineMap, say: Say, last: date) -> None:
    added, removed, first = difference.add, difference.remove, difference.first_day
    for name in added.tables:
        if name in tables:
            say(("add", "tables", name), f'there is a table "{name}" already.')
            continue
        tables[name] = _with(written["add"]["tables"][name], since=first)
    for table, columns in added.columns.items():
        for name in columns:
            own = tables.get(table, {}).get("columns")
            if own is None or name in own:
                say(("add", "columns", table, name), f'table "{table}" has "{name}" already, or there is no such table.')
                continue
            given = written["add"]["columns"][table]
            own[name] = _with(given[name], since=first)
    for table, names in removed.columns.items():
        for name in names:
            column = (tables.get(table, {}).get("columns") or {}).get(name)
            _end(column, last, say, ("remove", "columns", table), f'there is no column "{name}" in table "{table}".')
    for name in removed.tables:
        _end(tables.get(name), last, say, ("remove", "tables"), f'there is no table "{name}".')


def _end(entry: Any, last: date, say: Say, here: tuple[int | str, ...], absent: str) -> None:
    if entry is None:
        say(here, absent)
    else:
        entry["until"] = last.isoformat()


def _with(entry: LineMap, **days: date) -> LineMap:
    """A copy of an entry with these days beside what it says."""
    whole = LineMap(entry)
    whole.line, whole.key_lines = entry.line, dict(getattr(entry, "key_lines", {}))
    for name, day in days.items():
        whole[name] = day.isoformat()
    return whole


def _values(lists: LineMap, name: str) -> LineMap | None:
    found = lists.get(name)
    return found.get("values") if isinstance(found, dict) else None


def _value(given: Any) -> LineMap:
    """A code's entry in its long form."""
    if isinstance(given, LineMap):
        return given
    if isinstance(given, str):
        return LineMap(title=given)
    return LineMap(spellings=list(given)) if isinstance(given, list) else LineMap()


def _entry(lists: LineMap, name: str, code: str) -> LineMap | None:
    values = _values(lists, name)
    if values is None or code not in values:
        return None
    values[code] = _value(values[code])
    entry: LineMap = values[code]
    return entry


def _date_spellings(
    lists: LineMap, name: str, code: str, texts: list[str], dated: tuple[str, date], *, new: bool, say: Say, here: tuple[int | str, ...]
) -> None:
    entry = _entry(lists, name, code)
    if entry is None:
        say(here, f'there is no code "{code}" in list "{name}".')
        return
    given = entry.get("spellings") or []
    spellings = [given] if isinstance(given, str) else list(given)
    for text in texts:
        if text not in spellings and not new:
            say(here, f'"{text}" is no spelling of "{code}".')
            return
    # A spelling that a list shared with other formats has already is only dated.
    entry["spellings"] = spellings + [text for text in texts if text not in spellings]
    years = LineMap(entry.get("years") or {})
    for text in texts:
        years[text] = _with(years.get(text) or LineMap(), **{dated[0]: dated[1]})
    entry["years"] = years


def _retitle(lists: LineMap, name: str, code: str, *, title: str, first: date, say: Say) -> None:
    entry = _entry(lists, name, code)
    if entry is None:
        say(("modify", "titles", name, code), f'there is no code "{code}" in list "{name}".')
        return
    titles = LineMap(entry.get("titles") or {})
    titles[first.isoformat()] = title
    entry["titles"] = titles
