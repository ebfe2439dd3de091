"""What every page has: a title, where it stands among the pages, the release it shows, and who reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from sightline.app.break_glass import waiting_for_review
from sightline.app.outputs import recalled_for
from sightline.app.purposes import purpose_title
from sightline.app.roles import Role
from sightline.model.releases import Release
from sightline.web import menus, words
from sightline.web.kept import KeptBodies
from sightline.web.permissions import may_see, role_of
from sightline.web.release_source import source
from sightline.web.sessions import PURPOSE, RELEASE_HEADER, lacks_purpose, lacks_second_factor, must_choose_password

_BODIES = KeptBodies()


@dataclass(frozen=True, slots=True)
class Reader:
    """The person who reads, as the page's head names them."""

    name: str
    role: str


def page(
    request: HttpRequest,
    template: str,
    *,
    title: str,
    release: Release | None,
    crumbs: Sequence[tuple[str, str]] = (),
    section: str | None = None,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    """Render a page.

    Args:
        request: Its request.
        template: Its template, in ``templates``.
        title: Its title; also the last step of the breadcrumbs.
        release: The release it speaks of, named at its top; None where there is none.
        crumbs: The steps between the overview and this page, as (words, address).
        section: The page of the menu it is, or belongs to.
        status: Its HTTP status.
        context: What else the template needs.
    """
    role = role_of(request)
    # Whoever must set up a second factor first is offered no page that would not open.
    seen = None if lacks_second_factor(request) or must_choose_password(request) or lacks_purpose(request) else role
    frame: dict[str, object] = {
        "title": title,
        "release": release,
        "generation": words.generation_name(release.generation) if release else None,
        "reader": _reader(request, role),
        "reads_for": _purpose(request) if seen else None,
        "menus": menus.head(seen, request.path, section),
        "all_pages": menus.foot(seen),
        "crumbs": _crumbs(crumbs, title) if crumbs else None,
        "may_ask": may_see(role, "output_ask"),
        "reviews": waiting_for_review(_agency(request)) if seen and may_see(role, "break_glass_reviews") else 0,
        "recalled": recalled_for(request.user.get_username()) if may_see(role, "output") else (),
    }
    response = render(request, template, frame | context, status=status)
    if release:
        response.headers[RELEASE_HEADER] = str(release.number)
    return response


def release_page(
    request: HttpRequest,
    template: str,
    *,
    title: str,
    release: Release | None,
    crumbs: Sequence[tuple[str, str]] = (),
    section: str | None = None,
    content: Callable[[Release], Mapping[str, object]] | None = None,
    **context: Any,
) -> HttpResponse:
    """Render a page that needs a release, or, while there is none, the page that says what to do.

    Args:
        content: Makes what the body needs, of nothing but the release, the address and the reader's role: the body is then kept, and the
            next reader in that role is shown it as it was drawn.
        context: What the template needs of each request.
    """
    if release is None:
        may_see_returns = may_see(role_of(request), "returns")
        return page(
            request, "pages/no_release.html", title=title, release=None, crumbs=crumbs, section=section, may_see_returns=may_see_returns
        )
    if content is not None:
        context |= _kept_body(request, template, release, content)
    return page(request, template, title=title, release=release, crumbs=crumbs, section=section, **context)


def _kept_body(
    request: HttpRequest, template: str, release: Release, content: Callable[[Release], Mapping[str, object]]
) -> Mapping[str, object]:
    key = (template, request.get_full_path(), role_of(request) or "")
    found = _BODIES.get(release, key)
    if found is not None:
        return {"body": lambda caller: found}
    return {**content(release), "body": lambda caller: _BODIES.keep(release, key, caller)}


def problem_page(request: HttpRequest, *, title: str, paragraphs: Sequence[str], status: int) -> HttpResponse:
    """Render a page that says what stands in the way."""
    return page(request, "pages/problem.html", title=title, release=None, status=status, paragraphs=paragraphs)


def home() -> tuple[str, str]:
    """The first step of all breadcrumbs."""
    return "Overview", reverse("overview")


def current_release() -> Release | None:
    """The release that the pages show."""
    return source().current()


def _reader(request: HttpRequest, role: str | None) -> Reader | None:
    if role is None or not request.user.is_authenticated:
        return None
    return Reader(request.user.get_full_name() or request.user.get_username(), Role(role).label)


def _agency(request: HttpRequest) -> str:
    return str(getattr(request.user, "agency", ""))


def _purpose(request: HttpRequest) -> str | None:
    """What the person reads for, as the page's head names it."""
    chosen = request.session.get(PURPOSE) if request.user.is_authenticated else None
    return purpose_title(chosen) if chosen else None


def _crumbs(steps: Sequence[tuple[str, str]], title: str) -> list[dict[str, str]]:
    return [{"text": text, "href": address} for text, address in steps] + [{"text": title}]
