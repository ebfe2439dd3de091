"""The public profile as a document: what assessments name, who refers, what changed, and what such figures cannot say."""

from __future__ import annotations

from sightline.model.figures import NotAvailable
from sightline.publish.compare_charts import Beside, beside_chart, years_chart
from sightline.publish.document import Block, Bullets, DataTable, Document, Heading, Measure, Measures, Note, Paragraph, Picture, Section
from sightline.publish.profile import HIGHER, LOWER, MeasureProfile, Profile, YearFigure, population_year
from sightline.publish.profile_words import beside, change_table, latest_table, number, per_words, short, value_of, with_range, years_table
from sightline.publish.series import Mark
from sightline.publish.words import joined, sentence

NO_SOURCE = "source_unknown"
SUPPRESSED = "“suppressed” in a table means suppressed by the publisher for confidentiality. It does not mean none."
_PER_CHILDREN = "Rate for each 10,000 children who live there"


def key_lines(profile: Profile) -> list[str]:
    """The five factors of the last year in one line each, for a terminal."""
    assessed = profile.measure("assessments_rate").latest.count
    lines = [f"Assessment episodes with a factor recorded: {assessed}"]
    for each in profile.group("exploitation"):
        lines.append(f"{each.measure.title}: {each.latest.count}; {_rate_line(each)}; {beside(each.beside_england, 'England')}")
    return lines


def _rate_line(each: MeasureProfile) -> str:
    rate = each.latest.rate
    return f"rate {rate.reason}" if isinstance(rate, NotAvailable) else f"{with_range(rate)} {per_words(each)}"


def profile_report(profile: Profile) -> Document:
    """Put a profile in the order in which people ask."""
    year = profile.latest_year
    return Document(
        title=f"{profile.area.name}: public profile {year}",
        subtitle="Child exploitation and harm outside the home, in figures that anybody may read",
        made_at=f"{year}-03-31T00:00:00+00:00",
        source=f"{profile.area.name}: Department for Education, Children in need {year}; ONS. Open Government Licence v3.0.",
        sections=(
            _summary(profile),
            _exploitation(profile),
            _sources(profile),
            _referrals(profile),
            _need_and_plans(profile),
            _changed(profile),
            _cannot_say(profile),
            _how_made(profile),
            _all_years(profile),
        ),
        keywords=("children", "exploitation", "public profile", profile.area.name),
    )


def _summary(profile: Profile) -> Section:
    area, year = profile.area, profile.latest_year
    assessed = profile.measure("assessments_rate").latest
    lead = (
        f"What assessments in {area.name} ({area.region}) named in the year to 31 March {year}, beside the region and England. "
        "It opens questions and judges nobody: a higher number may be more harm, or more of it recognised."
    )
    blocks: list[Block] = [Paragraph(lead, lead=True)]
    if year < profile.last_published_year:
        blocks.append(Note(f"The published tables have no figures for {area.name} after {year}."))
    blocks.append(Measures(tuple(_card(profile, each) for each in profile.group("exploitation"))))
    assessments = f"{assessed.count} assessment episodes with a factor recorded"
    blocks.append(
        Note(f"{assessments}. Factors are counted for each assessment, not for each child; one may name several, so they do not add up.")
    )
    blocks += [Heading("Questions these figures open"), Bullets(tuple(_questions(profile)))]
    return Section("summary", f"What assessments named in {year}", tuple(blocks))


def _card(profile: Profile, each: MeasureProfile) -> Measure:
    counted = str(each.latest.count)
    unit = "assessments" if not isinstance(each.latest.count, NotAvailable) else ""
    rate = "" if isinstance(each.latest.rate, NotAvailable) else f"; {with_range(each.latest.rate)} per 10,000 children"
    return Measure(
        title=each.measure.title,
        value=counted,
        unit=f"{unit}{rate}" or "no figure is published",
        change=sentence(beside(each.beside_england, "England")),
        coverage=sentence(beside(each.since_last_year, f"{each.latest.year - 1}")),
    )


def _questions(profile: Profile) -> list[str]:
    """Neutral questions that follow from clear differences, and the ones that always apply."""
    questions = []
    for each in profile.group("exploitation"):
        if each.beside_england.words == LOWER:
            questions.append(
                f"{each.measure.title} is named less often than in England. Is there less of it, or is it seen, named and recorded less?"
            )
        elif each.beside_england.words == HIGHER:
            questions.append(f"{each.measure.title} is named more often than in England. Is there more of it, or is it recognised sooner?")
    low = [each.measure.title for each in _low_sources(profile)]
    if low:
        questions.append(f"A smaller share of referrals than in England comes from: {joined(low)}. Where do their worries go instead?")
    hidden = [each.measure.title for each in profile.group("exploitation") if isinstance(each.latest.count, NotAvailable)]
    if hidden:
        questions.append(f"No figure is published for {joined(hidden)}. What do your own records say?")
    questions.append("What do children and families say that no assessment recorded?")
    return questions


def _low_sources(profile: Profile) -> list[MeasureProfile]:
    """Sources with a smaller share than in England; a source that was not recorded is none."""
    return [each for each in profile.group("sources") if each.beside_england.words == LOWER and each.measure.id != NO_SOURCE]


def _row(each: MeasureProfile) -> Beside:
    def plain_value(figure: YearFigure) -> float | None:
        return None if isinstance(figure.rate, NotAvailable) else figure.rate.value

    region, england = plain_value(each.region[-1]), plain_value(each.england[-1])
    rate = each.latest.rate
    if isinstance(rate, NotAvailable):
        return Beside(each.measure.title, None, 0.0, 0.0, short(rate.reason), region, england)
    return Beside(each.measure.title, rate.value, rate.lower, rate.upper, number(rate.value, rate.per), region, england)


def _beside_picture(profile: Profile, name: str, title: str, heading: str, measures: list[MeasureProfile]) -> Picture:
    rows = [_row(each) for each in measures]
    unit = "%" if measures and measures[0].measure.per == 100 else ""
    svg = beside_chart(name=name, title=title, heading=heading, area=profile.area.name, region=profile.area.region, rows=rows, unit=unit)
    words = "; ".join(
        f"{each.measure.title}: {with_range(each.latest.rate)}, "
        f"{profile.area.region} {value_of(each.region[-1].rate)}, England {value_of(each.england[-1].rate)}"
        for each in measures
    )
    return Picture(svg, f"{title}. {words}.", f"{title}. The line through a point is its 95% range.")


def _mark(figure: YearFigure) -> Mark:
    rate = figure.rate
    if isinstance(rate, NotAvailable):
        return Mark(str(figure.year), None, short(rate.reason))
    return Mark(str(figure.year), rate.value, number(rate.value, rate.per))


def _years_picture(profile: Profile, each: MeasureProfile) -> Picture:
    heading = "For each 10,000 children" if each.measure.per != 100 else "Per cent"
    own = [_mark(figure) for figure in each.here]
    lines = [
        (profile.area.name, own),
        (profile.area.region, [_mark(figure) for figure in each.region]),
        ("England", [_mark(figure) for figure in each.england]),
    ]
    years = [str(figure.year) for figure in each.here]
    title = f"{each.measure.title} by year"
    svg = years_chart(name=f"years-{each.measure.id}", title=title, heading=heading, years=years, lines=lines)
    words = "; ".join(f"{label}: " + ", ".join(f"{m.label} {m.text}" for m in marks) for label, marks in lines)
    return Picture(svg, f"{title}, {heading.lower()}. {words}.", f"{title}, year to 31 March")


def _exploitation(profile: Profile) -> Section:
    rates, shares = profile.group("exploitation"), profile.group("exploitation_shares")
    year = profile.latest_year
    blocks: list[Block] = [
        _beside_picture(profile, "beside-exploitation", f"Factors named in assessments, {year}", _PER_CHILDREN, rates),
        latest_table(profile, f"Assessments naming each factor, for each 10,000 children, {year}", rates),
        latest_table(profile, f"The same as a share of assessments with a factor recorded, {year}", shares),
        Note(f"{SUPPRESSED} Child criminal exploitation was first collected in 2022, when some authorities were not yet recording it."),
        Heading("What it may mean"),
        Bullets(
            (
                "More children are being exploited here, or fewer.",
                "The same harm is recognised sooner or later, by different people, or given another name.",
                "Practice in ticking factors at the end of an assessment differs or changed.",
                "More or fewer assessments are made: compare both tables.",
            )
        ),
        Heading("Lines of inquiry"),
        Bullets(
            (
                "Read twenty closed assessments of children who went missing: which of them name exploitation, and which could have?",
                "Ask police, youth justice, schools and voluntary organisations which worries they hold that never led to an assessment.",
            )
        ),
    ]
    for each in rates:
        blocks += [Heading(f"{each.measure.title} over the years"), _years_picture(profile, each)]
    return Section("exploitation", "Exploitation and missing, as assessments name them", tuple(blocks), new_page=True)


def _sources(profile: Profile) -> Section:
    measures, year = profile.group("sources"), profile.latest_year
    low = _low_sources(profile)
    unknown = [each for each in measures if isinstance(each.latest.rate, NotAvailable)]
    blocks: list[Block] = [
        Paragraph("Who tells children's social care about a child, as a share of all referrals in the year.", lead=True),
        _beside_picture(profile, "beside-sources", f"Referrals by source, {year}", "Per cent of referrals", measures),
        latest_table(profile, f"Referrals by source, {year}", measures),
        Heading("Sources with a smaller share than in England"),
    ]
    if low:
        rows = tuple((each.measure.title, value_of(each.latest.rate), value_of(each.england[-1].rate), _times(each)) for each in low)
        caption = "Shares that are lower than England's by more than chance explains"
        blocks.append(DataTable(caption, ("Source", profile.area.name, "England", "Ratio and 95% range"), rows))
    else:
        blocks.append(Paragraph("No source has a share that is lower than England's by more than chance explains."))
    if unknown:
        reasons = "; ".join(f"{each.measure.title}: {_reason(each)}" for each in unknown)
        blocks.append(Note(f"Cannot be compared. {reasons}. This is not the same as none."))
    blocks += [
        Heading("What it may mean"),
        Bullets(
            (
                "A service sees fewer children it worries about, or worries and does not refer.",
                "It refers elsewhere first, for example to early help.",
                "Another source refers much more, which makes every other share smaller.",
                "The source is recorded under another name.",
            )
        ),
        Heading("Lines of inquiry"),
        Bullets(("Ask each source with a small share what it does with a worry, and what happened the last time it referred.",)),
    ]
    return Section("sources", "Who refers", tuple(blocks), new_page=True)


def _reason(each: MeasureProfile) -> str:
    return each.latest.rate.reason if isinstance(each.latest.rate, NotAvailable) else ""


def _times(each: MeasureProfile) -> str:
    ratio = each.beside_england.ratio
    return each.beside_england.words if ratio is None else f"{ratio.ratio:.2f} ({ratio.lower:.2f} to {ratio.upper:.2f})"


def _referrals(profile: Profile) -> Section:
    measures, year = profile.group("referrals"), profile.latest_year
    blocks: list[Block] = [
        Paragraph("How many referrals there are, and what comes of them: first for each 10,000 children, then as shares of referrals."),
        latest_table(profile, f"Referrals, {year}", measures),
        _years_picture(profile, profile.measure("referrals_rate")),
        _years_picture(profile, profile.measure("referrals_again")),
        Heading("What it may mean"),
        Bullets(
            (
                "A second referral may mean that the first response did not help, or that somebody trusted it enough to come back.",
                "Many referrals without further action may mean a low threshold for telling, or a high one for acting.",
            )
        ),
    ]
    return Section("referrals", "Referrals and what comes of them", tuple(blocks), new_page=True)


def _need_and_plans(profile: Profile) -> Section:
    year = profile.latest_year
    whole = [*profile.group("need"), *profile.group("plans"), *profile.group("assessments")]
    blocks: list[Block] = [
        latest_table(profile, f"Children in need, plans and assessments, for each 10,000 children, {year}", whole),
        latest_table(profile, f"Primary need of children in need at 31 March, {year}", profile.group("primary_need")),
        Note(
            "Harm outside the home has no primary need of its own: it may stand under abuse or neglect, "
            "under the publisher's “socially unacceptable behaviour”, or elsewhere."
        ),
    ]
    return Section("need-and-plans", "Children in need and child protection plans", tuple(blocks), new_page=True)


def _changed(profile: Profile) -> Section:
    year = profile.latest_year
    rates = [*profile.group("exploitation"), *profile.group("assessments"), *profile.group("referrals")]
    clear = [each for each in profile.measures if each.since_last_year.differs and each.measure.group != "exploitation_shares"]
    words = tuple(
        f"{each.measure.title}: {each.since_last_year.words}, "
        f"{value_of(each.latest.rate)} after {value_of(each.here[-2].rate)} ({per_words(each)})."
        for each in clear
    )
    blocks: list[Block] = [
        Paragraph(f"The year to 31 March {year} beside the year before. “No clear difference”: chance alone could have made it.")
    ]
    blocks += [Bullets(words)] if words else [Paragraph("Nothing changed by more than chance explains.")]
    blocks += [
        change_table("Factors, assessments and referrals: this year and the year before", rates),
        change_table("Sources of referral: this year and the year before", profile.group("sources")),
    ]
    return Section("changed", "What changed", tuple(blocks), new_page=True)


def _cannot_say(profile: Profile) -> Section:
    gaps = [each for each in profile.group("exploitation") if isinstance(each.latest.rate, NotAvailable)]
    items = [
        "How many children were exploited. A child may have several assessments, and children who were never assessed are in none.",
        "How many children in all: one assessment may name several factors, so they overlap and must not be added.",
        "What police, schools, health, youth justice, housing or voluntary organisations know, unless it led to an assessment.",
        "Where harm happens, who causes it, or how children came to be there.",
        "Anything by age, sex or ethnicity: the tables for single authorities do not hold it for these factors.",
        "Child criminal exploitation before the year to March 2022: it was not collected. That is not the same as none.",
        "Why two figures differ. The words lower and higher are about the numbers, and a number may be low because nobody looked.",
    ]
    items += [f"{each.measure.title} in {profile.latest_year}: {_reason(each)}." for each in gaps]
    return Section("cannot-say", "What these figures cannot say", (Bullets(tuple(items)),), new_page=True)


def _how_made(profile: Profile) -> Section:
    year = profile.latest_year
    tables = tuple((t.title, t.publication, t.file, f"{t.years[0]} to {t.years[-1]}") for t in profile.tables)
    symbols = tuple((symbol, meaning) for symbol, meaning in profile.symbols.items())
    blocks: list[Block] = [
        Bullets(
            (
                f"Rates for a year to 31 March use the population of the middle of the year before, as the publisher does: "
                f"mid-{population_year(year)} for {year}.",
                "Ranges are 95%: Wilson's for shares; for rates exact below ten and Byar's from ten. They answer for chance only.",
                "“Lower” and “higher” mean that the 95% range of the ratio of both rates leaves out 1. "
                "Of twenty comparisons where nothing differs, about one will still say so.",
                "England includes the area itself. The publisher rounds figures for England and regions to 10.",
                "Figures are shown as published: the Department for Education has already suppressed what might point to a child.",
                SUPPRESSED,
                f"Assessments completed in England in {year}: {profile.england_assessments}.",
            )
        ),
        DataTable("Tables used", ("Table", "Publication", "File", "Years"), tables, numbers_from=4),
        DataTable("Symbols in the tables, and the words shown here", ("Symbol", "Meaning"), symbols, numbers_from=2),
        Paragraph(
            "Contains public sector information licensed under the Open Government Licence v3.0. "
            "Sources: Department for Education; Office for National Statistics."
        ),
    ]
    return Section("how-made", "How this profile is made", tuple(blocks), new_page=True)


def _all_years(profile: Profile) -> Section:
    groups = ("exploitation", "exploitation_shares", "assessments", "referrals", "sources", "need", "plans")
    tables = tuple(years_table(profile, each) for group in groups for each in profile.group(group))
    return Section("all-years", "Every year", tables, new_page=True)
