"""The body of a page of a release is drawn once for each role, and shown to nobody of another role or with another's name."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from markupsafe import Markup

from sightline.app.roles import Role
from sightline.web.kept import KeptBodies
from tests.support.releases import example_release

ADDRESSES = (
    "/",
    "/indicators",
    "/indicators?q=missing",
    "/indicators/missing_episodes",
    "/indicators/missing_episodes?by=ward",
    "/agencies",
)


def body_of(answer) -> str:
    return answer.content.decode().partition("<main")[2].partition("</main>")[0]


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_next_reader_sees_the_same_body_under_their_own_name(pages, sign_in, django_user_model, address):
    first = sign_in(Role.ANALYST)
    second = sign_in(Role.ANALYST, "police")
    drawn, kept = first.get(address), second.get(address)

    assert body_of(drawn) == body_of(kept) != ""
    assert "analyst-police" in kept.content.decode()
    assert "analyst-police" not in drawn.content.decode()
    tokens = [re.search(r'csrfmiddlewaretoken" value="([^"]+)"', each.content.decode())[1] for each in (drawn, kept)]
    assert tokens[0] != tokens[1]
    assert not any(token in body_of(answer) for token, answer in zip(tokens, (drawn, kept), strict=True))


def test_a_page_is_worked_out_once_for_each_address_and_role(pages, sign_in, monkeypatch):
    worked_out = []
    monkeypatch.setattr("sightline.web.pages.overview.lines", lambda *asked: worked_out.append(asked) or [])
    analyst, lead = sign_in(Role.ANALYST), sign_in(Role.STRATEGIC_LEAD)

    for client in (analyst, analyst, lead):
        assert client.get("/").status_code == 200
    assert len(worked_out) == 2 * 2, "unknowns and questions, of two roles"
    pages.release = replace(pages.release, number=pages.release.number + 1)
    assert f"/releases/{pages.release.number}" in analyst.get("/").content.decode()
    assert len(worked_out) == 3 * 2


def test_another_release_s_body_is_never_given_and_those_long_unused_are_forgotten():
    one, other = example_release(), replace(example_release(), number=99)
    bodies = KeptBodies(most=10)
    bodies.keep(one, ("a",), lambda: Markup("12345"))
    bodies.keep(one, ("b",), lambda: Markup("67890"))

    assert bodies.get(other, ("a",)) is None
    assert bodies.get(one, ("a",)) == "12345"
    bodies.keep(one, ("c",), lambda: Markup("abcde"))
    assert [bodies.get(one, (key,)) for key in "abc"] == ["12345", None, "abcde"], "b was asked for longest ago"
    bodies.keep(other, ("a",), lambda: Markup("vwxyz"))
    assert (bodies.get(one, ("a",)), bodies.get(other, ("a",))) == (None, "vwxyz")
    assert bodies.get(one, ("c",)) == "abcde", "one body took the place of the other"
