"""Read the files of a release as anybody could who was given them: itself, exports, tables to ask, reports, outlines. Nothing else is read.

Each file gives what it shows; what several of them show is kept apart, so that an attacker can put them beside each other.
"""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

from sightline.app.cubes import read_table
from sightline.definitions.breakdowns import ONE, SEVERAL
from sightline.disclosure.blackbox.held import Timed
from sightline.errors import EnvironmentProblem, InputRefused, NotFound, Place
from sightline.model.analyses import AnalysisRow, AnalysisTable, Dimension
from sightline.model.cubes import ReleasedTable
from sightline.model.figures import WITHHELD_WORD, Figure, Median, NotAvailable, Range, Ratio, Released, Shown, Withheld
from sightline.model.releases import Release, release_from_json

MOST_BYTES = 200_000_000
MOST_FILES = 500
_PARQUET = b"PAR1"
_SMALLEST_BAND = frozenset({"0-4", "0 to 4"})
"""How exports write the smallest shown number, where zero and small ones share a band."""


@dataclass
class ReadFiles:
    """Everything that was read of one release.

    ``figures`` and ``tables`` are by the file that shows them. ``unread`` names what could not be read, and so was not attacked.
    """

    release: Release | None = None
    number: int | None = None
    method: str | None = None
    period: str = ""
    figures: dict[str, list[Figure]] = field(default_factory=dict)
    tables: dict[str, list[tuple[str, str, AnalysisTable]]] = field(default_factory=dict)
    """By file: analysis, quarter, table."""
    cubes: dict[str, ReleasedTable] = field(default_factory=dict)
    """By file: a table that readers may cross and filter, as protected atoms."""
    answers: dict[str, list[Mapping[str, str]]] = field(default_factory=dict)
    """By file: what somebody asked of such tables, and was answered."""
    units: dict[str, str] = field(default_factory=dict)
    """Indicator → what it counts, where a file says so."""
    rows: dict[tuple[str, str], str] = field(default_factory=dict)
    """Indicator and breakdown → in how many rows one that is counted may stand, where a file says so."""
    pages: list[tuple[str, str]] = field(default_factory=list)
    maps: list[tuple[str, str]] = field(default_factory=list)
    blanks: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    """Counts that a file leaves empty: file, indicator, quarter, breakdown, category."""
    answered: int = 0
    """How many answers of a server had their headers looked at."""
    headers: list[tuple[str, str]] = field(default_factory=list)
    """Headers of a server's answers that nothing explains, by the address that was asked for."""
    errors: list[tuple[str, str]] = field(default_factory=list)
    """What a server said where it gave no answer, by the address that was asked for."""
    timed: tuple[Timed, ...] = ()
    """How long a server took over questions with one answer."""
    untimed: str = ""
    """Why nothing was timed, where a server was asked."""
    unread: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return self.release is None and not (self.figures or self.tables or self.cubes or self.pages)


def read_files(paths: Sequence[Path]) -> ReadFiles:
    """Read files and folders that hold one release.

    Raises:
        NotFound: If one is not there.
        InputRefused: If nothing of a release is in them, or they are too many or too large.
        EnvironmentProblem: If one cannot be read.
    """
    found = ReadFiles()
    for path in _listed(paths):
        take(found, path.name, _bytes_of(path))
    if found.is_empty:
        raise InputRefused(
            "Nothing here is a file of a release.",
            place=Place(file=", ".join(map(str, paths))),
            hint="Give the release's JSON, exported figures (CSV or JSON), tables to ask (Parquet), its report, or the folder they are in.",
        )
    return found


def _listed(paths: Sequence[Path]) -> list[Path]:
    listed: list[Path] = []
    for path in paths:
        if not path.exists():
            raise NotFound("There is no such file or folder.", place=Place(file=str(path)), hint="Check the spelling.")
        listed += sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
    if len(listed) > MOST_FILES:
        raise InputRefused(f"These are {len(listed):,} files; at most {MOST_FILES:,} are read.", hint="Give the files of one release only.")
    return listed


def _bytes_of(path: Path) -> bytes:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputRefused("This file is too large to be a file of a release.", place=Place(file=str(path)))
        return path.read_bytes()
    except OSError as problem:
        raise EnvironmentProblem(f"This file cannot be read: {problem.strerror}.", place=Place(file=str(path))) from problem


def take(found: ReadFiles, name: str, content: bytes) -> None:
    """Add one file, by what is in it and not by its name; what cannot be read is noted as unread."""
    text = content.decode("utf-8-sig", errors="replace")
    start = text.lstrip()[:1]
    try:
        if content.startswith(_PARQUET):
            found.cubes[name] = read_table(content)
        elif start == "{":
            _take_json(found, name, content, json.loads(text))
        elif start == "<" and "<html" in text[:2000].casefold():
            found.pages.append((name, text))
        elif text.startswith("release,"):
            _take_csv(found, name, text)
        else:
            found.unread.append(name)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        found.unread.append(name)


def _take_json(found: ReadFiles, name: str, content: bytes, data: Mapping[str, Any]) -> None:
    if data.get("type") == "FeatureCollection":
        found.maps.append((name, content.decode("utf-8-sig", errors="replace")))
    elif "methods" in data and "figures" in data:
        release = release_from_json(content)
        found.release, found.number, found.period = release, release.number, release.period
        found.method = release.methods["disclosure"]
    elif "wards" in data:
        found.pages.append((name, _drawn_wards(data["wards"])))
    elif "release" in data and "figures" in data:
        _take_head(found, data["release"])
        found.figures[name] = [_figure(row) for row in data["figures"]]
        _take_rows(found, data["figures"])
    elif "release" in data and "tables" in data:
        _take_head(found, data["release"])
        quarter, analysis = str(data["release"]["quarter"]), str(data["analysis"]["id"])
        found.tables[name] = [(analysis, quarter, _table(each["id"], each["rows"], each.get("unit", ""))) for each in data["tables"]]
    else:
        found.unread.append(name)


def _drawn_wards(wards: Mapping[str, Mapping[str, Any]]) -> str:
    """What a map on a page is told of each ward, laid out as the shapes that it draws of it."""
    shapes = (
        f'<path fill="{escape(each["colour"] or "url(#none)")}"><title>{escape(each["label"])}: {escape(each["words"])}</title></path>'
        for each in wards.values()
    )
    return f"<html><svg>{''.join(shapes)}</svg></html>"


def _take_head(found: ReadFiles, head: Mapping[str, Any]) -> None:
    found.number = int(head["number"]) if found.number is None else found.number
    found.method = found.method or head.get("method")
    found.period = found.period or str(head["quarter"])


def _take_csv(found: ReadFiles, name: str, text: str) -> None:
    rows = list(csv.DictReader(io.StringIO(text)))
    if rows and found.number is None:
        found.number = int(rows[0]["release"])
    if rows and "row_words" in rows[0]:
        found.answers[name] = list(rows)
    elif rows and "indicator" in rows[0]:
        found.figures[name] = [_figure(row) for row in rows]
        _take_rows(found, rows)
        found.blanks += [
            (name, row["indicator"], row["quarter"], row["breakdown"], row["category"]) for row in rows if not row["count"].strip()
        ]
    elif rows and "analysis" in rows[0]:
        by_table: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
        for row in rows:
            by_table[row["analysis"], row["table"]].append(row)
        found.tables[name] = [(analysis, "", _table(table, listed, listed[0]["unit"])) for (analysis, table), listed in by_table.items()]
    else:
        found.unread.append(name)


def _take_rows(found: ReadFiles, rows: Iterable[Mapping[str, Any]]) -> None:
    for row in rows:
        if row.get("in_rows"):
            found.rows[str(row["indicator"]), str(row["breakdown"])] = str(row["in_rows"])
        if row.get("unit"):
            found.units[str(row["indicator"])] = str(row["unit"])


def _shown(value: Any) -> Shown | None:
    """A cell of an export: a number, the word for withheld, a reason, or nothing."""
    if value is None or value == "":
        return None
    if isinstance(value, int) or (isinstance(value, str) and value.lstrip("-").isdigit()):
        return Released(int(value))
    if value in _SMALLEST_BAND:
        return Released(0)
    return Withheld.WITHHELD if value == WITHHELD_WORD else NotAvailable(str(value))


def _float(value: Any) -> float | None:
    try:
        return None if value is None or value == "" else float(value)
    except ValueError:
        return None


def _ratio(row: Mapping[str, Any]) -> Ratio | None:
    value, per = _float(row.get("value")), _float(row.get("per"))
    return None if value is None or not per else Ratio(value, int(per), _float(row.get("low")), _float(row.get("high")))


def _median(row: Mapping[str, Any]) -> Median | None:
    """What stands for a figure that is in no unit of a ratio."""
    value, low, high = (_float(row.get(name)) for name in ("value", "low", "high"))
    return None if value is None or low is None or high is None or _float(row.get("per")) else Median(value, low, high, "")


def _range(row: Mapping[str, Any]) -> Range | None:
    low, high = _float(row.get("linkage_low")), _float(row.get("linkage_high"))
    return None if low is None or high is None else Range(int(low), int(high), sensitive=False)


def _figure(row: Mapping[str, Any]) -> Figure:
    place = (str(row["indicator"]), str(row["quarter"]), str(row["breakdown"]), str(row["category"]))
    return Figure(*place, _shown(row["count"]) or NotAvailable(""), _shown(row.get("out_of")), _ratio(row) or _median(row), _range(row))


def _table(id: str, rows: Iterable[Mapping[str, Any]], unit: str) -> AnalysisTable:
    """A table of an analysis, put together again from its rows."""
    listed = [row for row in rows if row["row"] != "agreement of a pair"]
    total = next((_shown(row["count"]) for row in listed if row["row"] == "total"), None)
    margins = tuple(_row(row) for row in listed if str(row["row"]).startswith("of the leading"))
    exactly = tuple(_row(row) for row in listed if row["row"] == "exactly")
    parts = tuple(_row(row) for row in listed if row["row"] == "part")
    names = max((list(_dimensions(row)) for row in listed), key=len, default=[])
    within = {each: str(row.get("in_rows") or "") for row in listed if row["row"] == "part" for each in names[_leading(margins) :]}
    within |= {each: str(row.get("in_rows") or "") for row in listed if str(row["row"]).startswith("of the") for each in _dimensions(row)}
    return AnalysisTable(
        id=id,
        title="",
        says="",
        unit=unit,
        chart="upset" if exactly else "",
        dimensions=tuple(Dimension(name, "", ()) for name in names),
        total=total or NotAvailable(""),
        rows=exactly or parts,
        margins=margins,
        # Whether withheld rows are left out cannot be seen where there are none: then parts may be missing.
        only_shown=not any(isinstance(row.count, Withheld) for row in parts),
        in_one=tuple(each for each, rows in within.items() if rows == ONE),
        in_several=tuple(each for each, rows in within.items() if rows == SEVERAL),
    )


def _leading(margins: Sequence[AnalysisRow]) -> int:
    return len(margins[0].categories) if margins else 0


def _dimensions(row: Mapping[str, Any]) -> Iterator[str]:
    for place in range(1, 10):
        if not row.get(f"dimension_{place}"):
            return
        yield str(row[f"dimension_{place}"])


def _row(row: Mapping[str, Any]) -> AnalysisRow:
    codes = tuple(str(row[f"category_{place}"]) for place in range(1, len(list(_dimensions(row))) + 1))
    return AnalysisRow(codes, _shown(row["count"]) or NotAvailable(""), _shown(row.get("out_of")), _ratio(row), range=_range(row))
