"""Nobody keeps the server from everybody else: one person has two pages made at the same moment."""

from __future__ import annotations

import threading
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from sightline.app.settings import MIDDLEWARE
from sightline.web.at_once import AT_ONCE, AtOnceMiddleware, Places
from tests.web.reading import words_of


class Slow:
    """A page that is being made until it is let go."""

    def __init__(self) -> None:
        self.begun, self.let_go = threading.Semaphore(0), threading.Event()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        self.begun.release()
        assert self.let_go.wait(30)
        return HttpResponse("made")


@pytest.fixture
def slow():
    page = Slow()
    yield page
    page.let_go.set()


@pytest.fixture
def ask(slow):
    """Ask for the page as somebody, beside whatever else is asked."""
    served, pool = AtOnceMiddleware(slow), ThreadPoolExecutor(8)

    def asked(person: int | None, *, patience: float = 30):
        request = RequestFactory().get("/")
        request.user = AnonymousUser() if person is None else type("Somebody", (), {"is_authenticated": True, "pk": person})()
        served.places._patience = patience
        return pool.submit(served, request)

    yield asked
    slow.let_go.set()
    pool.shutdown()


def is_made(slow: Slow, *, within: float = 30) -> bool:
    return slow.begun.acquire(timeout=within)


def test_two_pages_of_one_person_are_made_and_those_of_others_beside_them(ask, slow):
    for person in (1, 1, 2, None):
        ask(person)

    assert all(is_made(slow) for _ in range(4))


def test_a_third_waits_for_one_of_them_and_a_fourth_is_told_to_come_back(ask, slow):
    asked = [ask(1) for _ in range(AT_ONCE)]
    assert all(is_made(slow) for _ in asked)

    later = {ask(1), ask(1)}
    refused, waiting = wait(later, return_when=FIRST_COMPLETED)
    answer = refused.pop().result()
    assert (len(waiting), answer.status_code, answer.headers["Retry-After"]) == (1, 429, "2")
    assert "Load this one again" in words_of(answer)

    slow.let_go.set()
    assert waiting.pop().result().content == b"made"
    assert [each.result().content for each in asked] == [b"made"] * 2


def test_who_waited_in_vain_is_told_and_a_place_that_was_left_is_free_again(ask, slow):
    asked = [ask(1) for _ in range(AT_ONCE)]
    assert all(is_made(slow) for _ in asked)

    assert ask(1, patience=0).result().status_code == 429
    slow.let_go.set()
    assert [each.result().status_code for each in asked] == [200, 200]
    assert ask(1, patience=0).result().status_code == 200


def test_a_page_that_fails_leaves_its_place():
    places = Places(patience=0)
    for _ in range(5):
        with pytest.raises(ZeroDivisionError), places.place("lee") as granted:
            1 / (granted - 1)

    assert not places._here
    assert not places._made


def test_the_server_asks_it_once_it_knows_who_asks_and_before_anything_is_read():
    order = [MIDDLEWARE.index(f"sightline.web.{each}") for each in ("session_limits.SessionLimitMiddleware", "at_once.AtOnceMiddleware")]

    assert order == sorted(order)
    assert order[1] < MIDDLEWARE.index("sightline.web.audit_reads.AuditMiddleware")
