"""What flags and codes mean at each agency, as a page: what is left out is said, and a missing definition is a question."""

from __future__ import annotations

from dataclasses import replace

from sightline.app.definitions_in_use import NO_DEFINITION
from sightline.app.roles import Role
from tests.web.reading import document, table, text_of, words_of

HERE = "/data/definitions"


def test_a_flag_is_shown_with_all_that_its_definition_says_and_what_it_leaves_out(pages, sign_in):
    words = words_of(sign_in().get(HERE))

    for part in (
        "Threshold An officer's judgement after one report",
        "Who applies it Any officer",
        "Reviewed not said",
        "Ends when Closed by a supervisor",
        "In force since 1 April 2023",
        "Mapping police@1/abc",
    ):
        assert part in words


def test_local_codes_stand_beside_the_common_ones_with_their_numbers(pages, sign_in):
    answer = sign_in().get(HERE)

    assert "Codes of concern: 3 of the agency, 2 common" in words_of(answer)
    assert table(answer, "beside the common list “exploitation type”")[1:] == [["sexual Sexual", "CSE; Marker 7"], ["criminal", "the same"]]


def test_a_dataset_that_defines_no_flag_says_so(pages, sign_in):
    assert "Housing: Housing extract Mapping housing@1/def The mapping of this dataset defines no flag." in words_of(sign_in().get(HERE))


def without_definition(pages, period: str) -> None:
    line = replace(pages.calendar.findings[-1], code=NO_DEFINITION, text="Flags have no definition.", hint="Write one.", rows=4321)
    pages.calendar = replace(pages.calendar, findings=(*pages.calendar.findings, replace(line, period=period)))


def test_a_flag_without_a_definition_is_a_question_that_names_the_flag_to_the_own_officer_alone(pages, sign_in):
    without_definition(pages, "2026-Q1")

    own, analyst = sign_in(Role.AGENCY_DATA_OFFICER, "police").get(HERE), sign_in().get(HERE)

    assert "A definition is missing (January to March 2026). Flags have no definition. Write one." in words_of(own)
    assert "A definition is missing (January to March 2026). A flag came that this mapping does not define" in words_of(analyst)
    assert "Flags have no definition" not in words_of(analyst)
    assert "4321" not in own.content.decode() + analyst.content.decode()


def test_a_definition_that_an_earlier_return_lacked_is_no_longer_asked_for(pages, sign_in):
    without_definition(pages, "2025-Q4")

    assert "A definition is missing" not in words_of(sign_in().get(HERE))


def test_a_data_officer_reads_the_own_agencys(pages, sign_in):
    answer = sign_in(Role.AGENCY_DATA_OFFICER, "housing").get(HERE)

    assert [text_of(each) for each in document(answer).xpath("//h2[starts-with(@id, 'of-')]")] == ["Housing: Housing extract"]


def test_before_anything_is_set_up_the_page_says_so(empty_pages, sign_in):
    assert "No dataset is set up yet" in words_of(sign_in().get(HERE))
