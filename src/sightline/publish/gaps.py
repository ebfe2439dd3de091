"""What a figure lacks, as people read it: agencies that are not in it, and agencies whose records are in it but linked with nobody else's.

Said in the same words on pages, in reports and in every file, so that no number travels without it.
"""

from __future__ import annotations

from collections.abc import Collection

from sightline.model.analyses import AnalysisTable
from sightline.model.releases import NOT_AGREED, NOT_LINKED, Release
from sightline.publish.words import day_in_words, joined, named

NOT_TOLD = "not told by this release"
"""Of releases made before it was kept: that is not the same as nothing missing."""
COUNTS_TWICE = "Whoever its records tell of counts once more, and as known to no other agency."


def gaps_of_figure(release: Release, indicator: str, period: str) -> list[str]:
    """Each agency that an indicator's figures of a quarter lack, or have without links, with the reason."""
    found = release.coverage_of(indicator, period)
    if found is None:
        return [NOT_TOLD]
    names = {each.agency: each.name for each in release.agencies}
    missing = [f"{names.get(agency, agency)}: {reason}" for agency, reason in found.missing]
    return [*missing, *why_not_linked(release, found.not_linked)]


def gaps_of_table(release: Release, table: AnalysisTable) -> list[str]:
    """The same of a table of an analysis."""
    return [*(why_missing(release, agency) for agency in table.agencies_missing), *why_not_linked(release, table.agencies_not_linked)]


def why_missing(release: Release, agency: str) -> str:
    """An agency whose return for the headline quarter is not in, and how far its returns reach: "Housing, to 31 December 2025"."""
    for each in release.agencies:
        if each.agency == agency:
            reached = max((dataset.latest_period_end or "" for dataset in each.datasets), default="")
            if reason := release.gap(agency, NOT_AGREED):
                return f"{each.name} ({reason})"
            if each.mode == "aggregate_only":
                return f"{each.name}, which shares totals only"
            return f"{each.name}, whose returns reach to {day_in_words(reached)}" if reached else f"{each.name}, which has sent nothing"
    return agency.replace("_", " ")


def not_whole(release: Release, indicator: str, period: str) -> str:
    """For readers who know no keys and agreements: whose records figures of a quarter lack, or have without links, by name alone."""
    found = release.coverage_of(indicator, period)
    missing, unlinked = (named(release, dict(found.missing)), named(release, found.not_linked)) if found else ([], [])
    said = [f"Not in these numbers: {joined(missing)}." if missing else ""]
    said.append(f"Not linked with the records of others: {joined(unlinked)}. {COUNTS_TWICE}" if unlinked else "")
    return " ".join(filter(None, said))


def not_agreed_at_all(release: Release) -> list[str]:
    """Agencies whose records, or some of them, are in no figure of a release because no agreement lets them be used."""
    return [why_missing(release, agency) for agency in dict.fromkeys(each.agency for each in release.gaps if each.kind == NOT_AGREED)]


def not_linked_at_all(release: Release) -> list[str]:
    """Agencies whose records, or some of them, are linked with nobody else's in a release."""
    return why_not_linked(release, list(dict.fromkeys(each.agency for each in release.gaps if each.kind == NOT_LINKED)))


def why_not_linked(release: Release, agencies: Collection[str]) -> list[str]:
    """Agencies whose records are linked with nobody else's, each with the reason."""
    known = {each.agency: each.name for each in release.agencies}
    return [f"{known.get(agency, agency)}: {release.gap(agency, NOT_LINKED) or 'not linked'}" for agency in agencies]
