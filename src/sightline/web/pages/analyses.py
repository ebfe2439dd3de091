"""The pages of the analyses: who refers, flags compared, journeys and the others. One view and one template for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from django.http import Http404, HttpRequest, HttpResponse

from sightline.model.analyses import Analysis, FlagDefinition
from sightline.model.periods import Quarter
from sightline.model.releases import Release
from sightline.publish.exports import CONTENT_TYPES, analysis_file
from sightline.publish.gaps import COUNTS_TWICE, why_missing, why_not_linked
from sightline.web import words
from sightline.web.analysis_tables import Grid, missing_everywhere, not_linked_everywhere, view_of
from sightline.web.downloads import download, downloads, release_of
from sightline.web.page import current_release, home, release_page
from sightline.web.statements import changes_on

NOT_SAID = "not said"
FEW_TABLES = 2
"""With more, a page begins with its contents, and tables after the first of each analysis are folded: they open one by one, or in print."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a page of analyses is called, where it is, and the sentence it opens with."""

    title: str
    address: str
    lede: str


PAGES = {
    "sources": Words("Who refers", "sources", "Through whom do children come to notice, and from whom do we hear little or nothing?"),
    "flags": Words(
        "Flags compared", "flags", "Each agency marks a concern by a rule of its own. Where do the marks meet, and where do they not?"
    ),
    "journeys": Words(
        "Journeys", "journeys", "From a first sign to help and what follows: by which way, how long it takes, and where it stops."
    ),
    "missing": Words(
        "Missing episodes", "missing", "When children are not where they should be safe: each episode counted once, whoever recorded it."
    ),
    "needs": Words(
        "Needs and what came before",
        "needs",
        "What had already happened in children’s lives, as far as records tell. It is never added up into a score for a child.",
    ),
    "people_who_cause_harm": Words(
        "People who cause harm",
        "people-who-cause-harm",
        "Harm lies with those who cause it. What is known of them together, and what is done?",
    ),
    "screening": Words(
        "Screening tools",
        "screening",
        "How what is written on a tool relates to the judgement made afterwards. A tool supports judgement; it does not replace it.",
    ),
    "reach": Words(
        "Who is not reached",
        "reach",
        "Children known to be exploited, children thought to be, and all children who live here: who is missing from the first two groups?",
    ),
    "voice": Words(
        "What young people say",
        "voice",
        "Young people know their places best. Where do they feel safe, and where not, in their own answers?",
    ),
}
"""By the page that an analysis names."""


@dataclass(frozen=True, slots=True)
class Section:
    """One analysis as the page shows it."""

    of: Analysis
    tables: list[object]
    definitions: list[Grid]
    missing: list[str]
    not_linked: list[str]
    downloads: list[tuple[str, str]]


def analyses(request: HttpRequest, page: str) -> HttpResponse:
    """One page of analyses."""
    return release_page(
        request,
        "pages/analyses.html",
        title=PAGES[page].title,
        release=current_release(),
        crumbs=[home()],
        section=page,
        content=partial(_content, page),
    )


def _content(page: str, release: Release) -> dict[str, object]:
    sections = [_section(release, each, page) for each in release.analyses_of(page)]
    return {
        "lede": PAGES[page].lede,
        "until": Quarter.parse(release.period).end.isoformat(),
        "changes": changes_on(release, page),
        "sections": sections,
        "counts_twice": COUNTS_TWICE,
        "is_long": sum(len(each.tables) for each in sections) > FEW_TABLES,
    }


def _section(release: Release, analysis: Analysis, page: str) -> Section:
    missing, not_linked = missing_everywhere(analysis), not_linked_everywhere(analysis)
    return Section(
        of=analysis,
        tables=[view_of(release, analysis, table, said_above=missing, not_linked_above=not_linked) for table in analysis.tables],
        definitions=_definitions(analysis.definitions),
        missing=[why_missing(release, agency) for agency in missing],
        not_linked=why_not_linked(release, not_linked),
        downloads=downloads(f"{page}_file", release, analysis.id),
    )


def _definitions(flags: tuple[FlagDefinition, ...]) -> list[Grid]:
    """The rules of the flags side by side: a row for each flag, a column for each part of its rule. The same rule stands once."""
    if not flags:
        return []
    rules = [[_named(flag), flag.threshold, flag.applied_by, flag.applied_when, words.duration(flag.review), flag.ends] for flag in flags]
    reach = [
        [_named(flag), words.spaced(flag.certainty), _forms(flag), flag.ages, _in_force(flag), flag.gaps, flag.caveat] for flag in flags
    ]
    return [
        Grid(
            "By which rule each agency sets a flag, looks at it again and ends it",
            ["Agency and flag", "Threshold", "Who applies it", "When", "Looked at again", "Ends when"],
            _once(rules),
        ),
        Grid(
            "What each flag tells of, and what it leaves out",
            ["Agency and flag", "Certainty", "Tells of", "Ages", "In force", "Gaps", "Caveat"],
            _once(reach),
        ),
    ]


def _once(rows: list[list[str]]) -> list[list[object]]:
    """Each row once, with what it leaves out said to be left out: several datasets of an agency may share a flag and its rule."""
    return [[cell or NOT_SAID for cell in row] for row in dict.fromkeys(map(tuple, rows))]


def _named(flag: FlagDefinition) -> str:
    return f"{flag.agency_name}: {flag.title}"


def _forms(flag: FlagDefinition) -> str:
    return ", ".join(map(words.spaced, flag.exploitation_type))


def _in_force(flag: FlagDefinition) -> str:
    since = f"since {words.day(flag.in_force_from)}" if flag.in_force_from else ""
    until = f"until {words.day(flag.in_force_to)}" if flag.in_force_to else ""
    return " ".join(part for part in (since, until) if part)


def analysis_tables_file(request: HttpRequest, page: str, number: int, id: str, kind: str) -> HttpResponse:
    """The tables of one analysis of one release, as a file."""
    release = release_of(number)
    found = next((each for each in release.analyses_of(page) if each.id == id), None)
    if found is None or kind not in CONTENT_TYPES:
        raise Http404("There is no such file.")
    return download(analysis_file(release, found, kind), kind, f"{id}-release-{number}")
