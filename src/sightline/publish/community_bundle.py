"""The bundle for the community as files: pages that open from a folder, and the same numbers as CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass

from sightline.model.exported import harmless_text
from sightline.model.figures import Figure, NotAvailable, Ratio, Released, Shown, Withheld
from sightline.model.releases import IndicatorText, Release
from sightline.publish.document import Block, DataTable, Document, Heading, Note, Paragraph, Section
from sightline.publish.gaps import not_whole
from sightline.publish.intervals import value_words
from sightline.publish.series import breakdown_title, measured_in, period_title
from sightline.publish.write_html import write_pages

ENOUGH = 20
"""Rates and percentages are made of numbers of at least this: of 10, which may be 1, they would tell nothing."""
BAND, BAND_CODE = "0 to 9", "0-9"
AREA = "area"
COLUMNS = (
    *("release", "indicator", "title", "quarter", "breakdown", "category", "category_words"),
    *("unit", "count", "out_of", "value", "per", "gaps"),
)
HOW = (
    "Rounded to 10; sums agree. A number that was shown before stays while it can. Nearly every number lies within 14 of the true one, "
    f"an area of several wards within 4 more for each ward; “{BAND}” is shown alike for none and for a few. Rates and percentages are "
    f"made of the rounded numbers, and left out where they are under {ENOUGH}."
)


@dataclass(frozen=True)
class Bundle:
    """What is handed out: the release with nothing but these figures, and by which rules they were made safe.

    Args:
        rules: Name, value, in force from, source.
    """

    release: Release
    indicators: tuple[IndicatorText, ...]
    rules: tuple[tuple[str, str, str, str], ...]
    profile: str
    made_at: str


def bundle_files(bundle: Bundle) -> dict[str, bytes]:
    """Every file by its name; the same bundle gives the same bytes."""
    return {**write_pages(_document(bundle)), "figures.csv": _csv(bundle), "figures.json": _json(bundle)}


def _rows(bundle: Bundle) -> Iterator[dict[str, object]]:
    texts = {each.id: each for each in bundle.indicators}
    for figure in bundle.release.figures:
        text, ratio = texts[figure.indicator], figure.statistic
        yield {
            "release": bundle.release.number,
            "indicator": text.id,
            "title": text.title,
            "quarter": figure.period,
            "breakdown": figure.breakdown,
            "category": figure.category,
            "category_words": _label(bundle, figure),
            "unit": text.unit,
            "count": _code(figure.count),
            "out_of": None if figure.out_of is None else _code(figure.out_of),
            "value": round(ratio.value, 1) if isinstance(ratio, Ratio) else None if ratio is None else str(Withheld.WITHHELD),
            "per": text.per,
            "gaps": not_whole(bundle.release, text.id, figure.period) or None,
        }


def _label(bundle: Bundle, figure: Figure) -> str:
    if figure.breakdown == "all":
        return "All"
    by = f"{AREA} {figure.indicator}" if figure.breakdown == AREA else figure.breakdown
    return bundle.release.label(by, figure.category)


def _code(shown: Shown) -> int | str:
    """A number as programs read it; none and a few are one band."""
    if isinstance(shown, Released):
        return shown.value or (BAND_CODE if shown.within <= 9 else f"0-{shown.within}")
    return str(shown)


def _csv(bundle: Bundle) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in _rows(bundle):
        values = ("" if row[name] is None else row[name] for name in COLUMNS)
        writer.writerow([harmless_text(value) if isinstance(value, str) else value for value in values])
    return out.getvalue().encode("utf-8-sig")


def _json(bundle: Bundle) -> bytes:
    release = bundle.release
    told = {
        "release": {"number": release.number, "partnership": release.partnership, "area": release.area, "quarter": release.period},
        "tier": "community",
        "profile": bundle.profile,
        "how": HOW,
        "rules": [dict(zip(("rule", "is", "in_force_from", "source"), rule, strict=True)) for rule in bundle.rules],
        "indicators": [
            {"id": each.id, "title": each.title, "says": each.numerator, "unit": each.unit, "caveat": each.caveat}
            for each in bundle.indicators
        ],
        "figures": list(_rows(bundle)),
    }
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


# Pages


def _document(bundle: Bundle) -> Document:
    release = bundle.release
    domains = dict(release.domains)
    by_domain: dict[str, list[IndicatorText]] = {}
    for each in bundle.indicators:
        by_domain.setdefault(each.domain, []).append(each)
    sections = [Section("about", "About these numbers", _about(bundle))]
    sections += [
        Section(f"part-{domain or 'other'}", domains.get(domain, "Other questions"), tuple(_of_domain(bundle, listed)))
        for domain, listed in by_domain.items()
    ]
    source = f"{release.partnership}, release {release.number}, profile {bundle.profile}."
    return Document(f"Numbers for {release.area}", period_title(release.period), bundle.made_at, source, tuple(sections))


def _about(bundle: Bundle) -> tuple[Block, ...]:
    return (
        Paragraph(
            "These numbers tell what agencies recorded about children harmed or at risk outside the home. They count what was seen "
            "and written down: more may mean more harm, or more children seen sooner.",
            lead=True,
        ),
        Note(HOW),
        Paragraph("No number is about one child, and none tells where a child lives more closely than an area of at least ten children."),
        DataTable("By which rules they were made safe", ("Rule", "Is", "In force from", "Source"), bundle.rules, numbers_from=4),
    )


def _of_domain(bundle: Bundle, listed: list[IndicatorText]) -> Iterator[Block]:
    for each in listed:
        own = [figure for figure in bundle.release.figures if figure.indicator == each.id]
        if not own:
            continue
        yield Heading(each.title)
        yield Paragraph(each.question)
        ways = dict.fromkeys(figure.breakdown for figure in own)
        for by in ways:
            yield _table(bundle, each, by, [figure for figure in own if figure.breakdown == by])
        if each.caveat:
            yield Paragraph(each.caveat)
        lacking = not_whole(bundle.release, each.id, bundle.release.period)
        if lacking:
            yield Note(f"{period_title(bundle.release.period)}: {lacking}")


def _table(bundle: Bundle, indicator: IndicatorText, by: str, figures: list[Figure]) -> DataTable:
    title = "Quarter" if by == "all" else "Area" if by == AREA else breakdown_title(bundle.release, by)
    ratio = indicator.per is not None and indicator.per > 1
    header = (title, indicator.unit.capitalize(), *(("Out of", measured_in(indicator)) if ratio else ()))
    rows = tuple(
        (
            period_title(figure.period) if by == "all" else _label(bundle, figure),
            _words(figure.count),
            *((_words(figure.out_of), _ratio_words(figure)) if ratio else ()),
        )
        for figure in figures
    )
    caption = f"{indicator.title}, by {title.lower()}" + ("" if by == "all" else f", {period_title(bundle.release.period)}")
    return DataTable(caption, header, rows)


def _words(shown: Shown | None) -> str:
    if shown is None:
        return str(NotAvailable("not applicable"))
    return f"{shown.value:,}" if isinstance(shown, Released) and shown.value else str(shown)


def _ratio_words(figure: Figure) -> str:
    if isinstance(figure.statistic, Ratio):
        return value_words(figure.statistic)
    return str(figure.count) if isinstance(figure.count, NotAvailable) else str(Withheld.WITHHELD)
