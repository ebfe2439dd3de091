"""`sightline attack http://127.0.0.1…`: what a reader with a browser gets from running pages, and where it stops."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from django.contrib.auth import get_user_model
from pytest_django.live_server_helper import LiveServer

from sightline.app import timed_answers
from sightline.app.attack_release import SignIn, attack_targets
from sightline.app.held_release import hold_files
from sightline.app.released_pages import read_server
from sightline.app.roles import Role
from sightline.app.second_factors import add_app, new_secret
from sightline.disclosure import METHOD
from sightline.errors import InputRefused, NotFound
from tests.web.conftest import PASSWORD
from tests.web.example import ExampleSource
from tests.web.test_second_factor import code_at


@pytest.fixture
def reader(transactional_db: None) -> str:
    get_user_model().objects.create_user("reader", password=PASSWORD, role=Role.STRATEGIC_LEAD)
    return "reader"


def test_a_reader_with_a_second_factor_gives_a_code_and_one_who_has_to_set_it_up_is_told(
    live_server: LiveServer, pages: ExampleSource, transactional_db: None
) -> None:
    user = get_user_model().objects.create_user("ann", password=PASSWORD, role=Role.ANALYST)
    with pytest.raises(InputRefused, match="set up a second factor first"):
        read_server(live_server.url, name="ann", password=PASSWORD, most=3)
    secret, now = new_secret(), datetime.now(UTC)
    add_app(user, secret, code_at(now - timedelta(seconds=30), secret), at=now)

    with pytest.raises(InputRefused, match="SIGHTLINE_CODE"):
        read_server(live_server.url, name="ann", password=PASSWORD, code="000000", most=3)
    code = code_at(datetime.now(UTC) + timedelta(seconds=20), secret)
    assert read_server(live_server.url, name="ann", password=PASSWORD, code=code, most=3).figures


def test_a_reader_who_signs_in_is_shown_figures_twice_the_same_and_pages_and_maps(
    live_server: LiveServer, pages: ExampleSource, reader: str
) -> None:
    found = read_server(live_server.url, name=reader, password=PASSWORD, most=14)

    assert found.number == 1
    assert found.figures["/releases/1/figures.json"] == found.figures["/releases/1/figures.json (asked again)"]
    assert found.figures["/releases/1/figures.csv"] == found.figures["/releases/1/figures.csv (asked again)"]
    assert {"/", "/places"} <= {name for name, _ in found.pages}
    assert found.maps
    assert any("further pages and files" in each for each in found.unread), "what was not asked for is said"


def test_nobody_who_does_not_sign_in_is_shown_anything(live_server: LiveServer, pages: ExampleSource, reader: str) -> None:
    with pytest.raises(NotFound, match="shows no release"):
        read_server(live_server.url)
    with pytest.raises(InputRefused, match="Signing in failed"):
        read_server(live_server.url, name=reader, password="something else")


def test_whole_tables_are_taken_first_and_questions_asked_of_them_answered_with_the_same_numbers(
    live_server: LiveServer, pages: ExampleSource, reader: str
) -> None:
    found = read_server(live_server.url, name=reader, password=PASSWORD, most=22)
    held = hold_files(found, method=METHOD)

    assert {name.rpartition("/")[2] for name in found.cubes} == {"age_sex_ethnicity.parquet", "places_age.parquet"}
    assert len(found.answers) == 6
    kept = set().union(*(copy.numbers.items() for copy in held.copies if copy.place in found.cubes))
    answered = [set(copy.numbers.items()) for copy in held.copies if copy.place in found.answers]
    assert all(len(numbers) > 8 and numbers <= kept for numbers in answered)
    assert not [each for each in found.unread if "answers" in each]


def test_numbers_of_a_server_are_put_beside_each_other(
    live_server: LiveServer, pages: ExampleSource, reader: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sightline.app.attack_release.read_server", lambda *_, **more: read_server(live_server.url, most=10, **more))

    report = attack_targets([live_server.url], sign_in=SignIn(reader, PASSWORD), tries=100, method="threshold-10-round-5/2")

    averaged = next(each for each in report.outcomes if each.id == "averaging")
    assert averaged.tried > 1_000
    assert averaged.findings == ()
    assert next(each for each in report.outcomes if each.id == "timing").not_tried == "Answers were not timed."


def test_words_drawings_and_answers_to_wrong_questions_of_a_server_that_runs_raise_no_alarm_and_its_answers_are_timed(
    live_server: LiveServer, pages: ExampleSource, reader: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timed_answers, "ROUNDS", 3)
    monkeypatch.setattr(timed_answers, "MOST_ASKED", 20)
    ticks = count()

    report = attack_targets([live_server.url], sign_in=SignIn(reader, PASSWORD), tries=100, method=METHOD, clock=lambda: float(next(ticks)))

    told = {each.id: each for each in report.outcomes}
    for id in ("narrative", "headers and errors", "chart geometry", "tooltips and attributes", "maps", "timing"):
        assert told[id].tried, id
        assert told[id].findings == (), id
