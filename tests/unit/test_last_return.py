"""A return beside the last one: what halved, doubled or vanished is told; what cannot be compared says so."""

from __future__ import annotations

import pyarrow as pa
import pytest

from sightline.app.withdraw_return import withdraw_return
from sightline.intake.compare import WHAT, compare_with_last, count_held, share_in_words
from sightline.model.periods import Quarter
from tests.support.partnership import NOW, referral


def held(rows: int, *, filled: int | None = None, source: str = "police"):
    closed = [None] * (rows - (rows if filled is None else filled)) + ["2026-01-01"] * (rows if filled is None else filled)
    table = pa.table(
        {
            "local_id": [str(n) for n in range(rows)],
            "source": pa.array([source if n % 2 else "school" for n in range(rows)], pa.string()),
            "source_local": pa.array(["x"] * rows, pa.string()),
            "closed_on": pa.array(closed, pa.string()),
        }
    )
    return count_held({"referral": table})


def told(now, before):
    findings, unchecked = compare_with_last(now, before, earlier="2025-Q4")
    assert unchecked == ()
    return [(finding.code, finding.text) for finding in findings]


def test_half_the_referrals_of_the_last_return_are_told_with_both_numbers():
    ((code, text),) = told(held(412), held(845))

    assert code == "SL-INT-084"
    assert text == "This return has half of the referral rows of the last (412, was 845 in 2025-Q4)."


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [(500, 845, ""), (845, 500, ""), (422, 845, "half of"), (280, 845, "a third of"), (1690, 845, "twice"), (4000, 800, "5 times")],
)
def test_how_much_less_or_more_is_said_in_words(now, before, words):
    assert share_in_words(now, before) == words


def test_small_numbers_vary_by_chance_and_are_not_told():
    assert told(held(5), held(19)) == []


def test_a_table_a_column_and_a_code_that_vanished_are_told():
    assert [code for code, _ in told(count_held({}), held(100))] == ["SL-INT-085"]
    assert [code for code, _ in told(held(100, filled=0), held(100))] == ["SL-INT-085"]
    assert [code for code, _ in told(held(100, filled=30), held(100))] == ["SL-INT-086"]
    assert ("SL-INT-087", 'Codes of “referral: source” that the last return (2025-Q4) used often are not used any more: "police".') in told(
        held(100, source="health"), held(100)
    )


def test_a_return_like_the_last_has_nothing_to_tell():
    assert told(held(800), held(845)) == []


def test_the_first_return_of_a_dataset_has_nothing_to_be_compared_with_and_says_so(submit):
    receipt = submit(referral=[referral("A1")])

    assert {one.what: one.reason for one in receipt.not_checked}[WHAT] == "there is no earlier return of this dataset"


def test_a_second_return_is_compared_with_the_first_and_the_receipt_says_what_halved(submit):
    submit(period=Quarter(2025, 4), referral=[referral(f"A{n}", "2025-11-03") for n in range(60)])
    receipt = submit(referral=[referral(f"A{n}") for n in range(30)])

    assert [finding.code for finding in receipt.findings] == ["SL-INT-084"]
    assert "half of the referral rows of the last (30, was 60 in 2025-Q4)" in receipt.findings[0].text
    assert WHAT not in {one.what for one in receipt.not_checked}


def test_a_withdrawn_return_is_not_compared_with(workspace, submit):
    first = submit(period=Quarter(2025, 4), referral=[referral(f"A{n}", "2025-11-03") for n in range(60)])
    withdraw_return(workspace, return_id=first.return_id, reason="wrong file", by="tester", at=NOW)
    receipt = submit(referral=[referral(f"A{n}") for n in range(30)])

    assert receipt.findings == ()
    assert WHAT in {one.what for one in receipt.not_checked}
