"""Put together what readers hold of a release: from the release itself, from its files, or from pages of a server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import pyarrow as pa

from sightline.app.cubes import counted_in_children
from sightline.app.held_answers import Answers, hold_answers
from sightline.app.released_files import ReadFiles
from sightline.definitions.breakdowns import AREAS_OF_A_WARD
from sightline.disclosure.blackbox.drawn import svgs_of
from sightline.disclosure.blackbox.held import (
    COUNT,
    TOTAL,
    Copy,
    Held,
    Numbers,
    Text,
    hold_figures,
    hold_sets,
    hold_table,
    link_tables,
)
from sightline.disclosure.blackbox.held_cubes import hold_cubes
from sightline.disclosure.blackbox.on_pictures import page_texts
from sightline.disclosure.blackbox.outcome import Name
from sightline.errors import InputRefused
from sightline.model.cubes import ReleasedTable
from sightline.model.releases import Release

_UNITS = frozenset({"children", "episodes", "referrals", "incidents", "people"})
"""What exported figures count mostly; only the release itself names all its units."""
Nested = Mapping[str, Mapping[str, frozenset[str]]]


def hold_release(release: Release, *, nested: Nested | None = None, tables: Sequence[ReleasedTable] = ()) -> Held:
    """What a release tells those who hold all of it.

    Args:
        tables: Those it lets readers cross and filter.
        nested: Which wards make up which areas, where readers can look that up.
    """
    held = Held(
        title=f"release {release.number}",
        method=release.methods["disclosure"],
        number=release.number,
        generation=_counted_from(release),
        texts=tuple(_texts(release)),
        units=frozenset({each.unit for each in release.indicators} | {table.unit for each in release.analyses for table in each.tables}),
        nested=nested or {},
    )
    numbers = _numbers_of(release)
    hold_cubes(numbers, tables, counted_in_children=counted_in_children(release))
    return _with(held, numbers)


def _counted_from(release: Release) -> str:
    """What the counts rest on: two releases of which this is the same count the same."""
    return "/".join((release.generation, *(release.methods.get(name, "") for name in ("linkage", "measures", "analyses"))))


def _with(held: Held, numbers: Numbers) -> Held:
    return replace(
        held,
        numbers=numbers.numbers,
        sums=tuple(numbers.sums),
        ratios=tuple(numbers.ratios),
        ranges=numbers.ranges,
        medians=tuple(numbers.medians),
        blanks=tuple(numbers.blanks),
        same_numbers=tuple(numbers.same),
    )


def _numbers_of(release: Release) -> Numbers:
    numbers = Numbers.empty()
    hold_figures(numbers, release.figures, {(each.id, by): each.in_rows(by) for each in release.indicators for by in each.breakdowns})
    totals: list[tuple[str, str, Name]] = [
        (each.sql, each.denominator or "", (COUNT, each.id, release.period, TOTAL, TOTAL)) for each in release.indicators
    ]
    for analysis in release.analyses:
        for table in analysis.tables:
            hold_table(numbers, analysis.id, release.period, table)
            totals.append((table.sql, table.out_of or "", (COUNT, f"{analysis.id}/{table.id}", release.period, TOTAL, TOTAL)))
    hold_sets(numbers, release.period, release.agency_sets, release.combinations)
    link_tables(numbers, totals)
    return numbers


def _texts(release: Release) -> Iterable[Text]:
    for kind in ("changes", "unknowns", "questions"):
        for statement in getattr(release, kind):
            yield Text(f"{kind}, {statement.indicator or 'the overview'}", statement.text)
    for analysis in release.analyses:
        for sentence in analysis.found:
            yield Text(f"what was found in {analysis.id}", sentence)
    for line in release.quality:
        yield Text(f"quality of {line.agency} {line.dataset} {line.period}", line.text)


def hold_files(read: ReadFiles, *, method: str | None = None, nested: Nested | None = None) -> Held:
    """What files or pages of one release tell. The release itself leads where it is among them; else the first file with figures.

    Answers that cannot be put beside anything are added to what was not read.

    Raises:
        InputRefused: If no file says by what method its numbers were made safe, and none is named.
    """
    chosen = method or read.method
    if chosen is None:
        raise InputRefused(
            "No file here says by which method its numbers were made safe.", hint="Give the release's JSON too, or name it with --method."
        )
    shown = {name: _of_file(read, name) for name in (*read.figures, *read.tables)}
    in_children = _in_children(read)
    tables = tuple({table.id: table for table in reversed(read.cubes.values())}.values())
    answers = {name: hold_answers(rows, tables, in_children) for name, rows in read.answers.items()}
    read.unread.extend(_unplaced(answers))
    if read.release is not None:
        held = replace(hold_release(read.release, nested=nested, tables=tables), method=chosen)
    else:
        together = Numbers.empty()
        for numbers in shown.values():
            _add(together, numbers, {*together.numbers})
        hold_cubes(together, tables, counted_in_children=in_children)
        title = f"release {read.number}" if read.number else "this release"
        held = _with(Held(title=title, method=chosen, number=read.number, units=_UNITS, nested=nested or {}), together)
    return replace(
        held,
        ratios=(*held.ratios, *(ratio for each in answers.values() for ratio in each.ratios)),
        copies=tuple(
            Copy(name, numbers)
            for name, numbers in (
                *((name, of.numbers) for name, of in shown.items()),
                *((name, _of_cube(table, in_children)) for name, table in read.cubes.items()),
                *((name, each.numbers) for name, each in answers.items()),
            )
        ),
        texts=(*held.texts, *(Text(name, page_texts(page)) for name, page in read.pages)),
        drawings=tuple(Text(name, svg) for name, page in read.pages for svg in svgs_of(page)),
        pages=tuple(Text(name, page) for name, page in read.pages),
        maps=tuple(Text(name, content) for name, content in read.maps),
        answered=read.answered,
        headers=tuple(Text(name, header) for name, header in read.headers),
        errors=tuple(Text(name, page_texts(said)) for name, said in read.errors),
        timed=read.timed,
        untimed=read.untimed if read.answered else held.untimed,
        blanks=(*held.blanks, *(((COUNT, *place), "") for _, *place in read.blanks)),
    )


def _in_children(read: ReadFiles) -> frozenset[str]:
    """The indicators whose figures count children: as the release says, else as exports do; without either, all are taken to."""
    if read.release is not None:
        return counted_in_children(read.release)
    asked = {indicator for table in read.cubes.values() for indicator in table.indicators}
    return frozenset(each for each in asked if read.units.get(each, "children") == "children")


def _of_cube(table: ReleasedTable, in_children: frozenset[str]) -> dict[Name, int | None]:
    numbers = Numbers.empty()
    hold_cubes(numbers, [table], counted_in_children=in_children)
    return numbers.numbers


def _unplaced(answers: Mapping[str, Answers]) -> Iterable[str]:
    for name, each in answers.items():
        if each.unplaced:
            yield f"{each.unplaced:,} answers in {name}: of no table that is here, or of several codes added up"


def _of_file(read: ReadFiles, name: str) -> Numbers:
    numbers = Numbers.empty()
    hold_figures(numbers, read.figures.get(name, ()), read.rows)
    for analysis, quarter, table in read.tables.get(name, ()):
        hold_table(numbers, analysis, quarter or read.period, table)
    return numbers


def _add(together: Numbers, more: Numbers, before: set[Name]) -> None:
    """Add another file's numbers; sums and ratios of tables that were there already are not added twice."""
    together.sums.extend(each for each in more.sums if each.whole not in before or not before.issuperset(each.parts))
    together.ratios.extend(each for each in more.ratios if each.part not in before)
    together.medians.extend(each for each in more.medians if each[0] not in before)
    together.blanks.extend(more.blanks)
    for name, number in more.numbers.items():
        together.numbers.setdefault(name, number)
    for name, between in more.ranges.items():
        together.ranges.setdefault(name, between)


def nested_areas(wards: pa.Table) -> dict[str, dict[str, frozenset[str]]]:
    """Which wards make up which areas, from the table of wards that anybody can look up."""
    codes = wards["ward"].to_pylist()
    found: dict[str, dict[str, frozenset[str]]] = {}
    for column in AREAS_OF_A_WARD:
        if column in wards.column_names:
            areas: dict[str, set[str]] = {}
            for code, area in zip(codes, wards[column].to_pylist(), strict=True):
                if area is not None:
                    areas.setdefault(str(area), set()).add(code)
            found[column] = {area: frozenset(inside) for area, inside in areas.items()}
    return found
