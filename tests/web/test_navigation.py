"""The menu in groups: every page is reached from every page without a script, and nobody is offered what they may not see."""

from __future__ import annotations

import pytest

from sightline.app.roles import Role
from sightline.web.navigation import GROUPS, beside, everything, menu
from sightline.web.permissions import PAGES, may_see
from tests.web.reading import document, text_of


@pytest.mark.parametrize("role", list(Role))
def test_menu_and_foot_offer_every_page_of_the_groups_that_a_role_may_see_and_no_other(role):
    offered = {link.address for _, links in everything(role) for link in links}

    assert len(offered) == sum(may_see(role, entry.page) for group in GROUPS for entry in group.entries)
    assert {link.address for link in menu(role, "/", None)} <= offered


def test_every_page_of_a_group_stands_in_the_table_of_permissions():
    assert {entry.page for group in GROUPS for entry in group.entries} <= set(PAGES)


def test_the_pages_of_the_group_stand_under_the_menu_and_the_present_one_is_marked(pages, sign_in):
    page = document(sign_in().get("/flags"))

    row = page.xpath("//nav[@aria-label='Pages beside this one']//a")
    assert [text_of(link) for link in row] == [
        "Agencies together",
        "Who refers",
        "Flags compared",
        "Screening tools",
        "Who is not reached",
        "What young people say",
    ]
    assert [text_of(link) for link in row if link.get("aria-current") == "page"] == ["Flags compared"]
    assert beside(Role.ANALYST, "/", "overview") == []


def test_a_group_leads_to_its_first_page_that_the_reader_may_see():
    leads = {link.words: link.address for link in menu(Role.ELECTED_MEMBER, "/", None)}

    assert leads["Harm and places"] == "/places"
    assert {link.words: link.address for link in menu(Role.ANALYST, "/", None)}["Harm and places"] == "/people-who-cause-harm"


@pytest.mark.parametrize("address", ["/", "/releases/1"])
def test_the_board_report_is_found_without_knowing_its_address(address, pages, sign_in):
    page = document(sign_in(Role.ELECTED_MEMBER).get(address))

    assert page.xpath("//main//a/@href[contains(., 'board-report')]") == ["/releases/1/board-report.pdf", "/releases/1/board-report.html"]
