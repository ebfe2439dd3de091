"""The review of links in a real browser: with single keys, with buttons alone, on a narrow screen and on paper."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from sightline.app.workspace import Workspace
from sightline.ledger.models import LinkReview, LinkReviewDecision
from sightline.web.release_source import WorkspaceSource, using
from tests.e2e.test_pages_in_a_browser import LAYOUT_OVERFLOW, violations
from tests.support.reviews import FAMILY, GIVEN, linked_children, opened

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LIST = "/data/links/review"


@pytest.fixture
def pages(transactional_db: None, workspace: Workspace, submit) -> Iterator[Workspace]:
    linked_children(workspace, submit)
    opened(workspace)
    with using(WorkspaceSource(workspace.root)):
        yield workspace


def begun(browse, **how):
    page = browse(f"{LIST}/{LinkReview.objects.get().pk}", **how)
    page.get_by_role("button", name="I look for this purpose: begin").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Are these two records of one person?")
    return page


def with_keys(page):
    """The keyboard, once the page listens to it."""
    page.locator("[data-review-keys]").wait_for(state="visible")
    return page.keyboard


def decisions():
    return [(made.pair.position, made.decision, made.reason) for made in LinkReviewDecision.objects.filter(undo=None).order_by("id")]


def test_a_reviewer_goes_through_pairs_with_single_keys(browse):
    page = begun(browse)

    for done, key in enumerate(("s", "d", "n")):
        expect(page.locator(".sl-caption")).to_contain_text(f"{done} decided by you")
        with_keys(page).press("4")
        page.keyboard.press(key)
    expect(page.get_by_role("heading", name="Your last decision: pair 3, not sure")).to_be_visible()
    with_keys(page).press("u")
    expect(page.locator(".sl-caption")).to_contain_text("pair 3. 2 decided by you")

    assert decisions() == [(1, "same", "birth"), (2, "different", "birth")]


def test_keys_that_are_switched_off_stay_off(browse):
    page = begun(browse)

    page.get_by_role("checkbox").uncheck()
    page.reload()
    with_keys(page).press("s")
    page.wait_for_timeout(300)

    expect(page.get_by_role("checkbox")).not_to_be_checked()
    assert decisions() == []


def test_typing_in_the_list_of_reasons_decides_nothing(browse):
    page = begun(browse)

    page.get_by_label("What weighs most").focus()
    with_keys(page).press("d")
    page.wait_for_timeout(300)

    assert decisions() == []


def test_buttons_decide_without_scripts(browse):
    page = begun(browse, java_script_enabled=False)

    page.get_by_label("What weighs most").select_option("home")
    page.get_by_role("button", name="Different people").press("Enter")

    expect(page.locator(".sl-caption")).to_contain_text("pair 2. 1 decided by you")
    assert decisions() == [(1, "different", "home")]


@pytest.mark.parametrize("width", [320, 1280])
def test_the_pages_fit_the_screen_and_axe_finds_nothing(browse, width):
    page = begun(browse, width=width)
    assert page.evaluate(LAYOUT_OVERFLOW) == 0
    assert violations(page) == []

    page.goto(LIST)
    assert page.evaluate(LAYOUT_OVERFLOW) == 0
    assert violations(page) == []


def test_no_name_is_printed(browse):
    page = begun(browse)

    words = "".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(page.pdf())).pages)

    assert "Names are not printed" in words
    assert not [name for name in (*GIVEN, *FAMILY) if name in words]
