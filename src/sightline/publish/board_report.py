"""The board report: a release as a document that opens with five measures and keeps the rest behind them.

The order is the order of a meeting: what this is, five measures, what changed, what we know and do not know, what to ask; then each
key measure, the others in a line each, the agencies together, places, what analyses found; then how the figures were made and made safe,
and the key measures by group.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sightline.model.figures import Median, NotAvailable, Ratio, Released
from sightline.model.releases import IndicatorText, Release, Statement
from sightline.publish import charts, maps, upset
from sightline.publish.document import (
    Block,
    Bullets,
    DataTable,
    Document,
    Heading,
    Measure,
    Measures,
    Note,
    Paragraph,
    Picture,
    Section,
)
from sightline.publish.gaps import COUNTS_TWICE, gaps_of_table, not_linked_at_all
from sightline.publish.intervals import INTERVAL, interval_words
from sightline.publish.series import (
    LINKING,
    breakdown_marks,
    breakdown_title,
    has_statistic,
    headline_of,
    is_provisional,
    linking_words,
    mark,
    measured_in,
    number_heading,
    period_title,
    range_words,
)
from sightline.publish.words import coverage_words, day_in_words, joined, latest_change, sentence, value_and_unit
from sightline.publish.write_html import write_html
from sightline.publish.write_pdf import write_pdf

_DESCRIPTION = re.compile(rb"<desc[^>]*>([^<]*)</desc>")


@dataclass(frozen=True, slots=True)
class ByArea:
    """What the map and its table show in the place of wards: ``release`` has the figures of ``by`` too, ``outlines`` are theirs.

    ``note`` says which wards were put together, and why.
    """

    release: Release
    by: str
    outlines: bytes | None
    note: str


def board_report_pdf(release: Release, wards_geojson: bytes | None, areas: ByArea | None = None) -> bytes:
    """The board report as tagged PDF; without the outlines of the wards it has no map."""
    return write_pdf(board_report(release, wards_geojson, areas))


def board_report_html(release: Release, wards_geojson: bytes | None, areas: ByArea | None = None) -> bytes:
    """The board report as one HTML file that needs nothing else."""
    return write_html(board_report(release, wards_geojson, areas))


def board_report(release: Release, wards_geojson: bytes | None, areas: ByArea | None = None) -> Document:
    """Put a release in the order of a meeting; its map goes by areas where some are given, by wards otherwise."""
    key = [indicator for indicator in release.indicators if indicator.key]
    rest = [indicator for indicator in release.indicators if not indicator.key]
    sections = [
        _summary(release, key),
        _known_and_unknown(release),
        _indicators(release, key),
        _behind(release, rest),
        _agencies(release),
        _places(areas or ByArea(release, "ward", wards_geojson, "")),
        _analyses(release),
        _how_made(release),
        _figures_by_group(release),
    ]
    generation = release.generation.lstrip("0") if release.generation.isdigit() else release.generation
    return Document(
        title=f"{release.area}: {period_title(release.period)}",
        subtitle=f"{release.partnership}. Board report on child exploitation and harm outside the home",
        made_at=release.created_at,
        source=f"{release.partnership}. Release {release.number} ({day_in_words(release.created_at)}), generation {generation}.",
        sections=tuple(section for section in sections if section.blocks),
        keywords=("children", "exploitation", "harm outside the home", release.area, release.period),
    )


def _picture(svg: bytes, caption: str) -> Picture:
    """A drawing of the release, with the description it carries as the words for people who do not see it."""
    found = _DESCRIPTION.search(svg)
    return Picture(svg, _unescaped(found[1].decode()) if found else caption, caption)


def _unescaped(text: str) -> str:
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#x27;", "'"), ("&amp;", "&")):
        text = text.replace(entity, character)
    return text


def _summary(release: Release, key: list[IndicatorText]) -> Section:
    count = len(release.agencies)
    about = (
        f"What {count} agencies together recorded about child exploitation and harm outside the home, in {period_title(release.period)}. "
        "It is made to open questions, not to judge: a higher number may be more harm, or more of it recognised."
    )
    measures = Measures(tuple(_measure(release, indicator) for indicator in key))
    return Section("summary", f"{_number_word(len(key))} measures", (Paragraph(about, lead=True), measures, Note(_coverage_note(release))))


def _number_word(count: int) -> str:
    words = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")
    return words[count] if count < len(words) else str(count)


def _measure(release: Release, indicator: IndicatorText) -> Measure:
    figure = release.series(indicator.id)[-1] if release.periods else None
    value, unit = value_and_unit(indicator, headline_of(figure, indicator))
    if indicator.per and figure is not None and isinstance(figure.count, Released):
        unit = f"{unit}: {figure.count} {indicator.unit}"
    return Measure(
        title=indicator.title,
        value=value,
        unit=unit,
        change=latest_change(release, indicator),
        coverage=coverage_words(release, indicator),
        shape=_picture(charts.sparkline(release, indicator.id), ""),
    )


def _coverage_note(release: Release) -> str:
    """Which agencies had sent everything due, and which not, in one paragraph."""
    late = [agency.name for agency in release.agencies if not agency.complete]
    provisional = [agency.name for agency in release.agencies if any(dataset.provisional for dataset in agency.datasets)]
    words = [f"{coverage_words(release).split(',')[0]} had sent everything due."]
    if late:
        words.append(f"Not complete: {joined(late)}.")
    if provisional:
        words.append(f"Provisional, because late returns usually change it: {joined(provisional)}.")
    words += [f"{sentence(each)} {COUNTS_TWICE}" for each in not_linked_at_all(release)]
    return " ".join([*words, release.rounding])


def _statements(statements: tuple[Statement, ...]) -> Bullets:
    return Bullets(tuple(sentence(statement.text) for statement in statements))


def _known_and_unknown(release: Release) -> Section:
    known = [f"{a.name} sent everything due for {period_title(release.period)}." for a in release.agencies if a.complete]
    known_words = [f"{len(known)} of {len(release.agencies)} agencies sent everything due."] if len(known) > 2 else known
    seen = release.flagged_by_none
    if isinstance(seen, Released):
        known_words.append(f"{seen} children are known to two or more agencies and flagged by none of them.")
    blocks: list[Block] = [Heading("What changed")]
    changes = tuple(each for each in release.changes if not each.page)
    blocks.append(_statements(changes) if changes else Paragraph("No change stands out from the quarter before."))
    blocks += [Heading("What we know"), Bullets(tuple(known_words)), Heading("What we do not know")]
    blocks.append(_statements(release.unknowns) if release.unknowns else Paragraph("Nothing is listed; that is not the same as nothing."))
    if release.questions:
        blocks += [Heading("Questions to ask together"), _statements(release.questions)]
    return Section("known-and-unknown", "What changed, what we know and what we do not", tuple(blocks))


def _indicators(release: Release, chosen: list[IndicatorText]) -> Section:
    blocks = [block for place, indicator in enumerate(chosen) for block in _indicator(release, indicator, new_page=place > 0)]
    return Section("key-measures", "The key measures", tuple(blocks), new_page=True)


def _behind(release: Release, chosen: list[IndicatorText]) -> Section:
    """Every other measure of the quarter, a line each, by the part of the framework it answers; and the questions that wait for data."""
    if not chosen:
        return Section("behind-them", "Behind them", ())
    known = {id for id, _ in release.domains}
    blocks: list[Block] = [
        Paragraph(
            "Every other measure of the quarter. Each has a page of its own, with its series, what it may mean and what to ask; "
            "a number without them says little.",
            lead=True,
        )
    ]
    for id, title in (*release.domains, ("", "Of this partnership" if known else "Further measures")):
        rows = tuple(_line(release, each) for each in chosen if (each.domain if each.domain in known else "") == id)
        if rows:
            blocks.append(DataTable(title, ("Measure", "Figure", INTERVAL, "How it changed", "Coverage"), rows))
    if release.waiting:
        blocks.append(Heading("Questions that wait for data"))
        blocks.append(Bullets(tuple(f"{each.title}: {'; '.join(each.waits_for)}" for each in release.waiting)))
    return Section("behind-them", "Behind them", tuple(blocks), new_page=True)


def _line(release: Release, indicator: IndicatorText) -> tuple[str, ...]:
    figure = release.series(indicator.id)[-1] if release.periods else None
    shown = headline_of(figure, indicator)
    said = f"{shown} {indicator.unit}" if isinstance(shown, Released) else str(shown)
    without = "a count" if isinstance(shown, Released) else said
    between = (interval_words(shown) or "not worked out") if isinstance(shown, Ratio | Median) else without
    return indicator.title, said, between, latest_change(release, indicator), coverage_words(release, indicator)


def _indicator(release: Release, indicator: IndicatorText, *, new_page: bool) -> Iterator[Block]:
    yield Heading(indicator.title, new_page=new_page)
    yield Paragraph(indicator.question, lead=True)
    yield Paragraph(f"Why we look at it: {sentence(indicator.purpose)}")
    yield _picture(charts.trend(release, indicator.id), f"{indicator.title}, by quarter")
    yield _trend_table(release, indicator)
    yield Heading("What it may mean", 4)
    yield Bullets(indicator.interpretations)
    yield Heading("Lines of inquiry", 4)
    yield Bullets(indicator.lines_of_inquiry)
    yield Note(f"Keep in mind: {sentence(indicator.caveat)} Coverage: {coverage_words(release, indicator)}.")


def _trend_table(release: Release, indicator: IndicatorText) -> DataTable:
    series = list(zip(release.periods, release.series(indicator.id), strict=True))
    provisional = is_provisional(release, indicator)
    rows: list[tuple[str, ...]] = []
    for period, figure in series:
        label = period_title(period) + (" (provisional)" if provisional and period == release.period else "")
        count = "no figure" if figure is None else str(figure.count)
        out_of = "no figure" if figure is None or figure.out_of is None else str(figure.out_of)
        leading = mark("", headline_of(figure, indicator)).text
        others = (out_of, leading) if indicator.per else (leading,) if indicator.is_median else ()
        is_reason = figure is not None and isinstance(figure.count, NotAvailable)
        linking = "no figure" if is_reason else linking_words(figure)
        if is_reason and all(other in (count, "no figure") for other in others):
            rows.append((label, count))
        else:
            rows.append((label, count, linking, *("no figure" if is_reason and other == count else other for other in others)))
    header: tuple[str, ...] = ("Quarter", indicator.unit.capitalize(), LINKING)
    if has_statistic(indicator):
        header = (*header, *(() if indicator.is_median else ("Out of",)), number_heading(indicator))
    of = f", out of {indicator.denominator.lower()}" if indicator.per and indicator.denominator else ""
    return DataTable(f"{indicator.title}{of}", header, tuple(rows))


def _agencies(release: Release) -> Section:
    agency_names = {agency.agency: agency.name for agency in release.agencies}
    blocks: list[Block] = [
        Paragraph(
            "How many children does each combination of agencies know? Children are counted once, in the agencies that know them.",
            lead=True,
        ),
        _picture(upset.agencies(release), "Children known to each agency, and to exactly each combination of agencies"),
    ]
    alone = [(agency_names.get(c.agencies[0], c.agencies[0]), str(c.children), linking_words(c)) for c in release.agency_sets]
    blocks.append(DataTable("Children known to each agency, whoever else knows them", ("Agency", "Children", LINKING), tuple(alone)))
    together = sorted(release.combinations, key=lambda c: (-upset.size_of(c.children), len(c.agencies), c.agencies))
    shown = [c for c in together if isinstance(c.children, Released)]
    rows = tuple((" + ".join(agency_names.get(code, code) for code in c.agencies), str(c.children), linking_words(c)) for c in shown)
    blocks.append(DataTable("Children known to exactly these agencies and to no other", ("Agencies", "Children", LINKING), rows))
    blocks.append(Note("Every combination that is not listed: 0 to 4 children, or withheld; which of the two is not told."))
    blocks += [Note(f"{sentence(each)} {COUNTS_TWICE}") for each in not_linked_at_all(release)]
    unseen = f"Children known to two or more agencies and flagged by none of them: {release.flagged_by_none}"
    left_open = range_words(release.flagged_by_none, release.flagged_range)
    unseen += f" ({LINKING.lower()}: {left_open})." if isinstance(release.flagged_by_none, Released) else "."
    blocks.append(Note(f"{unseen} What would each agency need to know to see the same child?"))
    return Section("agencies", "Agencies together", tuple(blocks), new_page=True)


def mapped_indicator(release: Release) -> IndicatorText | None:
    """The indicator that the report maps: the first by ward, key ones first."""
    by_ward = [indicator for indicator in release.indicators if "ward" in indicator.breakdowns]
    return next(iter(sorted(by_ward, key=lambda indicator: not indicator.key)), None)


def _places(shown: ByArea) -> Section:
    release, indicator = shown.release, mapped_indicator(shown.release)
    if indicator is None:
        return Section("places", "Places", ())
    blocks: list[Block] = [
        Paragraph(
            "Wards are where children live, as far as addresses are known: not where harm happens, and not who causes it. "
            "A ward with a higher figure may be one where children are seen sooner."
        )
    ]
    if shown.note:
        blocks.append(Note(shown.note))
    if shown.outlines:
        drawing = maps.ward_map(release, indicator.id, shown.outlines, by=shown.by)
        blocks.append(_picture(drawing, f"{indicator.title}, {period_title(release.period)}, by {shown.by}"))
    rows = tuple((each.label, each.text) for each in breakdown_marks(release, indicator, shown.by))
    caption = f"{indicator.title} by {shown.by}, {period_title(release.period)}"
    blocks.append(DataTable(caption, (shown.by.capitalize(), measured_in(indicator)), rows))
    return Section("places", "Places", tuple(blocks), new_page=True)


def _analyses(release: Release) -> Section:
    """What each analysis found, in its own sentences; its tables and charts have a page of their own."""
    told = [analysis for analysis in release.analyses if analysis.found]
    blocks: list[Block] = []
    if told:
        blocks.append(
            Paragraph("Twelve months, from the records of all agencies laid side by side. Each sentence is a question to ask.", lead=True)
        )
    for analysis in told:
        lacking = dict.fromkeys(gap for table in analysis.tables for gap in gaps_of_table(release, table))
        caveat = Note(" ".join([f"Keep in mind: {sentence(analysis.caveat)}", *(f"Not complete: {sentence(gap)}" for gap in lacking)]))
        blocks += [Heading(analysis.title), Paragraph(analysis.question), Bullets(analysis.found), caveat]
    return Section("analyses", "What the records tell together", tuple(blocks), new_page=True)


def _how_made(release: Release) -> Section:
    datasets = tuple(
        (
            f"{agency.name}: {dataset.title}",
            f"{dataset.returns_received} of {dataset.returns_expected}",
            day_in_words(dataset.latest_period_end) if dataset.latest_period_end else "nothing received",
            "yes" if dataset.provisional else "no",
        )
        for agency in release.agencies
        for dataset in agency.datasets
    )
    definitions = tuple(
        (i.title, sentence(i.numerator), sentence(i.denominator) if i.denominator else "A count") for i in release.indicators
    )
    blocks: list[Block] = [
        Heading("How figures are made safe"),
        Paragraph(
            f"{sentence(release.rounding)} Every figure here has passed that rule; no page or report can reach the numbers behind it."
        ),
        Bullets(
            (
                "“0 to 4” is shown alike for none and for a few, so that no child can be recognised.",
                "“withheld” means that a figure exists and is not shown, for the same reason. It does not mean none.",
                "Other words in place of a number (“no return received”, “not collected”) mean that there is no figure; again not none.",
                "Percentages and rates are made from the rounded parts that are shown.",
                "“Higher” and “lower” are said only where chance and rounding do not explain a difference: the interval of the comparison, "
                "in brackets, leaves out 1. Anything else is “no clear difference”. None of the three is good or bad.",
                "A 95% interval is how far a figure could lie from what is shown if the same children had been met by chance once more.",
            )
        ),
        Heading("What was received"),
        DataTable("Returns behind this release", ("Agency and dataset", "Returns", "Reaches to", "Provisional"), datasets),
        Heading("What is counted"),
        DataTable("Definitions", ("Measure", "Counts", "Out of"), definitions, numbers_from=3),
    ]
    if release.quality:
        agency_names = {agency.agency: agency.name for agency in release.agencies}
        titles = {(agency.agency, dataset.dataset): dataset.title for agency in release.agencies for dataset in agency.datasets}
        lines = tuple(
            (f"{agency_names.get(q.agency, q.agency)}: {titles.get((q.agency, q.dataset), q.dataset)}", q.text, str(q.rows))
            for q in release.quality
        )
        blocks += [Heading("Quality of what was received"), DataTable("Findings", ("Return", "Finding", "Rows"), lines, numbers_from=2)]
    methods = tuple((name.replace("_", " ").capitalize(), version) for name, version in sorted(release.methods.items()))
    versions = (
        ("Release", f"{release.number}, made {day_in_words(release.created_at)}"),
        ("Generation", f"{release.generation}, published {day_in_words(release.generation_published_at)}"),
        ("Made for", f"{release.tier} readers"),
        *methods,
    )
    blocks += [Heading("Release, generation and methods"), DataTable("Versions", ("What", "Version"), versions, numbers_from=2)]
    return Section("how-made", "How these figures are made", tuple(blocks), new_page=True)


def _figures_by_group(release: Release) -> Section:
    """Every breakdown of the key measures in the headline period, as tables: the detail behind, for those who ask."""
    blocks: list[Block] = []
    for indicator in (each for each in release.indicators if each.key):
        breakdowns = [b for b in indicator.breakdowns if b != "all" and release.breakdown(indicator.id, b)]
        if not breakdowns:
            continue
        blocks += [Heading(indicator.title), Paragraph(f"{measured_in(indicator)}.")]
        per = number_heading(indicator) if has_statistic(indicator) else "Number"
        for breakdown in breakdowns:
            by = breakdown_title(release, breakdown)
            rows = tuple((each.label, each.text) for each in breakdown_marks(release, indicator, breakdown))
            blocks.append(DataTable(f"{indicator.title} by {by.lower()}", (by, per), rows))
    title = f"Key measures by group, {period_title(release.period)}"
    return Section("figures-by-group", title, tuple(blocks), new_page=True, columns=2)
