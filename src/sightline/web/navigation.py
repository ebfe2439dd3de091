"""The pages in the groups in which people look for them: the menu, the pages beside the present one, and the list of all at the foot.

No script is needed: a group of the menu leads to its first page, and the pages of a group stand in a row under the menu.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from django.urls import reverse

from sightline.web.permissions import may_see


@dataclass(frozen=True, slots=True)
class Entry:
    """A page by its name among the addresses, and its words in a menu."""

    page: str
    words: str


@dataclass(frozen=True, slots=True)
class Group:
    """Pages that answer questions of one kind."""

    words: str
    entries: tuple[Entry, ...]


GROUPS = (
    Group("Overview", (Entry("overview", "Overview"),)),
    Group("Indicators", (Entry("indicators", "Indicators"),)),
    Group(
        "Coming to notice",
        (
            Entry("agencies", "Agencies together"),
            Entry("sources", "Who refers"),
            Entry("flags", "Flags compared"),
            Entry("screening", "Screening tools"),
            Entry("reach", "Who is not reached"),
            Entry("voice", "What young people say"),
        ),
    ),
    Group(
        "What happens next",
        (Entry("journeys", "Journeys"), Entry("missing", "Missing episodes"), Entry("needs", "Needs and what came before")),
    ),
    Group("Harm and places", (Entry("people_who_cause_harm", "People who cause harm"), Entry("places", "Places"))),
    Group(
        "Returns and quality",
        (
            Entry("returns", "Returns"),
            Entry("quality", "Quality over time"),
            Entry("uses", "What came of returns"),
            Entry("definitions", "What the words mean"),
            Entry("links", "How records were linked"),
            Entry("link_reviews", "Review of links"),
        ),
    ),
    Group(
        "Governance",
        (
            Entry("releases", "Releases"),
            Entry("agreements", "Agreements"),
            Entry("can_share", "Can I share this?"),
            Entry("processing", "Record of processing"),
            Entry("outputs", "Outputs"),
            Entry("erasures", "Erasing"),
            Entry("subject_access", "Subject access requests"),
            Entry("quarantine", "Quarantine"),
            Entry("audit", "Who read and did what"),
            Entry("break_glass", "In an emergency"),
            Entry("break_glass_reviews", "Emergencies to review"),
            Entry("not_disclosed", "What is not disclosed"),
            Entry("incidents", "Incidents"),
            Entry("complaints", "Complaints"),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a menu: ``current`` where it is this page, ``active`` where this page lies within."""

    words: str
    address: str
    current: bool
    active: bool


@cache
def addresses() -> dict[str, str]:
    """The pages of the menus by their addresses."""
    return {reverse(entry.page): entry.page for group in GROUPS for entry in group.entries}


def menu(role: str | None, path: str, section: str | None) -> list[Link]:
    """The groups of which somebody with that role may see a page, each leading to the first such page."""
    return [
        Link(group.words, reverse(seen[0].page), reverse(seen[0].page) == path, _holds(group, section))
        for group in GROUPS
        if (seen := _seen(group, role))
    ]


def beside(role: str | None, path: str, section: str | None) -> list[Link]:
    """The pages of the group that the present page belongs to; none where it would be this page alone."""
    seen = [entry for group in GROUPS if _holds(group, section) for entry in _seen(group, role)]
    links = [Link(entry.words, reverse(entry.page), reverse(entry.page) == path, entry.page == section) for entry in seen]
    return links if len(links) > 1 else []


def everything(role: str | None) -> list[tuple[str, list[Link]]]:
    """Every page somebody with that role may see, by group; groups of one page together come first, without a name."""
    found: list[tuple[str, list[Link]]] = []
    single: list[Link] = []
    for group in GROUPS:
        links = [Link(entry.words, reverse(entry.page), current=False, active=False) for entry in _seen(group, role)]
        if len(group.entries) == 1:
            single += links
        elif links:
            found.append((group.words, links))
    return [("", single), *found] if single else found


def _seen(group: Group, role: str | None) -> list[Entry]:
    return [entry for entry in group.entries if may_see(role, entry.page)]


def _holds(group: Group, section: str | None) -> bool:
    return any(entry.page == section for entry in group.entries)
