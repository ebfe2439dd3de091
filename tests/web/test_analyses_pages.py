"""The pages of analyses: each table beside its chart, what is withheld or missing said in words, and the same numbers to take along."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest

from sightline.app.roles import Role
from sightline.model.analyses import AnalysisRow
from sightline.model.figures import Released
from sightline.model.releases import Statement
from sightline.web.pages.analyses import PAGES
from tests.support.analyses import with_many_tables
from tests.web.reading import document, table, text_of, words_of

ADDRESSES = [f"/{each.address}" for each in PAGES.values()]


def test_each_page_holds_its_analysis_with_readings_inquiry_caveat_and_files(pages, sign_in):
    client = sign_in()

    for address in ADDRESSES:
        words = words_of(client.get(address))
        for part in (
            "Twelve months to 31 March 2026",
            "Why we look at this.",
            "More is seen where people look.",
            "Read ten of them",
            "Keep in mind.",
        ):
            assert part in words, (address, part)
        assert "Take the numbers along as CSV" in words


def test_a_crossing_stands_as_a_heat_map_as_the_same_table_and_row_by_row(pages, sign_in):
    answer = sign_in().get("/needs")

    crossed = table(answer, "Needs by age")
    assert crossed[0] == ["Need / age", "Under 10", "10 to 12", "13 to 15", "16 and 17"]
    assert crossed[1] == ["Was in care", "12%", "8%", "withheld", "withheld"]
    drawing = document(answer).xpath("//figure//svg")[0]
    assert "Was in care: Under 10 12%, 10 to 12 8%." in text_of(drawing)
    assert "For 2 further combinations the number is 0 to 4, or withheld." in words_of(answer)


def test_a_flow_is_drawn_only_where_it_is_shown(pages, sign_in):
    answer = sign_in().get("/journeys")

    description = text_of(document(answer).xpath("//figure//svg/desc")[0])
    assert "Concern recorded to Assessed: 125" in description
    assert "Assessed to Specialist help: 85" in description
    assert "Flows of few children or none are not drawn." in description
    assert ["Concern recorded", "Assessed", "Specialist help", "85"] in table(answer, "Steps of children's journeys")
    assert all(row[0] != "Assessed" for row in table(answer, "Steps of children's journeys"))


def test_a_total_of_fewer_than_all_says_out_of_how_many(pages, sign_in):
    analysis = pages.release.analyses_of("needs")[0]
    counted = analysis.tables[0]
    rows = tuple(replace(row, out_of=Released(450)) for row in counted.rows)
    fewer = replace(analysis, tables=(replace(counted, rows=rows, total=Released(285)), *analysis.tables[1:]))
    pages.release = replace(pages.release, analyses=tuple(fewer if each.id == analysis.id else each for each in pages.release.analyses))

    assert f"In all: 285 {counted.unit} of 450." in words_of(sign_in().get("/needs"))


def test_a_median_stands_with_its_interval_and_a_withheld_one_as_the_word(pages, sign_in):
    rows = table(sign_in().get("/journeys"), "How long each step takes")

    assert rows[0] == ["Begins with", "Children", "Median days", "95% interval"]
    assert rows[1] == ["Concern recorded", "200", "12", "8 to 21"]
    assert rows[3] == ["Specialist help", "withheld", "withheld", "withheld"]


def test_who_is_not_reached_is_told_as_a_rate_with_its_interval_beside_the_others(pages, sign_in):
    rows = table(sign_in().get("/reach"), "Recognised children by age")

    assert rows[0] == ["Age", "Per 10,000", "95% interval", "Children", "Out of", "Beside all other children"]
    assert rows[2] == ["10 to 12", "112.5", "84.2 to 150.2", "45", "4,000", "1.4 times (1.1 to 1.8), higher"]


def test_flags_are_compared_with_their_rules_side_by_side_and_what_is_left_out_said(pages, sign_in):
    answer = sign_in().get("/flags")

    rules = table(answer, "By which rule each agency sets a flag")
    assert rules[1] == ["Police: Marker 7", "One report", "Any officer", "not said", "not said", "Closed by a supervisor"]
    assert ["Children's social care and Police", "40", "35 to 45"] in table(answer, "flagged by exactly these agencies")
    agreement = table(answer, "how far their marks fall on the same children")
    assert agreement[1] == ["Children's social care", "Police", "31%", "0.42", "0.33 to 0.51"]
    assert agreement[2] == ["1 further pair", "", *["withheld"] * 3]
    assert "few or none: which of the two is not told" in words_of(answer)


def test_a_long_page_begins_with_its_contents_and_folds_all_tables_but_the_first_of_each_analysis(pages, sign_in):
    pages.release = with_many_tables(pages.release, "flags")
    client = sign_in()
    here, short = document(client.get("/flags")), document(client.get("/journeys"))

    anchors = [each.get("href") for each in here.xpath("//nav[@aria-labelledby='on-this-page']//a")]
    assert len(anchors) == 4
    assert all(here.xpath(f"//*[@id='{anchor[1:]}']") for anchor in anchors)
    assert [text_of(each) for each in here.xpath("//details[contains(@class, 'sl-fold')]/summary")] == [
        "Printed number 2",
        "Printed number 3",
    ]
    assert not here.xpath("//details[contains(@class, 'sl-fold')][@open]")
    assert not short.xpath("//details[contains(@class, 'sl-fold')] | //nav[@aria-labelledby='on-this-page']")


def test_an_agency_that_is_missing_from_a_table_is_named_with_how_far_it_reaches(pages, sign_in):
    assert "Not in any of these numbers for January to March 2026: Housing, whose returns reach to 31 December 2025." in words_of(
        sign_in().get("/sources")
    )


def test_a_table_that_nobody_could_count_says_why_and_draws_nothing(pages, sign_in):
    answer = sign_in().get("/people-who-cause-harm")

    assert "no return received" in words_of(answer)
    assert not document(answer).xpath("//figure")


def test_what_changed_stands_on_its_own_page_at_most_five_sentences_and_not_on_the_overview(pages, sign_in):
    told = tuple(Statement("change", f"Sentence {place}.", page="reach") for place in range(7))
    pages.release = replace(pages.release, changes=(*pages.release.changes, *told))
    client = sign_in()

    words = words_of(client.get("/reach"))
    assert "What changed Sentence 0." in words
    assert "Sentence 4." in words
    assert "Sentence 5." not in words
    assert "Sentence" not in words_of(client.get("/")) + words_of(client.get("/flags"))


def test_a_release_made_before_there_were_analyses_says_so(pages, sign_in):
    pages.release = replace(pages.release, analyses=())

    assert "This release has no analysis of this" in words_of(sign_in().get("/journeys"))


def test_a_file_has_every_row_with_withheld_as_the_word_and_its_total(pages, sign_in):
    answer = sign_in().get("/releases/1/journeys/journeys.csv")

    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert answer["Content-Disposition"] == 'attachment; filename="journeys-release-1.csv"'
    withheld = next(row for row in rows if row["table"] == "paths" and row["category_1"] == "assessed")
    assert (withheld["count"], withheld["category_words_3"]) == ("withheld", "Specialist help")
    assert [row["count"] for row in rows if row["row"] == "total"] == ["400", "400"]
    waits = next(row for row in rows if row["table"] == "waits" and row["category_1"] == "concern")
    assert (waits["median"], waits["median_low"], waits["median_high"], waits["median_unit"]) == ("12", "8", "21", "days")


def test_no_cell_of_a_file_begins_a_formula(pages, sign_in):
    analysis = pages.release.analysis("referral_sources")
    evil = replace(analysis.tables[0], title="=cmd|' /C calc'!A0", rows=(AnalysisRow(("@SUM(1)",), Released(10)),))
    hostile = replace(
        pages.release, analyses=(replace(analysis, tables=(evil,)),), indicators=(replace(pages.release.indicators[0], title="+1+1"),)
    )
    pages.release = hostile
    client = sign_in()

    for address in (
        "/releases/1/sources/referral_sources.csv",
        f"/releases/1/indicators/{hostile.indicators[0].id}.csv",
        "/releases/1/figures.csv",
    ):
        text = client.get(address).content.decode("utf-8-sig")
        cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
        assert not [cell for cell in cells if cell[:1] in ("=", "+", "@")]
        assert [cell for cell in cells if cell in ("'=cmd|' /C calc'!A0", "'+1+1")]


def test_the_files_of_an_indicator_say_the_same_as_its_release(pages, sign_in):
    client = sign_in()

    rows = list(csv.DictReader(io.StringIO(client.get("/releases/1/indicators/missing_episodes.csv").content.decode("utf-8-sig"))))
    told = json.loads(client.get("/releases/1/indicators/missing_episodes.json").content)

    figures = [each for each in pages.release.figures if each.indicator == "missing_episodes"]
    assert [row["count"] for row in rows] == [str(each.count).replace(",", "") for each in figures]
    assert [str(row["count"]) for row in told["figures"]] == [row["count"] for row in rows]
    assert told["indicator"]["caveat"] == "Needs linked people; missed links lower it."
    assert told["release"]["number"] == 1


@pytest.mark.parametrize(
    "address", ["/releases/2/figures.csv", "/releases/1/figures.exe", "/releases/1/flags/journeys.csv", "/releases/1/indicators/x.csv"]
)
def test_there_is_no_file_of_what_is_not_there(address, pages, sign_in):
    assert sign_in().get(address).status_code == 404


def test_a_withdrawn_release_can_not_be_taken_along(pages, sign_in, monkeypatch):
    withdrawn = [replace(each, withdrawn_at=each.created_at) for each in pages.all()]
    monkeypatch.setattr(pages, "all", lambda: withdrawn)
    client = sign_in()

    assert client.get("/releases/1/figures.csv").status_code == 404
    assert "to take along" not in words_of(client.get("/releases/1"))


def test_the_page_of_a_release_lists_only_files_that_the_reader_may_take(pages, sign_in):
    member, analyst = (sign_in(role).get("/releases/1") for role in (Role.ELECTED_MEMBER, Role.ANALYST))

    def addresses(answer):
        return {each.get("href") for each in document(answer).xpath("//a[@download]")}

    harm = "/releases/1/people-who-cause-harm/people.csv"
    assert harm in addresses(analyst)
    assert harm not in addresses(member)
    assert "/releases/1/flags/flags_compared.json" in addresses(member)
    assert len([each for each in addresses(analyst) if "/indicators/" in each]) == 24
