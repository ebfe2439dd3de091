"""The pages as people meet them: with a keyboard, on a narrow screen, without scripts, on paper, through assistive technology."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from pypdf import PdfReader

from sightline.app.roles import Role
from sightline.model.figures import Withheld
from tests.support.analyses import with_many_tables
from tests.support.statements import example_statement
from tests.web.example import ExampleSource
from tests.web.test_overview import with_latest

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PATHS = (
    "/",
    "/indicators",
    "/indicators/children_referred_again",
    "/indicators/emergency_attendances_for_assault?by=ward",
    "/indicators/exploitation_referrals?by=ward",
    "/indicators/concerns_of_clinics",
    "/indicators/missing_episodes/made",
    "/agencies",
    "/sources",
    "/flags",
    "/journeys",
    "/missing",
    "/needs",
    "/people-who-cause-harm",
    "/screening",
    "/reach",
    "/voice",
    "/places",
    "/data/returns",
    "/data/returns/police/police",
    "/data/quality",
    "/data/definitions",
    "/data/links",
    "/releases",
    "/releases/1",
    "/data/agreements",
    "/data/agreements/processing",
    "/data/uses",
    "/outputs",
    "/account",
    "/account/second-factor",
    "/purpose",
    "/about-this-data",
    "/accessibility",
    "/nowhere",
)
NOT_CHECKED = tuple(each.reason for each in example_statement().not_checked)
"""What the example's linkage statement says could not be told: another geography has other gaps, or none."""
A4_INSIDE = 703
"""Pixels between the margins of a printed sheet: 186 mm at 96 to the inch."""
LAYOUT_OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def violations(page) -> list[str]:
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found]


def printed(page) -> PdfReader:
    return PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))


def eventually(page, holds) -> None:
    """Wait up to five seconds; Playwright's own waiting evaluates a string, which the pages' policy rightly forbids."""
    for _ in range(100):
        if holds():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it did not happen within five seconds")


def test_axe_finds_no_violation_on_any_page(browse):
    page = browse("/")

    found = {}
    for path in PATHS:
        page.goto(path)
        if path.startswith("/places"):
            page.wait_for_selector("[data-drawn]")
        if problems := violations(page):
            found[path] = problems
    assert found == {}


OF_ROLES = {
    Role.ADMINISTRATOR: ("/", "/account", "/account/second-factor/app", "/account/second-factor/key", "/account/password"),
    Role.DATA_PROTECTION_OFFICER: (
        "/audit",
        "/purpose",
        "/data/agreements/can-share",
        "/data/links/review",
        "/people/emergencies-to-review",
        "/people/not-disclosed",
        "/incidents",
        "/complaints",
    ),
    Role.PRACTITIONER: ("/people/in-an-emergency",),
    Role.ANALYST: ("/account/recovery-codes", "/outputs/ask", "/indicators/missing_episodes/table", "/data/links/review", "/"),
}
"""Pages that only some roles see, or that say something else to them: people who may sign in, second factors, purposes, requests."""


@pytest.mark.parametrize("role", OF_ROLES)
def test_axe_finds_no_violation_on_the_pages_of_other_roles_and_they_fit_a_narrow_screen(browse, django_user_model, role):
    django_user_model.objects.create_user("somebody", role=Role.PRACTITIONER, agency="police")
    page = browse("/accessibility")
    django_user_model.objects.filter(username="reader").update(role=role)

    found = {}
    for path in OF_ROLES[role]:
        page.set_viewport_size({"width": 1280, "height": 800})
        assert page.goto(path).status == 200, path
        problems = violations(page)
        page.set_viewport_size({"width": 320, "height": 800})
        if problems or page.evaluate(LAYOUT_OVERFLOW) > 0:
            found[path] = problems or "scrolls sideways"
    assert found == {}


def test_axe_finds_no_violation_while_signing_in(browse):
    page = browse("/sign-in", signed_in=False)
    before = violations(page)
    page.get_by_label("Sign-in name").fill("nobody")
    page.locator("#id_password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("There is a problem")

    assert before == []
    assert violations(page) == []


def test_axe_finds_no_violation_on_a_narrow_screen_with_its_menu_open(browse):
    page = browse("/places", width=320)
    page.wait_for_selector("[data-drawn]")
    page.get_by_role("button", name="Menu").click()
    expect(page.get_by_role("navigation", name="Pages", exact=True).get_by_role("link", name="Coming to notice")).to_be_visible()

    assert violations(page) == []


def test_no_page_scrolls_sideways_at_320_pixels(browse):
    page = browse("/", width=320)

    wide = {}
    for path in (*PATHS, "/sign-in"):
        page.goto(path)
        if page.evaluate(LAYOUT_OVERFLOW) > 0:
            wide[path] = page.evaluate(LAYOUT_OVERFLOW)
    assert wide == {}


def test_the_findings_of_a_return_have_no_violation_fit_a_narrow_screen_and_can_be_taken_along(browse, django_user_model):
    page = browse("/")
    django_user_model.objects.filter(username="reader").update(role=Role.AGENCY_DATA_OFFICER, agency="police")
    page.goto("/data/returns/police/police")
    page.get_by_role("link", name="January to March 2026").click()

    expect(page.get_by_role("heading", name="Please look")).to_be_visible()
    assert violations(page) == []
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate(LAYOUT_OVERFLOW) == 0
    with page.expect_download() as taken:
        page.get_by_role("link", name="XLSX").click()
    assert taken.value.suggested_filename == "findings-police-police-2026-Q1.xlsx"


def test_every_page_can_be_read_without_scripts(browse):
    page = browse("/", java_script_enabled=False, width=320)

    for path in PATHS:
        page.goto(path)
        expect(page.locator("h1")).to_be_visible()
        expect(page.get_by_role("link", name="Indicators", exact=True).first).to_be_visible()


def test_without_scripts_the_map_is_a_picture_and_choices_still_work(browse):
    page = browse("/places", java_script_enabled=False)

    expect(page.locator(".sl-map__still svg")).to_be_visible()
    expect(page.locator(".sl-map__live")).to_be_hidden()
    page.get_by_label("Indicator").select_option("missing_episodes")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", name="Missing episodes")).to_be_visible()
    page.goto("/indicators")
    page.get_by_label("Search the indicators").fill("voice")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("main h3")).to_have_text(["Children whose own voice is recorded"])


def test_with_scripts_the_map_can_be_zoomed_and_every_ward_says_its_number(browse):
    page = browse("/places?indicator=missing_episodes")
    page.wait_for_selector("[data-drawn]")

    expect(page.locator(".sl-map__still")).to_be_hidden()
    wards = page.locator(".sl-map__live path[role=img]")
    rows = page.get_by_role("table", name="Missing episodes by ward").locator("tbody tr")
    said = {wards.nth(place).get_attribute("aria-label") for place in range(wards.count())}
    assert said == {": ".join(rows.nth(place).locator("th, td").all_inner_texts()) for place in range(rows.count())}
    assert page.locator(".sl-map__live path[fill='url(#sl-hatch)']").count() == 1
    before = wards.first.bounding_box()
    page.get_by_role("button", name="Zoom in").click()
    eventually(page, lambda: wards.first.bounding_box()["width"] > before["width"])


def test_a_ward_reached_by_keyboard_shows_its_number(browse):
    page = browse("/places?indicator=missing_episodes")
    page.wait_for_selector("[data-drawn]")

    page.locator(".sl-map__live path[role=img]").first.focus()

    expect(page.locator(".leaflet-tooltip:not(.sl-map__name)")).to_have_text(re.compile("Harbour"))


def test_the_first_key_leads_to_the_skip_link_and_it_skips(browse):
    page = browse("/indicators")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to main content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Search the indicators")).to_be_focused()


def test_the_keyboard_meets_things_in_the_order_in_which_they_are_read(browse):
    page = browse("/indicators/missing_episodes?by=ward")

    met: list[str] = []
    for _ in range(90):
        page.keyboard.press("Tab")
        place = page.evaluate("(e => e === document.body ? null : e.innerText || e.id)(document.activeElement)")
        if place is None:
            break
        met.append(place.strip())
    assert met.index("Sign out") < met.index("Overview") < met.index("Release 1") < met.index("Over time") < met.index("Show")
    assert any(name.startswith("The measure as it is run") for name in met)
    assert met[-1] == "Accessibility"


def test_what_has_the_focus_can_be_seen(browse):
    page = browse("/")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")

    looks = page.evaluate("(s => [s.backgroundColor, s.outlineStyle, s.boxShadow])(getComputedStyle(document.activeElement))")
    assert looks[0] != "rgba(0, 0, 0, 0)"


def test_a_scrolling_table_can_be_scrolled_by_keyboard(browse):
    page = browse("/data/returns", width=320)
    region = page.get_by_role("group", name="Calendar of returns")

    region.focus()
    page.keyboard.press("ArrowRight")
    eventually(page, lambda: region.evaluate("e => e.scrollLeft") > 0)


def test_the_tables_of_quality_can_be_scrolled_and_their_quarters_chosen_by_keyboard(browse):
    page = browse("/data/quality", width=320)
    region = page.get_by_role("group", name="Completeness, October to December 2024 to January to March 2026", exact=True)

    region.focus()
    page.keyboard.press("ArrowRight")
    eventually(page, lambda: region.evaluate("e => e.scrollLeft") > 0)
    page.get_by_label("Six quarters up to").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("table", name="Timeliness, July to September 2024 to October to December 2025")).to_be_visible()


def test_quality_over_time_is_whole_without_scripts(browse):
    page = browse("/data/quality", java_script_enabled=False)

    expect(page.locator("main figure svg[role=img]")).to_have_count(3)
    page.get_by_label("Six quarters up to").select_option("October to December 2025")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("table", name="Timeliness, July to September 2024 to October to December 2025")).to_be_visible()


@pytest.mark.parametrize(
    ("path", "told", "left_out"),
    [
        ("/data/quality", ("Timeliness", "12 days late", "may still come", "2 not checked", "95 rows in 100", "about as many"), ("Show",)),
        (
            "/journeys",
            ("Begins with", "Concern recorded", "Specialist help", "Median days", "12 (8 to 21)", "Possible interpretations"),
            ("Take the numbers along", "All pages", "Coming to notice"),
        ),
        ("/data/links", ("97.3% (96.1% to 98.2%)", "follows GUILD", "99.87%, in use", *NOT_CHECKED), ("Take it along",)),
    ],
    ids=["quality over time", "an analysis", "the linkage statement"],
)
def test_charts_and_columns_are_printed_within_the_paper(browse, path, told, left_out):
    page = browse(path)

    words = " ".join(" ".join(sheet.extract_text() for sheet in printed(page).pages).split())
    for part in told:
        assert part in words
    for part in left_out:
        assert part not in words
    page.emulate_media(media="print")
    page.set_viewport_size({"width": A4_INSIDE, "height": 1000})
    assert page.evaluate(LAYOUT_OVERFLOW) <= 0


def test_folded_tables_open_by_click_or_by_their_anchor_and_are_all_on_paper(browse, pages: ExampleSource):
    pages.release = with_many_tables(pages.release, "flags")
    page = browse("/flags")
    folded = page.locator("details.sl-fold")

    assert folded.count() == 2
    assert folded.first.get_attribute("open") is None
    folded.first.locator("summary").click()
    expect(folded.first.get_by_role("table").first).to_be_visible()
    assert violations(page) == []
    words = " ".join(" ".join(sheet.extract_text().split()) for sheet in printed(browse("/flags")).pages)
    assert "has few or none: which of the two is not told" in words
    for number in (1, 2, 3):
        assert f"Printed number {number}" in words
    assert browse("/flags", width=320).evaluate(LAYOUT_OVERFLOW) <= 0


def test_a_file_of_an_analysis_is_saved_under_its_name_and_release(browse):
    page = browse("/flags")

    with page.expect_download() as taken:
        page.get_by_role("link", name=re.compile("CSV.*Where flags meet")).click()
    assert taken.value.suggested_filename == "flags_compared-release-1.csv"


def test_definitions_are_on_paper_what_they_are_on_the_screen_when_opened(browse):
    page = browse("/data/definitions")

    assert "Threshold" in "".join(sheet.extract_text() for sheet in printed(page).pages)


def test_on_a_narrow_screen_the_pages_beside_stand_in_one_line_with_the_present_one_in_view(browse):
    page = browse("/voice", width=320)

    row = page.get_by_role("navigation", name="Pages beside this one")
    assert row.bounding_box()["height"] < 50
    expect(row.get_by_role("link", name="What young people say")).to_be_in_viewport()


def test_the_overview_prints_on_one_sheet_of_a4(browse):
    page = browse("/")

    paper = printed(page)

    assert len(paper.pages) == 1
    assert (round(float(paper.pages[0].mediabox.width)), round(float(paper.pages[0].mediabox.height))) in {(595, 842), (596, 842)}
    words = " ".join(paper.pages[0].extract_text().split())
    for part in ("January to March 2026", "Children whose own voice is recorded", "What we don’t know", "Questions waiting"):
        assert part in words
    assert "Sign out" not in words


def test_an_overview_full_of_sentences_still_prints_on_one_sheet(browse, pages: ExampleSource):

    long = replace(
        pages.release.unknowns[0], text="Police and early help use different thresholds for a concern, so their numbers differ. " * 2
    )
    pages.release = replace(
        with_latest(pages.release, "missing_episodes", count=Withheld.WITHHELD),
        changes=(long,) * 8,
        unknowns=(long,) * 8,
        questions=(long,) * 8,
    )
    page = browse("/")

    assert len(printed(page).pages) == 1


def test_a_print_of_the_map_has_the_still_picture(browse):
    page = browse("/places")
    page.wait_for_selector("[data-drawn]")

    page.emulate_media(media="print")

    expect(page.locator(".sl-map__still svg")).to_be_visible()
    expect(page.locator(".sl-map__live")).to_be_hidden()


def test_somebody_signs_in_reads_and_signs_out(browse, django_user_model):
    django_user_model.objects.create_user("sam", password="a long enough password", role="elected_member")
    page = browse("/agencies", signed_in=False)

    page.get_by_label("Sign-in name").fill("sam")
    page.locator("#id_password").fill("a long enough password")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Hold the partnership to account").check()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Agencies together")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
