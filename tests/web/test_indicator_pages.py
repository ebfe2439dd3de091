from __future__ import annotations

from dataclasses import replace

import pytest

from sightline.model.figures import NotAvailable, Range, Released
from sightline.publish.series import linking_words
from sightline.web.pages import indicator as indicator_page
from tests.web.reading import document, table, text_of, words_of


def listed(response):
    return [text_of(heading) for heading in document(response).xpath("//main//h3")]


def test_the_list_begins_with_the_five_key_measures(pages, sign_in):
    titles = listed(sign_in().get("/indicators"))

    assert titles[:5] == [indicator.title for indicator in pages.release.indicators if indicator.key]
    assert len([title for title in titles if title != "Waiting for data"]) == 12


def test_a_search_keeps_what_mentions_every_word(pages, sign_in):
    assert listed(sign_in().get("/indicators", {"q": "Voice RECORDED"})) == ["Children whose own voice is recorded"]


def test_a_search_that_finds_nothing_says_so_and_shows_what_was_asked_as_text(pages, sign_in):
    answer = sign_in().get("/indicators", {"q": "<b>zebra</b>"})

    assert "0 of 14 indicators mention “<b>zebra</b>”." in words_of(answer)
    assert not document(answer).xpath("//b")


def test_the_table_over_time_has_the_numbers_of_the_release_newest_first(pages, sign_in):
    rows = table(sign_in().get("/indicators/missing_episodes"), "Missing episodes, by quarter")

    series = pages.release.series("missing_episodes")
    assert rows[0] == ["Quarter", "Episodes", "Range from linking"]
    assert rows[1] == ["January to March 2026", str(series[-1].count), linking_words(series[-1])]
    assert rows[-1] == ["April to June 2022", str(series[0].count), linking_words(series[0])]
    assert len(rows) == 17


def test_a_quarter_without_a_return_says_why_instead_of_a_number(pages, sign_in):
    rows = table(sign_in().get("/indicators/emergency_attendances_for_assault"), "by quarter")

    assert ["July to September 2023", "no return received"] in rows


def test_a_reason_that_holds_for_a_whole_row_is_said_once_across_it(pages, sign_in):
    early = NotAvailable("records do not reach back far enough")
    figures = tuple(
        replace(figure, count=early, out_of=early, statistic=early) if figure.period == "2022-Q2" else figure
        for figure in pages.release.figures
    )
    pages.release = replace(pages.release, figures=figures)

    answer = sign_in().get("/indicators/children_with_known_concern")

    assert table(answer, "by quarter")[-1] == ["April to June 2022", "records do not reach back far enough"]
    assert document(answer).xpath("//td[@colspan]/@colspan")[0] == "5"


def test_a_breakdown_shows_withheld_as_the_word_never_as_zero_or_nothing(pages, sign_in):
    rows = table(sign_in().get("/indicators/children_referred_again", {"by": "ward"}), "by home ward")

    assert rows[0] == ["Home ward", "Per cent", "95% interval", "Children", "Out of", "Range from linking", "Beside all wards"]
    assert ["Northgate", "withheld", "withheld", "withheld", "800", "withheld", "withheld"] in rows
    assert all(cell not in ("", "0", "-", "None") for row in rows for cell in row)


def test_a_rate_is_named_in_the_heading_and_bare_in_the_cells(pages, sign_in):
    rows = table(sign_in().get("/indicators/children_with_known_concern"), "by quarter")

    assert rows[0] == ["Quarter", "Per 10,000", "95% interval", "Children", "Out of", "Range from linking"]
    assert rows[1] == ["January to March 2026", "410.0", "355.8 to 470.1", "205", "5,000", "195 to 210"]


def figure_of(release, count, drawn):
    figures = (
        replace(figure, count=Released(count), range=drawn)
        if (figure.indicator, figure.period, figure.breakdown) == ("children_with_known_concern", release.period, "all")
        else figure
        for figure in release.figures
    )
    return replace(release, figures=tuple(figures))


@pytest.mark.parametrize(
    ("drawn", "cell", "sentence"),
    [
        (Range(195, 215, sensitive=True), "195 to 215, sensitive to linkage", "195 to 215 by how records are linked: sensitive to linkage"),
        (Range(205, 205, sensitive=False), "205", None),
        (None, "not worked out", None),
    ],
)
def test_what_linking_leaves_open_stands_beside_the_count_and_under_it(drawn, cell, sentence, pages, sign_in):
    pages.release = figure_of(pages.release, 205, drawn)
    answer = sign_in().get("/indicators/children_with_known_concern")

    assert table(answer, "by quarter")[1][-1] == cell
    assert ("by how records are linked" in words_of(answer)) == (sentence is not None)
    assert sentence is None or sentence in words_of(answer)
    assert sentence is None or "#linking" in " ".join(document(answer).xpath("//a/@href"))


@pytest.mark.parametrize("by", ["all", "ward", "age_band", "sex", "ethnicity", "agency", "referral_source"])
def test_each_way_to_look_at_it_is_a_link_and_the_present_one_is_marked(by, pages, sign_in):
    answer = sign_in().get("/indicators/missing_episodes", {"by": by})

    tabs = document(answer).xpath("//nav[@aria-label='Look at it by']//a")
    assert len(tabs) == 7
    assert len([tab for tab in tabs if tab.get("aria-current") == "page"]) == 1


def test_the_drawing_of_the_release_stands_beside_the_table(pages, sign_in):
    drawing = document(sign_in().get("/indicators/missing_episodes", {"by": "sex"})).xpath("//figure//svg")

    assert drawing[0].get("role") == "img"
    assert text_of(drawing[0]).startswith("Missing episodes by sex")


def test_an_earlier_quarter_has_its_own_numbers_and_its_own_drawing(pages, sign_in):
    answer = sign_in().get("/indicators/missing_episodes", {"by": "sex", "period": "2025-Q1"})

    figures = {figure.category: figure for figure in pages.release.breakdown("missing_episodes", "sex", "2025-Q1")}
    assert ["Female", str(figures["female"].count), linking_words(figures["female"])] in table(answer, "January to March 2025")
    assert "January to March 2025" in text_of(document(answer).xpath("//figure//svg")[0])


def test_a_drawing_that_holds_a_script_is_not_placed(pages, sign_in, monkeypatch):
    monkeypatch.setattr(indicator_page, "trend", lambda release, id: b"<svg><script>alert(1)</script></svg>")

    assert b"alert(1)" not in sign_in().get("/indicators/missing_episodes").content


@pytest.mark.parametrize("query", [{"by": "postcode"}, {"period": "1999-Q1"}, {"period": "<script>"}])
def test_a_breakdown_or_quarter_that_the_release_lacks_is_not_found(query, pages, sign_in):
    answer = sign_in().get("/indicators/missing_episodes", query)

    assert answer.status_code == 404
    assert "There is no such page" in words_of(answer)


def test_several_interpretations_come_before_the_definition(pages, sign_in):
    words = words_of(sign_in().get("/indicators/missing_episodes"))

    first, second = pages.release.indicator("missing_episodes").interpretations
    assert words.index("Possible interpretations") < words.index(first) < words.index(second) < words.index("Definition")
    assert "Read ten of them with practitioners" in words


def test_it_tells_how_the_number_was_made(pages, sign_in):
    words = words_of(sign_in().get("/indicators/missing_episodes"))

    for step in ("16 of 16 returns", "Generation 1", "splink-5/1", "referral.received_on", "threshold-10-round-5/1", "select person_id"):
        assert step in words, step


def test_an_indicator_that_needs_every_agency_names_them_all(pages, sign_in):
    everybody = tuple(replace(each, agencies_needed=()) for each in pages.release.indicators)
    pages.release = replace(pages.release, indicators=everybody)

    words = words_of(sign_in().get("/indicators/missing_episodes"))

    assert "7 of 8 agencies" in words
    assert "Housing and Harbour Light" in words


def test_questions_are_grouped_by_part_with_those_that_wait_and_for_what(pages, sign_in):
    answer = sign_in().get("/indicators")

    groups = [text_of(each) for each in document(answer).xpath("//section[starts-with(@aria-labelledby, 'group-')]/h2")]
    assert groups == ["Key measures", "Recognising harm", "Missing", "What we do not know"]
    waits = text_of(document(answer).xpath("//section[@aria-labelledby='group-unknown']")[0])
    assert "Waits for: Young people's own answers about where they feel safe." in waits


@pytest.mark.parametrize(
    ("asked", "found", "first"),
    [
        ({"part": "missing"}, 2, "Missing episodes"),
        ({"from": "police"}, 12, "Children with a known concern"),
        ({"show": "waiting"}, 2, "Concerns raised by sexual health services"),
        ({"show": "counted", "q": "voice"}, 1, "Children whose own voice is recorded"),
        ({"q": "H09"}, 1, "Concerns raised by sexual health services"),
        ({"part": "<script>"}, 14, "Children with a known concern"),
    ],
)
def test_a_form_without_scripts_keeps_the_questions_of_one_kind(asked, found, first, pages, sign_in):
    answer = sign_in().get("/indicators", asked)

    links = document(answer).xpath("//section//ul/li//a")
    assert (len(links), text_of(links[0])) == (found, first)
    assert ("Show all" in words_of(answer)) == (found != 14)


def test_a_question_that_waits_has_a_page_that_says_for_what_and_shows_no_figure(pages, sign_in):
    words = words_of(sign_in().get("/indicators/concerns_of_clinics"))

    assert "Waits for data · H09 · Recognising harm" in words
    assert "Contacts with sexual health services. Whether a concern was raised at each." in words
    assert "that is not a figure of none" in words


def test_what_stands_behind_a_figure_is_told_for_its_quarter(pages, sign_in):
    client = sign_in()

    now = words_of(client.get("/indicators/exploitation_referrals"))
    before = words_of(client.get("/indicators/exploitation_referrals", {"period": "2025-Q4"}))
    assert "Agencies in Children's social care Agencies missing none of those it needs" in now
    assert "Agencies missing Police: no return for the quarter" in before
    assert "from April to June 2023: The form changed, and with it what is asked." in now


def test_a_rate_stands_with_its_interval_and_the_wards_beside_all_of_them(pages, sign_in):
    answer = sign_in().get("/indicators/children_with_known_concern", {"by": "ward"})

    assert "410.0 95% interval 355.8 to 470.1" in words_of(answer)
    assert table(answer, "by home ward")[2][-1] in ("lower", "higher", "no clear difference")
    assert "1 ward without a number shown could not be compared." in words_of(answer)


def test_the_series_has_its_ordinary_variation_as_a_chart_as_words_and_as_numbers(pages, sign_in):
    answer = sign_in().get("/indicators/missing_episodes")

    assert "From quarter to quarter this series ordinarily lies between" in words_of(answer)
    rows = table(answer, "Ordinary variation of: Missing episodes")
    assert rows[0] == ["Quarter", "Episodes", "Centre", "Limits", "What it is"]
    assert len(rows) == 17


def test_a_number_is_followed_to_the_columns_of_each_agencys_extract(pages, sign_in):
    client = sign_in()

    assert document(client.get("/indicators/missing_episodes")).xpath("//a[@href='/indicators/missing_episodes/made']")
    rows = table(client.get("/indicators/missing_episodes/made"), "Columns of Police, Police extract")
    assert rows[1] == ["missing_episode.started_on", "Date went missing", "it holds the value", "counted", "missing episodes"]
    assert rows[2][1:] == ["DOB; Date of birth", "it holds the value", "to join records of one person", "people"]
