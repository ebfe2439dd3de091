"""Quality over time as people read it: what came and what did not, never a zero for what is missing, exact only for the own officer."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from sightline.app.returns import ReturnsOverview, Standing
from sightline.app.roles import Role
from tests.support.releases import AGENCIES
from tests.web.example import ExampleSource
from tests.web.reading import document, table, text_of, words_of

HERE = "/data/quality"
CAPTIONS = ("Timeliness,", "Completeness,", "Conformity,", "Rows beside the return before,")


def row_of(answer, caption: str, agency: str) -> list[str]:
    return next(row[1:] for row in table(answer, caption) if row[0].startswith(agency))


def changed(pages: ExampleSource, agency: str, period: str, **values: object) -> ReturnsOverview:
    """The calendar with one of its returns told otherwise."""
    lines = [replace(line, **values) if (line.agency, line.period) == (agency, period) else line for line in pages.calendar.returns]
    return replace(pages.calendar, returns=tuple(lines))


def test_what_did_not_come_what_may_still_come_and_what_was_never_due_are_three_things(pages, sign_in):
    answer = sign_in().get(HERE)

    for caption in CAPTIONS:
        assert row_of(answer, caption, "Housing")[-1] == "did not come"
        assert row_of(answer, caption, "Children's social care")[-1] == "may still come"
        assert row_of(answer, caption, "Education")[0] == "none due"
        assert row_of(answer, caption, "Harbour Light")[1] == "taken back"


def test_nothing_that_is_missing_is_drawn_or_written_as_zero(pages, sign_in):
    answer = sign_in().get(HERE)

    for caption in CAPTIONS:
        cells = [cell for row in table(answer, caption)[1:] for cell in row[1:]]
        assert not [cell for cell in cells if re.match(r"(at least )?0\b", cell) or cell in {"", "-"}]
    strips = document(answer).xpath("//figure//svg")
    for drawing in strips:
        assert len(drawing.xpath(".//circle[not(ancestor::pattern)]")) == 8 * 6 - 3 - 3


def test_every_chart_stands_beside_a_table_of_the_same_words(pages, sign_in):
    answer = sign_in().get(HERE)

    drawings = document(answer).xpath("//figure//svg")
    assert len(drawings) == 3
    for drawing, caption in zip(drawings, CAPTIONS, strict=False):
        described = text_of(drawing.find("desc"))
        for row in table(answer, caption)[1:]:
            for cell in row[1:]:
                assert cell.removesuffix(" corrected since").removesuffix(" 2 not checked") in described


def test_agencies_stand_in_the_partnerships_order_in_every_table(pages, sign_in):
    answer = sign_in().get(HERE)

    for caption in ("Since when each series", *CAPTIONS):
        named = [row[0] for row in table(answer, caption)[1:]]
        assert [name for _, name in AGENCIES] == [next(name for _, name in AGENCIES if cell.startswith(name)) for cell in named]


def test_no_colour_judges(pages, sign_in):
    page = sign_in().get(HERE).content.decode()

    drawn = {colour.lower() for colour in re.findall(r'(?:fill|stroke)="(#[0-9a-fA-F]{6})"', page)}
    for colour in drawn:
        red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
        assert max(red, green) <= blue, colour


def test_the_page_says_since_when_all_can_be_relied_on(pages, sign_in):
    pages.calendar = changed(pages, "housing", "2026-Q1", state=Standing.DUE)

    assert (
        "The 14th quarterly return, July to September 2025, was the first from which all of the 8 datasets expected were reported "
        "consistently." in words_of(sign_in().get(HERE))
    )


def test_each_series_says_since_when_or_what_stands_in_the_way(pages, sign_in):
    answer = sign_in().get(HERE)

    assert row_of(answer, "Since when each", "Early help")[0] == "July to September 2025, its 14th return"
    assert row_of(answer, "Since when each", "Housing") == ["not yet", "January to March 2026: did not come"]
    assert row_of(answer, "Since when each", "Harbour Light")[0] == "April to June 2025, its 13th return"


def test_each_dataset_says_with_which_version_its_returns_are_complete(pages, sign_in):
    answer = sign_in().get(HERE)

    assert row_of(answer, "Numbers of returns by the version", "Police") == ["0", "0", "14", "2"]
    assert row_of(answer, "Numbers of returns by the version", "Early help") == ["16", "0", "0", "0"]
    assert "Police extract of Police: a quarter is first complete with the third version of its return" in words_of(answer)


def test_what_came_is_counted_and_what_is_awaited_is_named(pages, sign_in):
    answer = sign_in().get(HERE)

    assert table(answer, "Numbers of returns by quarter")[1] == ["January to March 2026", "8", "6", "0", "1", "0", "1"]
    awaited = [(row[0].split(" ")[0], row[-1]) for row in table(answer, "that are awaited on 15 May 2026")[1:]]
    assert awaited == [
        ("Children's", "may still come in time"),
        ("Housing", "the day has passed, nothing came"),
        ("Harbour", "the agency took it back"),
    ]


def test_a_correction_is_said_and_does_not_make_a_return_late(pages, sign_in):
    assert row_of(sign_in().get(HERE), "Timeliness,", "Health")[-2] == "1 day early corrected since"


@pytest.mark.parametrize("role", [Role.ANALYST, Role.STRATEGIC_LEAD, Role.CHECKER])
def test_nobody_but_the_own_officer_reads_numbers_of_rows_or_exact_shares(role, pages, sign_in):
    answer = sign_in(role).get(HERE)

    shares = {cell for caption in CAPTIONS[1:3] for row in table(answer, caption)[1:] for cell in row[1:] if "%" in cell}
    assert {re.sub(r" \d+ not checked", "", share) for share in shares} <= {f"at least {step}%" for step in range(0, 96, 5)}
    assert "rows" not in " ".join(cell for row in table(answer, CAPTIONS[3])[1:] for cell in row[1:])
    for line in pages.calendar.returns:
        assert not line.rows_read or f">{line.rows_read}" not in answer.content.decode()


def test_what_everybody_reads_is_the_same_for_every_number_of_rows_within_a_step(pages, sign_in):
    client = sign_in()
    pages.calendar = changed(pages, "police", "2025-Q4", rows_read=1000, rows_kept=951)
    before = row_of(client.get(HERE), "Completeness,", "Police"), document(client.get(HERE)).xpath("string(//figure[2])")
    pages.calendar = changed(pages, "police", "2025-Q4", rows_read=1000, rows_kept=1000)

    assert (row_of(client.get(HERE), "Completeness,", "Police"), document(client.get(HERE)).xpath("string(//figure[2])")) == before


def test_a_data_officer_reads_exact_shares_of_the_own_agency_alone(pages, sign_in):
    answer = sign_in(Role.AGENCY_DATA_OFFICER, "police").get(HERE)

    assert [row[0] for row in table(answer, "Completeness,")[1:]] == ["Police Police extract"]
    assert row_of(answer, "Completeness,", "Police")[-1] == "99.5%"
    assert row_of(answer, "Conformity,", "Police")[-2:] == ["100.0%", "at least 95.8%"]
    assert row_of(answer, "Rows beside", "Police")[-1] == "405 rows 1.02 times"
    assert "Housing" not in text_of(document(answer).find(".//main"))


def test_what_could_not_be_checked_stands_beside_the_share(pages, sign_in):
    assert row_of(sign_in().get(HERE), "Conformity,", "Youth justice")[-1] == "at least 95% 2 not checked"


def test_an_empty_return_has_no_share_and_no_point(pages, sign_in):
    pages.calendar = changed(pages, "police", "2025-Q4", rows_read=0, rows_kept=0)

    answer = sign_in().get(HERE)

    assert row_of(answer, "Completeness,", "Police")[-2] == "no rows"
    assert len(document(answer).xpath("(//figure//svg)[2]//circle[not(ancestor::pattern)]")) == 8 * 6 - 3 - 3 - 1


def test_earlier_quarters_can_be_chosen_and_others_are_not_there(pages, sign_in):
    client = sign_in()

    assert table(client.get(HERE, {"until": "2023-Q1"}), "Timeliness,")[0][-1] == "Jan to Mar 2023"
    assert len(table(client.get(HERE, {"until": "2022-Q2"}), "Timeliness,")[0]) == 2
    assert client.get(HERE, {"until": "2019-Q1"}).status_code == 404
    assert client.get(HERE, {"until": "<script>"}).status_code == 404


def test_before_the_first_return_the_page_says_when_it_begins(empty_pages, sign_in):
    assert "There is no return to measure yet" in words_of(sign_in().get(HERE))
    assert "your sign-in names no agency" in words_of(sign_in(Role.AGENCY_DATA_OFFICER).get(HERE))


def test_an_officer_whose_agency_sends_nothing_is_told_so(pages, sign_in):
    assert "There is no return to measure yet" in words_of(sign_in(Role.AGENCY_DATA_OFFICER, "nobody").get(HERE))


def test_the_calendar_leads_there(pages, sign_in):
    assert f'href="{HERE}"' in sign_in().get("/data/returns").content.decode()
