"""Two agencies count whom both know, and learn nothing else."""

from __future__ import annotations

import json
import random

import pytest

from sightline.app import in_common as exchange
from sightline.app.in_common import Own
from sightline.errors import InputRefused, Refused
from sightline.model.periods import Quarter
from sightline.privacy import in_common
from sightline.privacy.in_common import NotAnExchange, TooFewAsked
from tests.support.prepared import request, write_extract

BY = "names-and-birth"


def people(start, stop):
    return [f"child {number}|lovelace|20120307" for number in range(start, stop)]


@pytest.fixture(scope="module")
def asked():
    return in_common.ask(people(0, 150), by=BY, about="police markers 2026-Q1")


def test_the_one_who_asks_learns_how_many_both_know(asked):
    answered = in_common.answer(asked.text, people(110, 400), by=BY, about="csc annex_a 2026-Q1")
    assert in_common.count_in_common(asked.secret, answered) == 40


def test_nobody_in_common_is_none_and_everybody_is_all(asked):
    for own, expected in ((people(200, 300), 0), (people(0, 150), 150)):
        assert in_common.count_in_common(asked.secret, in_common.answer(asked.text, own, by=BY, about="x")) == expected


def test_neither_file_holds_a_name_and_two_questions_about_the_same_people_are_not_alike(asked):
    answered = in_common.answer(asked.text, people(110, 400), by=BY, about="csc annex_a 2026-Q1")
    for text in (asked.text, answered, asked.secret):
        assert "lovelace" not in text
        assert "20120307" not in text
    again = in_common.ask(people(0, 150), by=BY, about="police markers 2026-Q1")
    assert json.loads(again.text)["hidden"] != json.loads(asked.text)["hidden"]


def test_a_question_about_few_is_neither_asked_nor_answered_whatever_it_says_of_itself(asked):
    with pytest.raises(TooFewAsked, match="Fewer than 100"):
        in_common.ask(people(0, 99), by=BY, about="x")
    import private_set_intersection.python as psi  # as somebody would who writes a question by hand

    few = psi.client.CreateWithNewKey(False).CreateRequest(people(0, 1) * 150).SerializeToString()
    forged = json.loads(asked.text) | {"hidden": in_common._encoded(few)}
    with pytest.raises(TooFewAsked):
        in_common.answer(json.dumps(forged), people(0, 400), by=BY, about="x")


def test_a_question_that_asks_who_they_are_is_not_answered(asked):
    import private_set_intersection.python as psi  # as somebody would who writes a question by hand

    open_ = psi.client.CreateWithNewKey(True).CreateRequest(people(0, 150)).SerializeToString()
    forged = json.loads(asked.text) | {"hidden": in_common._encoded(open_)}
    with pytest.raises(TooFewAsked, match="asks who they are"):
        in_common.answer(json.dumps(forged), people(0, 400), by=BY, about="x")


def test_files_that_do_not_belong_together_are_told_apart(asked):
    other = in_common.ask(people(0, 150), by=BY, about="x")
    answered = in_common.answer(other.text, people(0, 20), by=BY, about="x")
    with pytest.raises(NotAnExchange, match="another question"):
        in_common.count_in_common(asked.secret, answered)
    with pytest.raises(NotAnExchange, match='compares people by "names-and-birth", and this side by "upn"'):
        in_common.answer(asked.text, people(0, 20), by="upn", about="x")
    with pytest.raises(NotAnExchange, match="The file is no answer"):
        in_common.count_in_common(asked.secret, asked.text)


@pytest.mark.parametrize("spoil", [lambda told: told | {"hidden": "not base64!"}, lambda told: told | {"hidden": "AAAA"}, lambda told: []])
def test_a_damaged_question_is_refused_in_words(asked, spoil):
    with pytest.raises((NotAnExchange, TooFewAsked)):
        in_common.answer(json.dumps(spoil(json.loads(asked.text))), people(0, 20), by=BY, about="x")


def extract(folder, numbers):
    """Markers of invented people whose names are drawn alike at both agencies."""
    folder.mkdir()
    rng = random.Random(7)
    names = [("".join(rng.choices("abdeilmnorst", k=7)).title(), "".join(rng.choices("aeiklmnorst", k=8)).title()) for _ in range(400)]
    made = request(folder)
    rows = tuple(
        f"N{number},{names[number][0]},{names[number][1]},2011-05-{number % 28 + 1:02d},M,QS4 2AB,,CCE,2026-02-03,team,note,street"
        for number in numbers
    )
    write_extract(folder, people=rows)
    return Own([folder / "markers.csv"], "police", "markers", Quarter(2026, 1), mapping=made.mapping)


def test_two_extracts_are_compared_by_files_and_the_count_is_made_safe(tmp_path):
    one, other = extract(tmp_path / "one", range(130)), extract(tmp_path / "other", range(107, 300))
    asked = exchange.ask(one, out=tmp_path / "question.json")
    assert (asked.people, asked.left_out) == (130, 0)
    exchange.answer(tmp_path / "question.json", other, out=tmp_path / "answer.json")

    assert exchange.count(tmp_path / "answer.json", tmp_path / "question.json.secret") in ("20", "25"), "23, rounded to five"
    assert (tmp_path / "question.json.secret").stat().st_mode & 0o077 == 0
    with pytest.raises(Refused, match="a file of that name"):
        exchange.ask(one, out=tmp_path / "question.json")
    few = extract(tmp_path / "few", range(125, 300))
    exchange.answer(tmp_path / "question.json", few, out=tmp_path / "few.json")
    assert exchange.count(tmp_path / "few.json", tmp_path / "question.json.secret") in ("0 to 4", "5", "10")


def test_an_extract_that_cannot_be_read_writes_nothing(tmp_path):
    broken = extract(tmp_path / "one", range(130))
    write_extract(tmp_path / "one", header="something,else", people=("1,2",))
    with pytest.raises(InputRefused):
        exchange.ask(broken, out=tmp_path / "question.json")
    assert not (tmp_path / "question.json").exists()
    assert not exchange.secret_of(tmp_path / "question.json").exists()
