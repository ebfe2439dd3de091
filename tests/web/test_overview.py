from __future__ import annotations

from dataclasses import replace

from sightline.model.figures import NotAvailable, Withheld
from tests.web.reading import document, text_of, words_of


def cards(response):
    """The words of each card by its title; the drawing in it has words of its own and is left out."""
    page = document(response)
    for drawing in page.xpath("//li//svg"):
        drawing.drop_tree()
    return {text_of(card.find("h3")): text_of(card) for card in page.xpath("//li[contains(@class, 'sl-card')][h3]")}


def with_latest(release, indicator, **changes):
    """The release with the headline figure of one indicator changed."""
    figures = tuple(
        replace(figure, **changes) if (figure.indicator, figure.period, figure.breakdown) == (indicator, release.period, "all") else figure
        for figure in release.figures
    )
    return replace(release, figures=figures)


def test_it_is_headed_by_the_quarter_and_the_area(pages, sign_in):
    answer = sign_in().get("/")

    assert text_of(document(answer).find(".//h1")) == "January to March 2026 · Saltmere"


def test_it_shows_exactly_the_five_key_measures(pages, sign_in):
    shown = cards(sign_in().get("/"))

    assert list(shown) == [indicator.title for indicator in pages.release.indicators if indicator.key]
    assert len(shown) == 5


def test_a_card_says_number_unit_change_and_how_many_agencies_stand_behind_it(pages, sign_in):
    card = cards(sign_in().get("/"))["Missing episodes"]

    assert "245 episodes (235 to 250 by linking)" in card
    assert "No clear difference from the quarter before (1.11 times, 0.92 to 1.34)" in card
    assert "2 of 2 agencies · provisional" in card


def test_a_difference_that_chance_explains_is_no_clear_difference_and_has_its_interval(pages, sign_in):
    card = cards(sign_in().get("/"))["Children whose own voice is recorded"]

    assert "No clear difference from the quarter before (0.92 times, 0.77 to 1.10)" in card


def test_a_withheld_measure_shows_the_word_and_no_number(pages, sign_in):
    pages.release = with_latest(pages.release, "missing_episodes", count=Withheld.WITHHELD)

    card = cards(sign_in().get("/"))["Missing episodes"].replace("2 of 2 agencies", "")

    assert "withheld" in card
    assert "Not compared: this quarter has no number" in card
    assert not any(character.isdigit() for character in card.partition("withheld")[2])


def test_a_measure_that_is_not_available_shows_the_reason(pages, sign_in):
    pages.release = with_latest(pages.release, "missing_episodes", count=NotAvailable("no return received"))

    assert "no return received" in cards(sign_in().get("/"))["Missing episodes"]


def test_what_changed_what_is_not_known_and_the_questions_are_there_with_their_links(pages, sign_in):
    answer = sign_in().get("/")

    words = words_of(answer)
    assert "Missing episodes: 40 more than in the quarter before." in words
    assert "Housing has sent nothing for January to March 2026." in words
    assert "Read ten of them with practitioners" in words
    assert document(answer).xpath("//section//a[@href='/indicators/missing_episodes']")


def test_a_sentence_about_an_indicator_that_the_release_lacks_has_no_dead_link(pages, sign_in):
    statement = replace(pages.release.changes[0], indicator="gone")
    pages.release = replace(pages.release, changes=(statement,))

    assert not document(sign_in().get("/")).xpath("//a[contains(@href, 'gone')]")


def test_empty_parts_say_so_and_do_not_claim_that_all_is_known(pages, sign_in):
    pages.release = replace(pages.release, changes=(), unknowns=(), questions=())

    words = words_of(sign_in().get("/"))

    assert "That does not mean that everything is known" in words
    assert "No question is open" in words


def test_the_release_its_generation_and_its_rounding_are_named_at_the_top(pages, sign_in):
    strip = text_of(document(sign_in().get("/")).xpath("//p[contains(@class, 'sl-release')]")[0])

    assert strip.startswith(
        "Release 1 · generation 1 · made 15 May 2026 · 7 of 8 agencies; Housing to 31 December 2025; Police provisional. "
        "Counts under 10 are withheld"
    )


def test_a_figure_about_twelve_months_is_held_beside_the_year_before_and_not_the_quarter_that_overlaps_it(pages, sign_in):
    yearly = tuple(replace(each, months=12) for each in pages.release.indicators)
    pages.release = replace(pages.release, indicators=yearly)
    client = sign_in()

    now, before = pages.release.series("missing_episodes")[-1], pages.release.series("missing_episodes")[-5]
    said = f"the same quarter a year before ({now.count.value / before.count.value:.2f} times"
    assert said in cards(client.get("/"))["Missing episodes"]
    assert said in words_of(client.get("/indicators/missing_episodes"))
