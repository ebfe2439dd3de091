"""A release: the immutable, disclosure-controlled document that pages and reports read, and its JSON form.

Nothing here holds a true count: every number is a `Shown`, a `Ratio` made of shown parts, or words.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from typing import Any

from sightline.model.analyses import Analysis, analysis_from_json, analysis_to_json
from sightline.model.figures import Figure, Median, NotAvailable, Range, Ratio, Released, Shown, Statistic, Withheld


@dataclass(frozen=True, slots=True)
class IndicatorText:
    """What a reader needs to understand an indicator: copied into the release, so that old releases keep their own definitions."""

    id: str
    title: str
    question: str
    purpose: str
    key: bool
    unit: str
    """What is counted: "children", "episodes", "referrals"."""
    numerator: str
    denominator: str | None
    per: int | None
    """100: shown as a percentage; 10,000: as a rate; None: as a count only."""
    interpretations: tuple[str, ...]
    lines_of_inquiry: tuple[str, ...]
    caveat: str
    breakdowns: tuple[str, ...]
    agencies_needed: tuple[str, ...]
    sql: str
    lineage: tuple[str, ...]
    """``entity.column`` names that feed the number."""
    version: str
    framework: str = ""
    """The number of the framework's question it answers; empty for a partnership's own."""
    domain: str = ""
    statistic: str = ""
    """count, proportion, rate, ratio or median; releases made before it was kept have none."""
    value: str | None = None
    """What a median is measured in: days, hours, minutes, years or kilometres."""
    sources: str = ""
    modes: tuple[str, ...] = ()
    """How much agencies have to share for it: record_level, pseudonymised, aggregate_only."""
    interval: str = ""
    """The method of its interval, by name."""
    key_reason: str = ""
    known_breaks: tuple[tuple[str, str], ...] = ()
    """From which quarter the numbers mean something else, and why."""
    months: int = 3
    """How many months each figure is about, to the end of its quarter; the figures of neighbouring quarters overlap where it is twelve."""
    stock: bool = False
    """Whether it counts those who are there on a day, mostly the same ones as a quarter before."""
    waits_for: tuple[str, ...] = ()
    """What data a question waits for that the records do not answer yet; it has no figures then."""
    in_one: tuple[str, ...] = ()
    """Breakdowns in which each that is counted stands in exactly one row."""
    in_several: tuple[str, ...] = ()
    """Breakdowns in which one may stand in more than one row, so that parts add up to more than all together. Of others nobody promises
    either, and releases made before it was told have neither."""

    @property
    def is_median(self) -> bool:
        return self.statistic == "median"

    def in_rows(self, breakdown: str) -> str:
        """In how many rows of a breakdown one may stand: ``one``, ``several``, or nothing where that is not told."""
        return "one" if breakdown in self.in_one else "several" if breakdown in self.in_several else ""


@dataclass(frozen=True, slots=True)
class DatasetCoverage:
    """How far one agency's dataset reaches: ``latest_period_end`` and ``received_on`` are ISO dates, None when nothing came."""

    dataset: str
    title: str
    returns_expected: int
    returns_received: int
    latest_period_end: str | None
    received_on: str | None
    provisional: bool


@dataclass(frozen=True, slots=True)
class AgencyCoverage:
    """One agency's part in a release. ``mode`` is record_level, pseudonymised or aggregate_only."""

    agency: str
    name: str
    mode: str
    complete: bool
    """Every return due for the headline period had been accepted."""
    datasets: tuple[DatasetCoverage, ...]


@dataclass(frozen=True, slots=True)
class Combination:
    """Children known to exactly these agencies and no other, in the headline period's twelve months."""

    agencies: tuple[str, ...]
    children: Shown
    range: Range | None = None
    """What linkage leaves open about ``children``."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence for the overview: what changed, or what is not known. ``indicator`` links to its page; ``kind`` groups."""

    kind: str
    text: str
    indicator: str | None = None
    page: str = ""
    """Where it stands: empty for the overview, ``indicator:<id>``, or the id of an analyses' page."""


@dataclass(frozen=True, slots=True)
class QualityLine:
    """One finding of intake, summed over a return: code, words and how many rows (rounded as any other figure)."""

    agency: str
    dataset: str
    period: str
    severity: str
    code: str
    text: str
    rows: Shown


@dataclass(frozen=True, slots=True)
class Coverage:
    """What stands behind an indicator's figures of one quarter.

    ``agencies`` sent what it is counted from; ``missing`` did not, each with the reason; of ``provisional`` ones later returns may still
    change the quarter. ``starts_anew`` is why figures before this quarter mean something else, empty where they do not. Records of
    ``not_linked`` agencies are counted, as those of people whom nobody else knows; `Release.gaps` say why.
    """

    indicator: str
    period: str
    agencies: tuple[str, ...]
    missing: tuple[tuple[str, str], ...] = ()
    provisional: tuple[str, ...] = ()
    starts_anew: str = ""
    not_linked: tuple[str, ...] = ()


NOT_AGREED, NOT_LINKED = "not_agreed", "not_linked"


@dataclass(frozen=True, slots=True)
class Gap:
    """What a release lacks of one agency, said beside every figure it touches.

    ``kind`` is ``not_agreed`` (its records may not be used and are in no figure) or ``not_linked`` (they are counted, but were left out of
    linking: whoever they tell of counts once more, and as known to nobody else).
    """

    agency: str
    kind: str
    reason: str


@dataclass(frozen=True)
class Release:
    """Everything that may be shown for one period of one partnership.

    ``period`` is the headline quarter and ``periods`` all quarters with figures, oldest first ("2026-Q1"). ``categories`` gives each
    breakdown's categories in their own order: ``{"ward": [["W01", "Harbour"], …]}`` (code, label). ``generation`` names the generation
    counted, ``methods`` the version of each method used. ``attachments`` are content hashes of objects that belong to the
    release (``wards.geojson``, ``charts/…svg``). ``number`` counts the partnership's releases from 1.
    """

    number: int
    partnership: str
    area: str
    period: str
    periods: tuple[str, ...]
    generation: str
    generation_published_at: str
    created_at: str
    tier: str
    methods: dict[str, str]
    rounding: str
    agencies: tuple[AgencyCoverage, ...]
    indicators: tuple[IndicatorText, ...]
    categories: dict[str, tuple[tuple[str, str], ...]]
    figures: tuple[Figure, ...]
    agency_sets: tuple[Combination, ...]
    """Children known to each single agency, whoever else knows them."""
    combinations: tuple[Combination, ...]
    flagged_by_none: Shown
    """Children seen by two or more agencies and flagged by none of them."""
    flagged_range: Range | None = None
    changes: tuple[Statement, ...] = ()
    unknowns: tuple[Statement, ...] = ()
    questions: tuple[Statement, ...] = ()
    quality: tuple[QualityLine, ...] = ()
    attachments: dict[str, str] = field(default_factory=dict)
    waiting: tuple[IndicatorText, ...] = ()
    """Questions that wait for data; they have no figures."""
    breakdown_titles: dict[str, str] = field(default_factory=dict)
    domains: tuple[tuple[str, str], ...] = ()
    """The parts of the framework in order: id, title."""
    coverage: tuple[Coverage, ...] = ()
    analyses: tuple[Analysis, ...] = ()
    """In the order of the pages that they stand on."""
    gaps: tuple[Gap, ...] = ()

    def gap(self, agency: str, kind: str) -> str:
        """Why an agency's records are not used, or not linked; empty where they are, or where the release does not tell."""
        return "; ".join(each.reason for each in self.gaps if (each.agency, each.kind) == (agency, kind))

    def coverage_of(self, indicator: str, period: str) -> Coverage | None:
        """What stands behind an indicator's figures of a quarter; None where the release does not tell."""
        return self._covered.get((indicator, period))

    def indicator(self, id: str) -> IndicatorText:
        """The text of one indicator.

        Raises:
            KeyError: If the release has no such indicator.
        """
        for indicator in self.indicators:
            if indicator.id == id:
                return indicator
        raise KeyError(id)

    def series(self, indicator: str, breakdown: str = "all", category: str = "all") -> list[Figure | None]:
        """One figure for each of ``periods``, oldest first; None where the release has none."""
        found = {figure.period: figure for figure in self._found.get((indicator, breakdown), ()) if figure.category == category}
        return [found.get(period) for period in self.periods]

    def breakdown(self, indicator: str, breakdown: str, period: str | None = None) -> list[Figure]:
        """Figures of one period by the categories of one breakdown, in the breakdown's own order."""
        order = {code: position for position, (code, _) in enumerate(self.categories.get(breakdown, ()))}
        chosen = [figure for figure in self._found.get((indicator, breakdown), ()) if figure.period == (period or self.period)]
        return sorted(chosen, key=lambda figure: order.get(figure.category, len(order)))

    def analysis(self, id: str) -> Analysis:
        """One analysis.

        Raises:
            KeyError: If the release has no such analysis.
        """
        for analysis in self.analyses:
            if analysis.id == id:
                return analysis
        raise KeyError(id)

    def analyses_of(self, page: str) -> list[Analysis]:
        """The analyses of one page, in their order."""
        return [analysis for analysis in self.analyses if analysis.page == page]

    @cached_property
    def _covered(self) -> dict[tuple[str, str], Coverage]:
        return {(each.indicator, each.period): each for each in self.coverage}

    @cached_property
    def _found(self) -> dict[tuple[str, str], list[Figure]]:
        """Figures by indicator and breakdown: a page of many charts must not read all of them for each."""
        found: dict[tuple[str, str], list[Figure]] = {}
        for figure in self.figures:
            found.setdefault((figure.indicator, figure.breakdown), []).append(figure)
        return found

    def label(self, breakdown: str, category: str) -> str:
        """The words for a category; the category itself when it has none."""
        return dict(self.categories.get(breakdown, ())).get(category, category)


def _shown_to_json(shown: Shown | Statistic | None) -> Any:
    match shown:
        case None:
            return None
        case Released(value):
            return value
        case Ratio(value, per, low, high):
            return {"ratio": value, "per": per} | ({} if low is None else {"low": low, "high": high})
        case Median(value, low, high, unit):
            return {"median": value, "low": low, "high": high, "unit": unit}
        case NotAvailable(reason):
            return {"not_available": reason}
        case _:
            return {"withheld": True}


def _range_to_json(range: Range | None) -> list[Any]:
    """A list of one range, or of none."""
    return [[range.low, range.high, range.sensitive]] if range else []


def _range_from_json(data: list[Any]) -> Range | None:
    return Range(*data[0]) if data else None


def _shown_from_json(data: Any) -> Any:
    match data:
        case None:
            return None
        case int():
            return Released(data)
        case {"ratio": value, "per": per}:
            return Ratio(value, per, data.get("low"), data.get("high"))
        case {"median": value, "low": low, "high": high, "unit": unit}:
            return Median(value, low, high, unit)
        case {"not_available": reason}:
            return NotAvailable(reason)
        case {"withheld": True}:
            return Withheld.WITHHELD
    raise ValueError("not the JSON form of a shown figure")


def release_to_json(release: Release) -> bytes:
    """The canonical bytes of a release: the same release always gives the same bytes, so its hash is its name."""
    data: dict[str, Any] = {}
    for part in fields(release):
        value = getattr(release, part.name)
        match part.name:
            case "figures":
                value = [
                    [
                        f.indicator,
                        f.period,
                        f.breakdown,
                        f.category,
                        *map(_shown_to_json, (f.count, f.out_of, f.statistic)),
                        *_range_to_json(f.range),
                    ]
                    for f in value
                ]
            case "agency_sets" | "combinations":
                value = [[list(c.agencies), _shown_to_json(c.children), *_range_to_json(c.range)] for c in value]
            case "flagged_by_none":
                value = _shown_to_json(value)
            case "flagged_range":
                value = _range_to_json(value)
            case "quality":
                value = [[q.agency, q.dataset, q.period, q.severity, q.code, q.text, _shown_to_json(q.rows)] for q in value]
            case "agencies" | "indicators" | "waiting" | "coverage" | "gaps" | "changes" | "unknowns" | "questions":
                value = [asdict(item) for item in value]
            case "analyses":
                value = [analysis_to_json(analysis) for analysis in value]
        data[part.name] = value
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _tuples(cls: type, items: Iterable[dict[str, Any]]) -> tuple[Any, ...]:
    return tuple(cls(**{name: _frozen(value) for name, value in item.items()}) for item in items)


def _frozen(value: Any) -> Any:
    """Lists, and lists in them, as tuples; a definition's list of objects is made before it comes here."""
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _quality_line(row: list[Any]) -> QualityLine:
    agency, dataset, period, severity, code, text, rows = row
    return QualityLine(agency, dataset, period, severity, code, text, _shown_from_json(rows))


def _figure(row: list[Any]) -> Figure:
    count, out_of, statistic = map(_shown_from_json, row[4:7])
    indicator, period, breakdown, category = row[:4]
    return Figure(indicator, period, breakdown, category, count, out_of, statistic, _range_from_json(row[7:]))


def release_from_json(content: bytes) -> Release:
    """Read a release back; the inverse of `release_to_json`.

    Raises:
        ValueError: If the bytes are not a release.
    """
    data = json.loads(content)
    for agency in data["agencies"]:
        agency["datasets"] = _tuples(DatasetCoverage, agency["datasets"])
    data["agencies"] = _tuples(AgencyCoverage, data["agencies"])
    for name in ("indicators", "waiting"):
        data[name] = _tuples(IndicatorText, data.get(name, ()))
    data["analyses"] = tuple(map(analysis_from_json, data.get("analyses", ())))
    data["coverage"] = _tuples(Coverage, data.get("coverage", ()))
    data["gaps"] = _tuples(Gap, data.get("gaps", ()))
    data["domains"] = tuple((id, title) for id, title in data.get("domains", ()))
    for name in ("changes", "unknowns", "questions"):
        data[name] = _tuples(Statement, data[name])
    data["figures"] = tuple(map(_figure, data["figures"]))
    for name in ("agency_sets", "combinations"):
        data[name] = tuple(
            Combination(tuple(agencies), _shown_from_json(children), _range_from_json(ranges)) for agencies, children, *ranges in data[name]
        )
    data["flagged_range"] = _range_from_json(data.get("flagged_range", []))
    data["flagged_by_none"] = _shown_from_json(data["flagged_by_none"])
    data["quality"] = tuple(map(_quality_line, data["quality"]))
    data["categories"] = {name: tuple((code, label) for code, label in pairs) for name, pairs in data["categories"].items()}
    data["periods"] = tuple(data["periods"])
    return Release(**data)
