"""What these numbers can tell, how the pages can be read, and whether the service is up."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse

from sightline.web.page import current_release, home, page

MODES = {
    "record_level": "Records, under keys instead of names once they have arrived",
    "pseudonymised": "Records under keys that the agency made",
    "aggregate_only": "Totals only, no records",
}


def about_this_data(request: HttpRequest) -> HttpResponse:
    """What is shown and what is not, with the words that stand in the place of numbers."""
    release = current_release()
    agencies = methods = None
    if release is not None:
        agencies = [
            [each.name, MODES.get(each.mode, each.mode), "everything due has arrived" if each.complete else "something due is missing"]
            for each in release.agencies
        ]
        methods = sorted(release.methods.items())
    return page(
        request, "pages/about_this_data.html", title="About this data", release=release, crumbs=[home()], agencies=agencies, methods=methods
    )


def accessibility(request: HttpRequest) -> HttpResponse:
    """What readers can count on, how it is checked, and what is not good enough yet. Anybody may read it."""
    return page(request, "pages/accessibility.html", title="Accessibility", release=None, crumbs=[home()])


def health(request: HttpRequest) -> JsonResponse:
    """Whether the pages answer, for whatever watches the service. Says nothing else: anybody may ask."""
    return JsonResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})
