"""A reader with a watch: questions with one answer must take as long, and an attack that measures it finds a server that does not."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from tests.support.asked import example_tables

from sightline.app.timed_answers import FEWEST, ROUNDS, Watch, time_answers
from sightline.disclosure.blackbox.held import Held, Timed
from sightline.disclosure.blackbox.on_times import p_value, stepwise, timing

USUAL = 0.02


def measured(seed: int, *, slower: float = 0.0, rounds: int = ROUNDS) -> np.ndarray:
    """Times of eight questions that vary by a fifth, of a server that is three times as busy from the middle on; the first is slower."""
    rng = np.random.default_rng(seed)
    seconds = USUAL * rng.lognormal(0, 0.2, (rounds, 8))
    seconds[rounds // 2 :] *= 3
    seconds[:, 0] *= 1 + slower
    return seconds


def held(*times: np.ndarray) -> Held:
    return Held("release 1", "additive-5/1", timed=tuple(Timed(f"group {place}", each) for place, each in enumerate(times)), untimed="")


def test_a_question_that_takes_a_third_longer_is_found_on_a_server_that_gets_busy() -> None:
    found = timing(held(measured(1), measured(2, slower=0.35), measured(3)))

    assert [each.where for each in found.findings] == ["group 1"]
    assert found.tried == 3 * ROUNDS * 8


def test_a_server_that_takes_as_long_over_each_is_seldom_suspected() -> None:
    p_values = np.array([p_value(measured(seed)) for seed in range(400)])

    assert 0.02 < (p_values < 0.05).mean() < 0.08, "and as often as the test says"
    assert not any(timing(held(measured(seed), measured(seed + 1))).findings for seed in range(0, 100, 2))


def test_times_that_a_coarse_clock_does_not_tell_apart_tell_nothing() -> None:
    assert p_value(np.full((ROUNDS, 8), USUAL)) == 1
    assert stepwise([0.0004, 0.5, 0.0006]) == [pytest.approx(0.0012), 0.5, pytest.approx(0.0012)]


def test_files_take_no_time_and_that_is_said() -> None:
    outcome = timing(Held("release 1", "additive-5/1"))

    assert (outcome.tried, outcome.findings) == (0, ())
    assert "running server" in outcome.not_tried


@dataclass
class Server:
    """Answers every question with none or a few, and lets time pass while it does; longer for places where children are hidden."""

    slow: frozenset[str] = frozenset()
    now: float = 0.0
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(5))
    asked: list[str] = field(default_factory=list)

    def ask(self, address: str) -> bytes:
        self.asked.append(address)
        where = {code for name, codes in parse_qs(urlsplit(address).query).items() if name.startswith("where-") for code in codes}
        self.now += USUAL * self.rng.lognormal(0, 0.1) * (1.5 if self.slow & where else 1)
        return b"release,row,row_words,count\n1,all,All,0-4\n"


@pytest.mark.parametrize("slow", [frozenset(), frozenset({"W01", "W04", "W05"})])
def test_answers_are_timed_in_drawn_orders_and_a_server_that_takes_longer_where_children_are_hidden_is_found(slow: frozenset[str]) -> None:
    server = Server(slow)
    watch = Watch(lambda: server.now, np.random.default_rng(3))
    table = next(each for each in example_tables() if each.id == "places_age")
    (times,) = time_answers(server.ask, [table], 1, watch)
    rounds = np.array(server.asked[-times.seconds.size :]).reshape(times.seconds.shape)

    assert times.seconds.shape[1] >= FEWEST
    assert all(set(each) == set(rounds[0]) for each in rounds)
    assert len({tuple(each) for each in rounds.tolist()}) > ROUNDS / 2
    assert bool(timing(held(times.seconds)).findings) == bool(slow)


def test_questions_that_are_answered_otherwise_are_not_held_against_each_other() -> None:
    server = Server()

    def ask(address: str) -> bytes:
        return server.ask(address).replace(b"0-4", str(5 * len(server.asked)).encode())

    assert time_answers(ask, example_tables(), 1, Watch(lambda: server.now, np.random.default_rng(3))) == ()
