"""What words mean at each agency: definitions of flags side by side, and each agency's codes beside the common ones."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from sightline.app.definitions_in_use import missing_definitions
from sightline.definitions.mappings import SourceDefinition
from sightline.web.page import current_release, home, page
from sightline.web.pages.returns import own_agency
from sightline.web.release_source import source
from sightline.web.words import day, duration, spaced

NOT_SAID = "not said"


def definitions(request: HttpRequest) -> HttpResponse:
    """The page. A data officer sees the own agency's, and which flags lack a definition; everybody else sees that some do."""
    own, overview = own_agency(request), source().returns()
    shown = [each for each in source().definitions() if own is None or each.agency == own]
    parts = [
        (f"of-{each.agency}-{each.dataset}", f"{each.agency_name}: {each.dataset_title}", _number_of_flags(len(each.flags)))
        for each in shown
    ]
    return page(
        request,
        "pages/definitions.html",
        title="What the words mean at each agency",
        release=current_release(),
        crumbs=[home(), ("Returns and quality", reverse("returns"))],
        section="definitions",
        is_officer=own is not None,
        parts=parts,
        datasets=[
            {
                "of": each,
                "missing": missing_definitions(overview, each.agency, each.dataset),
                "flags": [(id, flag.title, facts(flag)) for id, flag in each.flags],
            }
            for each in shown
        ],
    )


def _number_of_flags(number: int) -> str:
    return f"{number or 'no'} flag{'' if number == 1 else 's'}"


def facts(flag: SourceDefinition) -> list[tuple[str, str]]:
    """What is to be known of a flag's meaning; what the definition leaves out is said to be left out, never left blank."""
    ages = f"{flag.ages_from if flag.ages_from is not None else 'any'} to {flag.ages_to if flag.ages_to is not None else 'any'}"
    told = [
        ("Tells of", ", ".join(spaced(each) for each in flag.exploitation_type)),
        ("Certainty", spaced(flag.certainty)),
        ("Threshold", flag.threshold),
        ("Who applies it", flag.applied_by),
        ("When", flag.applied_when),
        ("Reviewed", duration(flag.review)),
        ("Ends when", flag.ends),
        ("Ages", "" if flag.ages_from is None and flag.ages_to is None else ages),
        ("In force", _in_force(flag)),
        ("Gaps", flag.gaps),
        ("Caveat", flag.caveat),
    ]
    return [(name, text or NOT_SAID) for name, text in told]


def _in_force(flag: SourceDefinition) -> str:
    since = f"since {day(flag.in_force_from.isoformat())}" if flag.in_force_from else ""
    until = f"until {day(flag.in_force_to.isoformat())}" if flag.in_force_to else ""
    return " ".join(part for part in (since, until) if part)
