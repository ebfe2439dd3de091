"""A page that meets bytes which changed by themselves is not shown: another says what is damaged, and what helps.

Method page: docs/methods/damage.md.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from sightline.app.damage import damage_met
from sightline.web.pages.problems import damaged

_LOG = logging.getLogger("django.request")


class DamageMiddleware:
    """Stands nearest to the pages: what it does not know goes on as a fault of the service."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page in place of one that could not be made; None for an error that is no damage."""
        problem = damage_met(exception)
        if problem is None:
            return None
        _LOG.error("What is kept is not what was written.", exc_info=exception, extra={"request": request, "status_code": 500})
        return damaged(problem)
