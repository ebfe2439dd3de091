"""How an indicator's number is made, down to the columns of each agency's extract."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from sightline.app.lineage import DatasetFields
from sightline.definitions.lineage import Origin, Use
from sightline.web.page import current_release, home, release_page
from sightline.web.release_source import source


def indicator_made(request: HttpRequest, id: str) -> HttpResponse:
    """The page: definitions only, as they are now; no row of a return is read for it."""
    release = current_release()
    crumbs = [home(), ("Indicators", reverse("indicators"))]
    found = source().lineage(id) if release is not None else None
    if release is not None and (found is None or all(each.id != id for each in release.indicators)):
        raise Http404("This release has no such indicator, or the catalogue does not count it any more.")
    return release_page(
        request,
        "pages/indicator_made.html",
        title="How this number is made",
        release=release,
        crumbs=[*crumbs, (found.title, reverse("indicator", kwargs={"id": id}))] if found else crumbs,
        section="indicators",
        made=found,
        datasets=[(each, fields_of(each)) for each in found.datasets] if found else [],
    )


_HOW = {Use.VALUE: "it holds the value", Use.CHOICE: "it decides whether a row is made", Use.SET: "the mapping sets it for every row"}


def fields_of(dataset: DatasetFields) -> list[list[object]]:
    """One row for each field that a dataset gives: what it is in the common model, its column, what it is for, the lists that have it.

    Lists of one workbook that name a column alike share a row.
    """
    rows: dict[tuple[str, str, str, str], dict[str, None]] = {}
    for origins, purpose in ((dataset.counted, "counted"), (dataset.joining, "to join records of one person")):
        for origin in origins:
            row = (origin.field, "; ".join(origin.headers) or "no column", _how(origin), purpose)
            rows.setdefault(row, {})[origin.table] = None
    every = {table for tables in rows.values() for table in tables}
    return [
        [*row, f"all {len(every)} of these lists" if every == tables.keys() and len(every) > 1 else "; ".join(tables)]
        for row, tables in rows.items()
    ]


def _how(origin: Origin) -> str:
    return f"{_HOW[origin.use]}: {origin.says}" if origin.says and origin.use is Use.SET else _HOW[origin.use]
