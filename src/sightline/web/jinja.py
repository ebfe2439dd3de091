"""The template environment: our templates, the macros of govuk-frontend-jinja, and how figures, dates and addresses are written."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from importlib.metadata import version
from typing import Any

from django.templatetags.static import static
from django.urls import reverse
from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader
from markupsafe import Markup

from sightline.publish.series import short_period
from sightline.web import words

VERSION = version("sightline")


@lru_cache(maxsize=10_000)
def address(name: str, **arguments: object) -> str:
    """The address of a page by its name. Addresses do not change while the pages are served, and a page has dozens."""
    return reverse(name, kwargs=arguments or None)


@cache
def asset(path: str) -> str:
    """The address of a file of ours, changing with the version, so that no browser shows an old one after an update."""
    return f"{static(path)}?v={VERSION}"


def _as_it_is(caller: Callable[[], Markup]) -> Markup:
    """How the body of a page is drawn where no other way is given, as `release_page` gives one."""
    return caller()


def environment(**options: Any) -> Environment:
    """Build the environment that Django's Jinja2 backend asks for."""
    options["loader"] = ChoiceLoader(
        [options["loader"], PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja", "templates")})]
    )
    made = Environment(**options, trim_blocks=True, lstrip_blocks=True)  # noqa: S701 - Django passes autoescape=True among the options
    made.globals.update(url=address, asset=asset, body=_as_it_is)
    made.filters.update(
        first_sentence=words.first_sentence,
        release_coverage=words.release_coverage,
        day=words.day,
        moment=words.moment,
        quarter=words.quarter,
        short_quarter=short_period,
        spaced=words.spaced,
        listed=words.listed,
    )
    made.tests.update(number=words.is_number, withheld=words.is_withheld)
    return made
