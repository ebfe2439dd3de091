from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from sightline.app.area_figures import Areas
from sightline.app.attack_files import attack_json
from sightline.app.attack_release import report_of
from sightline.app.lineage import DatasetFields
from sightline.app.roles import Role
from sightline.definitions.lineage import Origin, Use
from sightline.model.figures import Released, Withheld
from sightline.publish.attachments import AREAS
from sightline.publish.attack_report import ATTACK
from sightline.publish.board_report import mapped_indicator
from sightline.publish.maps import class_starts, shade_of
from sightline.web.pages.indicator_made import fields_of
from sightline.web.release_source import WorkspaceSource, using
from tests.support.attacked import clean
from tests.support.releases import WARDS
from tests.web.reading import document, table, text_of, words_of


def test_agencies_together_lists_every_combination_with_the_withheld_one_last(pages, sign_in):
    rows = table(sign_in().get("/agencies"), "Children by the agencies that know them")

    assert rows[1] == ["Education", "1", "21,000", "20,900 to 21,050"]
    assert rows[-1] == ["Children's social care and Housing", "2", "withheld", "withheld"]
    assert len(rows) == 6


def test_children_flagged_by_none_are_a_line_of_inquiry_and_not_a_finding(pages, sign_in):
    words = words_of(sign_in().get("/agencies"))

    assert "A line of inquiry 320 children were seen by two or more agencies and flagged by none of them." in words
    assert "300 to 325 by how records are linked: sensitive to linkage: what that means" in words
    assert "It may be that nothing was wrong" in words


def test_an_agency_that_sends_only_totals_is_named_as_missing_from_the_combinations(pages, sign_in):
    assert "Not in these counts: Harbour Light." in words_of(sign_in().get("/agencies"))


def test_the_map_and_the_table_of_wards_have_the_same_numbers(pages, sign_in):
    client = sign_in()

    rows = table(client.get("/places", {"indicator": "missing_episodes"}), "Missing episodes by ward")
    wards = client.get("/places/figures.json", {"indicator": "missing_episodes"}).json()["wards"]

    assert {ward["label"]: ward["words"] for ward in wards.values()} == dict(rows[1:])


def test_wards_that_are_too_small_are_put_together_on_the_map_in_its_picture_and_in_the_table(pages, sign_in):
    client = sign_in()
    listed = ("W01+1", "Harbour and Lighthouse", ("W01", "W02")), *((code, name, (code,)) for code, name in WARDS[2:])
    told = {"areas": [Areas("family", listed, "release 1").as_dict()], "of": {"missing_episodes": "family"}, "out_of_all": []}
    pages.files[AREAS] = json.dumps(told).encode()
    asked = {"indicator": "missing_episodes"}

    answer = client.get("/places", asked)
    rows = table(answer, "Missing episodes by area")
    marks = client.get("/places/figures.json", asked).json()["wards"]
    outlines = json.loads(client.get("/places/wards.geojson", asked).content)["features"]

    assert rows[0][0] == "Area"
    assert {ward["label"]: ward["words"] for ward in marks.values()} == dict(rows[1:])
    of = {figure.category: figure.count for figure in pages.release.breakdown("missing_episodes", "ward")}
    assert dict(rows[1:])["Harbour and Lighthouse"] == str(of["W01"].value + of["W02"].value)
    assert len(rows) == 6
    assert [each["properties"]["ward_code"] for each in outlines] == [code for code, _, _ in listed]
    assert "2 wards are put together with neighbours" in words_of(answer)
    assert "Harbour and Lighthouse: " in answer.content.decode(), "the still picture, without a script, has the area too"
    assert len(table(client.get("/places", {"indicator": "children_with_known_concern"}), "by ward")) == 7


def test_the_board_report_maps_the_areas_that_the_page_maps(pages, sign_in):
    client, shown = sign_in(), mapped_indicator(pages.release).id
    listed = ("W01+1", "Harbour and Lighthouse", ("W01", "W02")), *((code, name, (code,)) for code, name in WARDS[2:])
    told = {"areas": [Areas("family", listed, "release 1").as_dict()], "of": {shown: "family"}, "out_of_all": []}
    pages.files[AREAS] = json.dumps(told).encode()

    on_the_page = {row[0]: row[1] for row in table(client.get("/places", {"indicator": shown}), "by area")[1:]}
    places = document(client.get("/releases/1/board-report.html")).get_element_by_id("places")

    assert {text_of(row[0]): text_of(row[1]) for row in places.xpath(".//tbody/tr")} == on_the_page
    assert "2 wards are put together with neighbours" in text_of(places)
    assert "Harbour and Lighthouse" in text_of(places.xpath(".//svg")[0])


def test_a_withheld_ward_has_no_colour_and_the_others_have_that_of_the_still_picture(pages, sign_in):
    wards = sign_in().get("/places/figures.json", {"indicator": "missing_episodes"}).json()["wards"]

    values = [float(ward["words"]) for ward in wards.values() if ward["words"] != "withheld"]
    for ward in wards.values():
        expected = None if ward["words"] == "withheld" else shade_of(float(ward["words"]), class_starts(values))
        assert ward["colour"] == expected
    assert "withheld" in {ward["words"] for ward in wards.values()}


def test_the_boundaries_are_the_partnerships_own(pages, sign_in):
    answer = sign_in().get("/places/wards.geojson")

    assert answer["Content-Type"] == "application/geo+json"
    assert len(json.loads(answer.content)["features"]) == 6


def test_without_boundaries_the_table_stands_alone(pages, sign_in):
    pages.files, pages.release = {}, replace(pages.release, attachments={})

    answer = sign_in().get("/places")

    assert "This release carries no ward boundaries" in words_of(answer)
    assert len(table(answer, "by ward")) == 7


def test_children_without_a_known_ward_are_in_the_table_and_change_nothing_on_the_map(pages, sign_in):
    client = sign_in()
    before = client.get("/places/figures.json", {"indicator": "missing_episodes"}).json()
    unknown = replace(pages.release.breakdown("missing_episodes", "ward")[0], category="unknown", count=Released(9_000))
    wards = (*pages.release.categories["ward"], ("unknown", "Not known"))
    pages.release = replace(pages.release, figures=(*pages.release.figures, unknown), categories=pages.release.categories | {"ward": wards})

    rows = table(client.get("/places", {"indicator": "missing_episodes"}), "by ward")

    assert ["Not known", "9,000"] in rows
    assert client.get("/places/figures.json", {"indicator": "missing_episodes"}).json() == before


def test_when_every_ward_is_withheld_the_legend_is_the_hatching_alone(pages, sign_in):
    figures = tuple(
        replace(figure, count=Withheld.WITHHELD, statistic=None) if figure.breakdown == "ward" else figure
        for figure in pages.release.figures
    )
    pages.release = replace(pages.release, figures=figures)

    legend = document(sign_in().get("/places", {"indicator": "missing_episodes"})).xpath("//ul[@aria-label='Legend of the map']/li")

    assert [text_of(step) for step in legend] == ["withheld"]


def test_an_indicator_without_wards_is_not_found_among_places(pages, sign_in):
    assert sign_in().get("/places", {"indicator": "nothing"}).status_code == 404


def test_the_calendar_shows_what_has_not_arrived_and_what_was_never_due(pages, sign_in):
    rows = {row[0]: row[1:] for row in table(sign_in().get("/data/returns"), "as of 15 May 2026")}

    assert rows["Housing Housing extract"][0] == "15 of 16"
    assert rows["Housing Housing extract"][-1] == "not arrived"
    assert rows["Education Education extract"][1:3] == ["none due", "accepted"]
    assert rows["Health Health extract"][-2] == "accepted corrected"


def test_everybody_else_reads_of_findings_only_what_the_release_says(pages, sign_in):
    line = replace(pages.release.quality[0], agency="police", dataset="police")
    pages.release = replace(pages.release, quality=(line,))

    answer = sign_in().get("/data/returns/police/police")

    found = table(answer, "each cause once")
    assert len(found) == 2
    assert found[1][1:] == ["a look", "15", "January to March 2026"]
    assert "17" not in text_of(document(answer).find(".//table"))


def test_a_data_officer_sees_exact_rows_of_the_own_agency_each_cause_once(pages, sign_in):
    found = table(sign_in(Role.AGENCY_DATA_OFFICER, "police").get("/data/returns/police/police"), "each cause once")

    assert [row[1:] for row in found[1:]] == [
        ["a look", "17", "8 quarters, latest January to March 2026"],
        ["nothing", "7", "16 quarters, latest January to March 2026"],
    ]


def test_a_data_officer_is_shown_no_other_agency(pages, sign_in):
    client = sign_in(Role.AGENCY_DATA_OFFICER, "police")

    assert [row[0] for row in table(client.get("/data/returns"), "as of")[1:]] == ["Police Police extract"]
    assert client.get("/data/returns/health/health").status_code == 404


def test_the_page_of_a_release_tells_what_it_rests_on(pages, sign_in):
    answer = sign_in().get("/releases/1")

    assert ["Housing", "Housing quarterly extract", "to 31 December 2025", "15 of 16", "settled"] in table(answer, "Returns by agency")
    assert ["Missing episodes", "245", "245", "a count, not out of anything"] in table(answer, "Key measures")
    assert "threshold-10-round-5/1" in words_of(answer)


def test_a_withdrawn_release_says_so_on_its_own_page_and_in_the_list(pages, sign_in, monkeypatch):
    withdrawn = [replace(each, withdrawn_at=datetime(2026, 6, 1, tzinfo=UTC)) for each in pages.all()]
    monkeypatch.setattr(pages, "all", lambda: withdrawn)
    client = sign_in()

    assert "This release was withdrawn on 1 June 2026. Do not use its numbers" in words_of(client.get("/releases/1"))
    assert "withdrawn on 1 June 2026" in words_of(client.get("/releases"))


def attacked() -> bytes:
    """What was tried on the example, as it would be kept with it."""
    report = report_of(clean(), rng=np.random.default_rng(1), tries=50)
    return attack_json(replace(report, title="release 1", beside=("release 0",)))


def test_how_a_release_was_attacked_is_told_in_plain_words_with_a_table(pages, sign_in, monkeypatch):
    monkeypatch.setitem(pages.files, ATTACK, attacked())
    client = sign_in()
    answer = client.get("/releases/1/attacked")
    rows = {row[0]: row[1:] for row in table(answer, "Each attack on release 1")[1:]}

    assert "attacks were tried on release 1 and none found anything" in words_of(answer)
    assert "has kept every release before it (1)" in words_of(answer)
    assert rows["Subtraction"][-1].startswith("nothing found")
    assert rows["Timing"][1] == "not tried"
    for page in ("/releases/1", "/about-this-data"):
        assert "/releases/1/attacked" in client.get(page).content.decode()


def test_a_release_of_which_nothing_was_kept_does_not_look_as_if_nothing_had_been_found(pages, sign_in):
    client = sign_in()
    said = words_of(client.get("/releases/1/attacked"))

    assert "made before attacks were kept" in said
    assert "nothing found" not in said
    assert client.get("/releases/99/attacked").status_code == 404


def test_a_release_that_does_not_exist_is_not_found(pages, sign_in):
    assert sign_in().get("/releases/99").status_code == 404


def test_the_words_that_stand_for_numbers_are_explained(pages, sign_in):
    words = words_of(sign_in().get("/about-this-data"))

    for word in ("withheld", "no return received", "not collected", "provisional"):
        assert word in words
    assert ["Harbour Light", "Totals only, no records", "everything due has arrived"] in table(
        sign_in(Role.CHECKER).get("/about-this-data"), "Agencies in this release"
    )


@pytest.mark.parametrize("address", ["/", "/indicators", "/indicators/missing_episodes", "/agencies", "/places"])
def test_before_the_first_release_a_page_says_what_to_do(address, empty_pages, sign_in):
    answer = sign_in().get(address)

    assert answer.status_code == 200
    words = words_of(answer)
    assert "There is no release yet" in words
    assert "sightline release" in words


def test_before_the_first_return_the_calendar_says_what_to_do(empty_pages, sign_in):
    assert "sightline check" in words_of(sign_in().get("/data/returns"))


@pytest.mark.django_db
def test_without_a_workspace_the_pages_are_those_of_a_beginning(sign_in, settings):
    settings.WORKSPACE = None
    client = sign_in()

    assert "There is no release yet" in words_of(client.get("/"))
    assert "No release has been made yet" in words_of(client.get("/releases"))
    assert client.get("/places/wards.geojson").status_code == 404


def test_lists_that_name_a_column_alike_share_a_row_of_how_a_number_is_made():
    born = [Origin("identity_record.date_of_birth", f"List {number}", Use.VALUE, ("Date of Birth",)) for number in (1, 2, 3)]
    flag = Origin("flag.flag", "List 3", Use.VALUE, ("Category",))

    rows = fields_of(DatasetFields("csc", "Care", "record_level", "annex_a", "Annex A", "annex_a@2", (*born, flag), ()))

    assert [(row[0], row[-1]) for row in rows] == [("identity_record.date_of_birth", "all 3 of these lists"), ("flag.flag", "List 3")]


def test_an_administrator_reads_the_names_of_agencies(workspace, sign_in):
    with using(WorkspaceSource(workspace.root)):
        answer = sign_in(Role.ADMINISTRATOR, agency="csc").get("/")

    assert "Children's social care" in words_of(answer)
