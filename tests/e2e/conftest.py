"""A real browser on a real server: Debian's Chromium, the example release, and a record of every request that was made."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from sightline.app.roles import Role
from sightline.web.release_source import using
from tests.support.sessions import open_session
from tests.web.example import ExampleSource, full_source

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
Open = Callable[..., Page]


@pytest.fixture(scope="session", autouse=True)
def _django_beside_playwright() -> Iterator[None]:
    """Playwright runs an event loop in this thread, and Django then refuses its database unless it is told that this is meant."""
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    yield
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
    else:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("Chromium is not on this machine (on Debian: apt install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture
def pages() -> Iterator[ExampleSource]:
    with using(source := full_source()):
        yield source


@pytest.fixture
def browse(chromium: Browser, live_server, client, django_user_model, pages: ExampleSource) -> Iterator[Open]:
    """Open pages as somebody signed in; the test fails if a page asked another host for anything or complained in its console."""
    contexts: list[BrowserContext] = []
    hosts: set[str] = set()
    complaints: list[str] = []
    user = django_user_model.objects.create_user("reader", role=Role.ANALYST, first_name="Robin", last_name="Reader")
    open_session(client, user)
    session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}

    def open_page(path: str, *, width: int = 1280, signed_in: bool = True, **options: object) -> Page:
        context = chromium.new_context(base_url=live_server.url, viewport={"width": width, "height": 800}, **options)
        contexts.append(context)
        if signed_in:
            context.add_cookies([session])
        page = context.new_page()
        page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
        page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert hosts <= {urlsplit(live_server.url).netloc}
    assert [each for each in complaints if "404 (Not Found)" not in each] == []
