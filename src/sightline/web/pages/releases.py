"""The list of releases, and what one of them rests on."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from sightline.app.releases import ReleaseListing
from sightline.model.releases import DatasetCoverage, Release
from sightline.publish.exports import CONTENT_TYPES, all_figures_file
from sightline.web import words
from sightline.web.downloads import download, downloads, release_of
from sightline.web.page import current_release, home, page
from sightline.web.permissions import may_see, role_of
from sightline.web.release_source import source


def releases(request: HttpRequest) -> HttpResponse:
    """Every release, newest first."""
    current = current_release()
    lines = [(each, standing(each, current)) for each in source().all()]
    return page(request, "pages/releases.html", title="Releases", release=current, crumbs=[home()], section="releases", releases=lines)


def standing(listing: ReleaseListing, current: Release | None) -> str:
    """How a release stands among the others, in a word or two."""
    if listing.withdrawn_at:
        return f"withdrawn on {words.day(listing.withdrawn_at.isoformat())}"
    return "current" if current and listing.number == current.number else "earlier"


def release(request: HttpRequest, number: int) -> HttpResponse:
    """One release: generation, methods, coverage, the key measures as they were, and what it does not know."""
    this = source().numbered(number)
    if this is None:
        raise Http404("There is no such release.")
    listing = next((each for each in source().all() if each.number == number), None)
    return page(
        request,
        "pages/release.html",
        title=f"Release {number}",
        release=current_release(),
        crumbs=[home(), ("Releases", reverse("releases"))],
        section="releases",
        this=this,
        withdrawn_on=listing.withdrawn_at.isoformat() if listing and listing.withdrawn_at else None,
        erased_on=listing.erased_at.isoformat() if listing and listing.erased_at else None,
        files=_files(this, role_of(request)),
        summary=_summary(this),
        figures=key_figures(this),
        coverage=[
            [agency.name, dataset.title, _reach(dataset), f"{dataset.returns_received} of {dataset.returns_expected}", _standing(dataset)]
            for agency in this.agencies
            for dataset in agency.datasets
        ],
    )


def _files(release: Release, role: str | None) -> dict[str, object]:
    """Where every file of a release is, of those that somebody with the role may take along."""
    return {
        "everything": [(kind.upper(), reverse("release_file", kwargs={"number": release.number, "kind": kind})) for kind in CONTENT_TYPES],
        "tables": [
            (each.title, [("Parquet", reverse("whole_table_file", kwargs={"number": release.number, "id": each.id}))])
            for each in source().tables(release)
            if each.serves_atoms and may_see(role, "whole_table_file")
        ],
        "indicators": [(each.title, downloads("indicator_file", release, each.id)) for each in release.indicators],
        "analyses": [
            (each.title, downloads(f"{each.page}_file", release, each.id))
            for each in release.analyses
            if may_see(role, f"{each.page}_file")
        ],
    }


def release_file(request: HttpRequest, number: int, kind: str) -> HttpResponse:
    """Every figure of one release, as a file."""
    if kind not in CONTENT_TYPES:
        raise Http404("There is no such file.")
    return download(all_figures_file(release_of(number), kind), kind, f"figures-release-{number}")


def key_figures(release: Release) -> list[list[object]]:
    """The key measures of the headline quarter: leading figure, count, what it is out of."""
    rows: list[list[object]] = []
    for each in release.indicators:
        if each.key:
            figure = release.series(each.id)[-1] if release.periods else None
            out_of = words.or_no_figure(figure.out_of if figure else None) if each.per else "a count, not out of anything"
            rows.append([each.title, words.headline(figure, each), words.or_no_figure(figure.count if figure else None), out_of])
    return rows


def _reach(dataset: DatasetCoverage) -> str:
    return f"to {words.day(dataset.latest_period_end)}" if dataset.latest_period_end else "nothing received"


def _standing(dataset: DatasetCoverage) -> str:
    return "provisional" if dataset.provisional else "settled"


def _summary(release: Release) -> list[dict[str, dict[str, str]]]:
    complete = sum(agency.complete for agency in release.agencies)
    rows = [
        ("Partnership", release.partnership),
        ("Headline quarter", words.quarter(release.period)),
        (
            "Quarters it holds",
            f"{words.quarter(release.periods[0])} to {words.quarter(release.periods[-1])}" if release.periods else "none",
        ),
        ("Agencies complete", f"{complete} of {len(release.agencies)}"),
        ("Generation", f"{words.generation_name(release.generation)}, published {words.moment(release.generation_published_at)}"),
        ("Made", words.moment(release.created_at)),
        ("Made safe to show", release.rounding),
        ("Methods", "; ".join(f"{name}: {version}" for name, version in sorted(release.methods.items()))),
    ]
    return [{"key": {"text": key}, "value": {"text": value}} for key, value in rows]
