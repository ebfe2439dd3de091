"""A text that is hard to read, in a real browser: closed and not in the page, opened by itself, with a keyboard and without a script."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from sightline.app.roles import Role
from sightline.app.workspace import Workspace
from sightline.web.release_source import WorkspaceSource, using
from sightline.web.sessions import PURPOSE, SIGNED_IN_AT
from tests.e2e.test_pages_in_a_browser import LAYOUT_OVERFLOW, violations
from tests.support.emergencies import NARRATIVE, Reader, known_child, opened

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def pages(transactional_db: None, workspace: Workspace, submit) -> Iterator[Workspace]:
    known_child(workspace, submit)
    with using(WorkspaceSource(workspace.root)):
        yield workspace


@pytest.fixture
def records(browse, pages, client, django_user_model):
    """One child's records, open to whoever is signed in."""

    def open_page(**how):
        django_user_model.objects.filter(username="reader").update(role=Role.PRACTITIONER, agency="csc")
        session = client.session
        session[PURPOSE], session[SIGNED_IN_AT] = "safeguard_a_child", datetime.now(UTC).timestamp()
        session.save()
        number = opened(pages, reader=Reader("reader", "csc"), at=datetime.now(UTC))
        return browse(f"/people/in-an-emergency/{number}", **how)

    return open_page


def test_a_text_is_folded_behind_what_it_speaks_of_and_its_words_come_only_when_they_are_asked_for(records):
    page = records()
    summary, words = page.locator("summary", has_text="A text about: referral"), page.get_by_text(NARRATIVE)
    show = page.get_by_role("button", name="Show this text")

    expect(show).to_be_hidden()
    assert NARRATIVE not in page.content()
    summary.press("Enter")
    expect(page.get_by_text("self-harm or suicide, weapons")).to_be_visible()
    expect(page.get_by_text("You have opened no text today")).to_be_visible()
    assert NARRATIVE not in page.content()
    assert violations(page) == []
    show.press("Enter")

    expect(words).to_be_visible()
    expect(page.get_by_text("You have opened 1 text today")).to_be_visible()
    assert violations(page) == []
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate(LAYOUT_OVERFLOW) == 0
    page.goto(page.url.partition("#")[0])
    expect(show).to_be_hidden()
    assert NARRATIVE not in page.content()


def test_it_works_without_a_script(records):
    page = records(java_script_enabled=False)

    page.locator("summary", has_text="A text about: referral").click()
    page.get_by_role("button", name="Show this text").click()

    expect(page.get_by_text(NARRATIVE)).to_be_visible()
