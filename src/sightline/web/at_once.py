"""How many pages one person may have made at the same moment, so that nobody keeps the server from everybody else.

The server makes four pages at once. One person has two of them at the most; a third waits a moment for one of these, and a fourth is
told to come back: one is always left for others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string

AT_ONCE = 2
PATIENCE = 2.0
"""Seconds for which a third page waits."""


class Places:
    """Who has pages being made, and who waits for one."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._here: Counter[object] = Counter()
        self._made: Counter[object] = Counter()
        self._changed = Condition()

    @contextmanager
    def place(self, person: object) -> Iterator[bool]:
        """A place for one page of a person; whether there is one."""
        with self._changed:
            if self._here[person] > AT_ONCE:
                granted = None
            else:
                self._here[person] += 1
                granted = self._changed.wait_for(lambda: self._made[person] < AT_ONCE, self._patience)
                self._made[person] += granted
        try:
            yield bool(granted)
        finally:
            if granted is not None:
                self._leave(person, made=granted)

    def _leave(self, person: object, *, made: bool) -> None:
        with self._changed:
            self._made[person] -= made
            self._here[person] -= 1
            if not self._here[person]:
                del self._here[person], self._made[person]
            self._changed.notify_all()


class AtOnceMiddleware:
    """Refuses a page before anything of it is made, where its reader has enough being made already."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.places = Places()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return self.get_response(request)
        with self.places.place(request.user.pk) as granted:
            return self.get_response(request) if granted else _come_back()


def _come_back() -> HttpResponse:
    """Rendered without touching the ledger or the release: it has to cost next to nothing."""
    frame = {
        "title": "Several of your pages are being made already",
        "paragraphs": [
            "One person has two pages made at the same moment, so that there is room for everybody.",
            "Load this one again in a moment.",
        ],
    }
    return HttpResponse(render_to_string("pages/problem.html", frame), status=429, headers={"Retry-After": "2"})
