"""Who may see which page: one table, read by one middleware. An address that is not in the table is refused, whatever it is.

The table follows the partnership's roles. An administrator looks after sign-ins and is shown no figure; an elected member sees what is
released, and no returns. `TIERS` says of each page for which tier it is; no role gets one beyond its own, whatever the first table says.
`docs/security/who-may-do-what.csv` says the same for every address, method and role; a test holds both together.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.urls import reverse

from sightline.app.purposes import is_operational
from sightline.app.roles import Role, ceiling
from sightline.model.agreements import Tier
from sightline.web.sessions import (
    PURPOSE,
    PURPOSE_RELEASE,
    RELEASE_HEADER,
    HeldBack,
    lacks_purpose,
    lacks_second_factor,
    must_choose_password,
)

PUBLIC = frozenset[Role]()
"""The mark of a page that anybody may see, signed in or not."""
EVERYONE = frozenset(Role)
"""Everybody who has signed in."""
_FIGURES = EVERYONE - {Role.ADMINISTRATOR}
_HARM = frozenset({Role.STRATEGIC_LEAD, Role.ANALYST, Role.PRACTITIONER, Role.DATA_PROTECTION_OFFICER, Role.CHECKER})
"""What is known together of people who cause harm: for those who act on it, and those who check how it is used."""
_OWN_RETURNS = frozenset({Role.AGENCY_DATA_OFFICER})
"""Exact numbers of rows of one agency's own return; the page itself refuses another agency's."""
_REVIEWERS = frozenset({Role.ANALYST, Role.AGENCY_DATA_OFFICER})
"""Those who see records of people; the page shows an officer pairs of the own agency's records only."""
_OUTPUTS = frozenset({Role.STRATEGIC_LEAD, Role.ANALYST, Role.AGENCY_DATA_OFFICER, Role.DATA_PROTECTION_OFFICER, Role.CHECKER})
"""Those who ask that a file may leave, those who check it, and those who recall it. Nobody who checks asks."""
_IN_AN_EMERGENCY = frozenset({Role.PRACTITIONER})
"""Those who act for a child; officers review what they did and see no record."""
_ERASING = frozenset({Role.DATA_PROTECTION_OFFICER, Role.AGENCY_DATA_OFFICER})
"""Those who ask that something be erased; an officer for the own agency, which the page holds, and only a protection officer agrees."""
_GUARDS = frozenset({Role.DATA_PROTECTION_OFFICER, Role.ADMINISTRATOR})
"""Those who may stop everything of one agency at once, and take that back."""
_RETURNS = EVERYONE - {Role.PRACTITIONER, Role.ELECTED_MEMBER}

PAGES: dict[str, frozenset[Role]] = {
    "sign_in": PUBLIC,
    "sign_in_code": PUBLIC,
    "openid_connect_login": PUBLIC,
    "openid_connect_callback": PUBLIC,
    "sign_out": PUBLIC,
    "health": PUBLIC,
    "accessibility": PUBLIC,
    "purpose": EVERYONE - {Role.ADMINISTRATOR},
    "account": EVERYONE,
    "second_factor": EVERYONE,
    "second_factor_app": EVERYONE,
    "second_factor_key": EVERYONE,
    "recovery_codes": EVERYONE,
    "new_password": EVERYONE,
    "overview": EVERYONE,
    "indicators": _FIGURES,
    "indicator": _FIGURES,
    "indicator_made": _FIGURES - {Role.ELECTED_MEMBER},
    "indicator_file": _FIGURES,
    "ask_table": _FIGURES,
    "ask_table_file": _FIGURES,
    "whole_table_file": _FIGURES,
    "release_file": _FIGURES,
    "board_report_file": _FIGURES,
    "agencies": _FIGURES,
    "sources": _FIGURES,
    "flags": _FIGURES,
    "journeys": _FIGURES,
    "missing": _FIGURES,
    "needs": _FIGURES,
    "people_who_cause_harm": _HARM,
    "screening": _FIGURES,
    "reach": _FIGURES,
    "voice": _FIGURES,
    "sources_file": _FIGURES,
    "flags_file": _FIGURES,
    "journeys_file": _FIGURES,
    "missing_file": _FIGURES,
    "needs_file": _FIGURES,
    "people_who_cause_harm_file": _HARM,
    "screening_file": _FIGURES,
    "reach_file": _FIGURES,
    "voice_file": _FIGURES,
    "places": _FIGURES,
    "ward_boundaries": _FIGURES,
    "ward_figures": _FIGURES,
    "returns": _RETURNS,
    "return_detail": _RETURNS,
    "quality": _RETURNS - {Role.ADMINISTRATOR},
    "uses": _RETURNS - {Role.ADMINISTRATOR},
    "definitions": EVERYONE - {Role.ELECTED_MEMBER},
    "links": _RETURNS - {Role.ADMINISTRATOR},
    "links_file": _RETURNS - {Role.ADMINISTRATOR},
    "agreements": EVERYONE - {Role.ELECTED_MEMBER},
    "agreement": EVERYONE - {Role.ELECTED_MEMBER},
    "assessment": EVERYONE - {Role.ELECTED_MEMBER},
    "assessment_file": EVERYONE - {Role.ELECTED_MEMBER},
    "processing": EVERYONE - {Role.ELECTED_MEMBER},
    "processing_file": EVERYONE - {Role.ELECTED_MEMBER},
    "can_share": EVERYONE - {Role.ELECTED_MEMBER, Role.ADMINISTRATOR},
    "link_reviews": _REVIEWERS | {Role.DATA_PROTECTION_OFFICER},
    "link_review": _REVIEWERS,
    "return_findings": _OWN_RETURNS,
    "return_findings_file": _OWN_RETURNS,
    "outputs": _OUTPUTS,
    "output": _OUTPUTS,
    "output_file": _OUTPUTS,
    "output_record": _OUTPUTS,
    "output_ask": _OUTPUTS - {Role.CHECKER, Role.DATA_PROTECTION_OFFICER},
    "erasures": _ERASING,
    "erasure": _ERASING,
    "quarantine": _GUARDS,
    "subject_access": frozenset({Role.DATA_PROTECTION_OFFICER}),
    "subject_access_request": frozenset({Role.DATA_PROTECTION_OFFICER}),
    "subject_access_file": frozenset({Role.DATA_PROTECTION_OFFICER}),
    "audit": frozenset({Role.DATA_PROTECTION_OFFICER}),
    "audit_month": frozenset({Role.DATA_PROTECTION_OFFICER}),
    "audit_file": frozenset({Role.DATA_PROTECTION_OFFICER}),
    "break_glass": _IN_AN_EMERGENCY,
    "break_glass_subject": _IN_AN_EMERGENCY,
    "break_glass_reviews": frozenset({Role.DATA_PROTECTION_OFFICER}),
    "not_disclosed": frozenset({Role.DATA_PROTECTION_OFFICER}),
    "incidents": frozenset({Role.DATA_PROTECTION_OFFICER}),
    "incident": frozenset({Role.DATA_PROTECTION_OFFICER}),
    "complaints": frozenset({Role.DATA_PROTECTION_OFFICER}),
    "releases": EVERYONE,
    "release": _FIGURES,
    "release_attacked": _FIGURES,
    "about_this_data": EVERYONE,
}
"""For each named address, the roles that may see it."""
FORMS: dict[str, frozenset[Role]] = {
    "sign_in": PUBLIC,
    "sign_in_code": PUBLIC,
    "sign_out": PUBLIC,
    "purpose": EVERYONE - {Role.ADMINISTRATOR},
    "account": EVERYONE,
    "second_factor_app": EVERYONE,
    "second_factor_key": EVERYONE,
    "recovery_codes": EVERYONE,
    "new_password": EVERYONE,
    "agreement": frozenset({Role.DATA_PROTECTION_OFFICER, Role.AGENCY_DATA_OFFICER}),
    "link_reviews": frozenset({Role.ANALYST}),
    "link_review": _REVIEWERS,
    "audit_file": frozenset({Role.DATA_PROTECTION_OFFICER}),
    "erasures": _ERASING,
    "erasure": frozenset({Role.DATA_PROTECTION_OFFICER}),
    "subject_access": frozenset({Role.DATA_PROTECTION_OFFICER}),
    "subject_access_request": frozenset({Role.DATA_PROTECTION_OFFICER}),
    "subject_access_file": frozenset({Role.DATA_PROTECTION_OFFICER}),
    "output": _OUTPUTS,
    "output_ask": _OUTPUTS - {Role.CHECKER, Role.DATA_PROTECTION_OFFICER},
    "assessment": frozenset({Role.DATA_PROTECTION_OFFICER}),
    "quarantine": _GUARDS,
    "break_glass": _IN_AN_EMERGENCY,
    "break_glass_subject": _IN_AN_EMERGENCY,
    "break_glass_reviews": frozenset({Role.DATA_PROTECTION_OFFICER}),
    "not_disclosed": frozenset({Role.DATA_PROTECTION_OFFICER}),
    "incidents": frozenset({Role.DATA_PROTECTION_OFFICER}),
    "incident": frozenset({Role.DATA_PROTECTION_OFFICER}),
    "complaints": frozenset({Role.DATA_PROTECTION_OFFICER}),
}
"""For each page that takes a form, the roles that may send it. What no form is sent to takes none, whatever its view does with it."""
BEFORE_SECOND_FACTOR = frozenset({"second_factor", "second_factor_app", "second_factor_key"})
"""All that opens, besides what is public, for somebody whose role needs a second factor and who has signed in without one."""
BEFORE_PURPOSE = BEFORE_SECOND_FACTOR | {"purpose", "account", "recovery_codes", "new_password"}
"""All that opens, besides what is public, before somebody has said what they read for."""
_NO_DATA = (
    *("sign_in", "sign_in_code", "openid_connect_login", "openid_connect_callback", "sign_out", "health", "accessibility", "purpose"),
    *("account", "second_factor", "second_factor_app", "second_factor_key", "recovery_codes", "new_password"),
    *("returns", "return_detail", "definitions", "agreements", "agreement", "assessment", "assessment_file"),
    *("processing", "processing_file", "incidents", "incident", "complaints", "about_this_data", "overview", "releases"),
    *("can_share", "quarantine", "erasures", "erasure", "subject_access", "audit", "audit_month", "audit_file"),
    *("break_glass_reviews", "not_disclosed"),
)
_RELEASED_FIGURES = (
    *("indicators", "indicator", "indicator_made", "indicator_file", "ask_table", "ask_table_file", "whole_table_file", "release_file"),
    *("board_report_file", "agencies", "sources", "flags", "journeys", "missing", "needs", "people_who_cause_harm", "screening", "reach"),
    *("voice", "sources_file", "flags_file", "journeys_file", "missing_file", "needs_file", "people_who_cause_harm_file"),
    *("screening_file", "reach_file", "voice_file", "places", "ward_boundaries", "ward_figures", "quality", "uses", "links", "links_file"),
    *("link_reviews", "outputs", "output", "output_file", "output_record", "output_ask", "release", "release_attacked"),
)
_RECORDS = (
    *("link_review", "break_glass", "break_glass_subject", "subject_access_request", "subject_access_file"),
    *("return_findings", "return_findings_file"),
)
TIERS: dict[str, Tier | None] = {
    **dict.fromkeys(_NO_DATA),
    **dict.fromkeys(_RELEASED_FIGURES, Tier.STRATEGIC),
    **dict.fromkeys(_RECORDS, Tier.OPERATIONAL),
}
"""For each named address, the tier of what it shows; None where it shows no figure and no record (the overview shows none to whom none are
shown). The community has no page: what it is given is a bundle."""


def is_of_records(page: str) -> bool:
    """Whether a page shows records of people, or exact numbers of them: for purposes of the operational tier only."""
    return TIERS.get(page) is Tier.OPERATIONAL


def may_see(role: str | None, page: str) -> bool:
    """Whether a role (None: nobody signed in) may see a page; one that a table lacks, or of a tier beyond the role's, is seen by nobody."""
    allowed = PAGES.get(page)
    return allowed is not None and page in TIERS and (allowed is PUBLIC or (role in allowed and is_within(role, TIERS[page])))


def is_within(role: str | None, tier: Tier | None) -> bool:
    """Whether what is of a tier is for a role at all, whichever page shows it."""
    highest = None if role is None else ceiling(role)
    return tier is None or (highest is not None and tier <= highest)


def may_send(role: str | None, page: str) -> bool:
    """Whether a role may send the form of a page."""
    allowed = FORMS.get(page)
    return allowed is not None and may_see(role, page) and (allowed is PUBLIC or role in allowed)


def who_may_see(page: str) -> list[str]:
    """The names of the roles that may see a page, in the table's own order."""
    return [role.label for role in Role if may_see(role, page)]


class PermissionMiddleware:
    """Refuses a page before its view runs, so that a view that forgets to ask is refused as well."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        release = _release_shown(request, response)
        if request.user.is_authenticated and PURPOSE in request.session and release > request.session.get(PURPOSE_RELEASE, 0):
            # Made since the purpose was chosen: whether its returns were shared for that is asked anew.
            return _lead(request, "purpose")
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            # A shared computer must not show a page from its cache after somebody has signed out.
            response["Cache-Control"] = "no-store"
        return response

    def process_view(self, request: HttpRequest, view: object, args: object, arguments: object) -> HttpResponse | None:
        page = request.resolver_match.view_name if request.resolver_match else ""
        if request.method == "POST" and page in PAGES and page not in FORMS:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        may = may_send if request.method == "POST" else may_see
        if may(role_of(request), page):
            return self._hold_back(request, page)
        if not request.user.is_authenticated and page in PAGES:
            return redirect_to_login(request.get_full_path(), reverse("sign_in"))
        raise PermissionDenied(page)

    def _hold_back(self, request: HttpRequest, page: str) -> HttpResponse | None:
        """Lead somebody elsewhere first, who may see the page but has something to do before."""
        if PAGES[page] is PUBLIC or page in BEFORE_SECOND_FACTOR:
            return None
        if lacks_second_factor(request):
            return HeldBack(reverse("second_factor"))
        if must_choose_password(request):
            return None if page == "new_password" else HeldBack(reverse("new_password"))
        if page in BEFORE_PURPOSE:
            return None
        if lacks_purpose(request) or (is_of_records(page) and not is_operational(request.session[PURPOSE])):
            return _lead(request, "purpose")
        return None


def _release_shown(request: HttpRequest, response: HttpResponseBase) -> int:
    """The number of the release that an answer is of: a page names it, and the address of a file holds it."""
    match = request.resolver_match
    named = match.kwargs.get("number", 0) if match is not None and match.route.startswith("releases/") else 0
    return max(int(response.headers.get(RELEASE_HEADER, 0)), int(named) if response.status_code == 200 else 0)


def _lead(request: HttpRequest, page: str) -> HeldBack:
    """To a page that comes first, which leads back to where somebody wanted to be."""
    back = request.get_full_path() if request.method == "GET" else reverse("overview")
    return HeldBack(f"{reverse(page)}?{urlencode({'next': back})}")


def role_of(request: HttpRequest) -> str | None:
    """The role of the person who asks; None when nobody is signed in. Errors can occur before anybody is known."""
    user = getattr(request, "user", None)
    return user.role if user is not None and user.is_authenticated else None
