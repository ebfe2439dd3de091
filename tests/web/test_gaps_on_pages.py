"""Every page that shows a number says whose records it lacks, or has without links."""

from __future__ import annotations

from sightline.publish.gaps import COUNTS_TWICE, gaps_of_figure
from sightline.web.pages.analyses import PAGES
from tests.support.releases import SUSPENDED, with_gaps
from tests.web.reading import words_of

WHY = "records of Police quarterly extract are not linked"


def test_an_agency_that_is_not_linked_or_not_agreed_is_named_beside_each_number_it_touches(pages, sign_in):
    pages.release = with_gaps(WHY)
    first, other = pages.release.indicators[:2]
    client = sign_in()

    for address in ("/", "/indicators", f"/indicators/{first.id}", "/places"):
        assert "· Police not linked" in words_of(client.get(address)), address
    behind = words_of(client.get(f"/indicators/{first.id}"))
    assert f"Police: {WHY}" in behind
    assert f"Health: {SUSPENDED}" in behind
    assert "Agencies not linked" not in words_of(client.get(f"/indicators/{other.id}"))
    together = words_of(client.get("/agencies"))
    assert f"Not all linked Police: {WHY}. {COUNTS_TWICE}" in together
    assert f"Not in any of these numbers: Health ({SUSPENDED})." in together
    analysis = pages.release.analyses[0]
    page = words_of(client.get(f"/{PAGES[analysis.page].address}"))
    assert f"Police: {WHY}" in page
    assert f"Health ({SUSPENDED})" in page


def test_what_a_map_is_drawn_from_says_whose_records_it_lacks(pages, sign_in):
    pages.release = with_gaps(WHY)
    touched = next(each for each in pages.release.indicators if "ward" in each.breakdowns)

    gaps = sign_in().get("/places/figures.json", {"indicator": touched.id}).json()["gaps"]

    assert gaps == gaps_of_figure(pages.release, touched.id, pages.release.period)
    assert any(WHY in each for each in gaps)


def test_a_release_that_lacks_nobody_says_nothing_of_links(pages, sign_in):
    client = sign_in()

    for address in ("/", "/agencies", f"/{PAGES[pages.release.analyses[0].page].address}"):
        assert "not linked" not in words_of(client.get(address)).lower(), address
