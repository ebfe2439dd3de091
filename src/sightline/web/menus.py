"""The menus at the head and the foot of a page, drawn once for each role and place: whoever has the role is shown the same.

They hold names and addresses of pages, and nothing of a release or of who reads.
"""

from __future__ import annotations

from functools import lru_cache

from django.template.loader import render_to_string
from markupsafe import Markup

from sightline.web import navigation


def head(role: str | None, path: str, section: str | None) -> Markup:
    """The groups, and under them the pages of the present one; nothing for somebody who is offered no page."""
    return _head(role, path if path in navigation.addresses() else "", section) if role else Markup()


@lru_cache(maxsize=1_000)
def foot(role: str | None) -> Markup:
    """Every page that a role may see."""
    return _drawn("parts/all_pages.html", everything=navigation.everything(role)) if role else Markup()


@lru_cache(maxsize=5_000)
def _head(role: str, place: str, section: str | None) -> Markup:
    groups = [
        {"text": link.words, "href": link.address, "current": link.current, "active": link.active}
        for link in navigation.menu(role, place, section)
    ]
    return _drawn("parts/menus.html", navigation=groups, beside=navigation.beside(role, place, section))


def _drawn(template: str, **context: object) -> Markup:
    return Markup(render_to_string(template, context))  # noqa: S704 - the template has escaped what it was given
