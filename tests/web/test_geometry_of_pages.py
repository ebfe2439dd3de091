"""The pages of figures as somebody sees them who measures: bars, points, bands, colours, order and headers say what is shown and no
more.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.http import HttpResponse
from django.test import Client

from sightline.app.held_release import hold_release
from sightline.app.roles import Role
from sightline.disclosure.blackbox import Held
from sightline.disclosure.blackbox.drawn import svgs_of, taken_apart
from sightline.disclosure.blackbox.held import Text
from sightline.disclosure.blackbox.on_pictures import chart_geometry
from sightline.web.pages.analyses import PAGES as ANALYSES
from tests.web.example import ExampleSource

KINDS = {"trend", "control", "sparkline", "bars", "funnel", "analysis", "map", "agencies"}
"""What the names of drawings begin with."""
ONLY_THESE = {"Content-Type", "Content-Length", "Cache-Control", "Vary", "Sightline-Release"}
"""Headers that pages may differ in; all others say the same of every page."""
_ANSWERS: dict[str, HttpResponse] = {}


def addresses(pages: ExampleSource) -> list[str]:
    """Every page of figures: each indicator in each of its breakdowns, each analysis, the map of each indicator."""
    assert pages.release is not None
    found = ["/", "/indicators", "/agencies", *(f"/{each.address}" for each in ANALYSES.values())]
    for indicator in pages.release.indicators:
        found += [f"/indicators/{indicator.id}?by={by}" for by in ("all", *indicator.breakdowns)]
        found += [f"/places?indicator={indicator.id}"] * ("ward" in indicator.breakdowns)
    return found


@pytest.fixture
def answers(pages: ExampleSource, sign_in: Callable[..., Client]) -> dict[str, HttpResponse]:
    """Every page of figures, asked for once for all tests: the example is always the same."""
    if not _ANSWERS:
        client = sign_in(Role.ANALYST)
        _ANSWERS.update({address: client.get(address) for address in addresses(pages)})
    return _ANSWERS


@pytest.fixture
def seen(answers: dict[str, HttpResponse]) -> dict[str, str]:
    return {address: answer.content.decode() for address, answer in answers.items()}


def held_with(pages: ExampleSource, seen: dict[str, str]) -> Held:
    assert pages.release is not None
    drawings = tuple(Text(address, svg) for address, page in seen.items() for svg in svgs_of(page))
    return replace(hold_release(pages.release), drawings=drawings)


def test_every_drawing_on_every_page_can_be_measured_and_says_what_its_words_say(pages: ExampleSource, seen: dict[str, str]) -> None:
    held = held_with(pages, seen)
    names = {drawn.name for each in held.drawings if (drawn := taken_apart(each.text)) is not None and drawn.name}

    outcome = chart_geometry(held)

    assert outcome.findings == ()
    assert outcome.not_tried == "", "every drawing is of a kind that is read"
    assert outcome.tried > len(names)
    assert {name.partition("-")[0] for name in names} == KINDS


def test_headers_tell_nothing_but_kind_length_and_release(answers: dict[str, HttpResponse]) -> None:
    told: dict[str, set[str]] = {}
    for answer in answers.values():
        assert answer.headers["Content-Length"] == str(len(answer.content))
        for name, value in answer.headers.items():
            told.setdefault(name, set()).add(value)

    assert not {"ETag", "Last-Modified", "Server-Timing"} & told.keys()
    assert {name for name, values in told.items() if len(values) > 1} <= ONLY_THESE


def test_no_row_is_in_the_order_of_a_number_that_it_withholds(pages: ExampleSource, seen: dict[str, str]) -> None:
    """Categories stand in one order wherever they stand; what is sorted by size has its withheld rows at its end."""
    release = pages.release
    assert release is not None
    for indicator in release.indicators:
        for by in indicator.breakdowns:
            labels = [words for _, words in release.categories.get(by, ())]
            rows = re.findall(r'<th scope="row"[^>]*>(.*?)</th>', seen[f"/indicators/{indicator.id}?by={by}"])
            assert [row for row in rows if row in labels] == [label for label in labels if label in rows], (indicator.id, by)
