"""XML read in pieces: the pieces never show in the result."""

from __future__ import annotations

import pytest

from sightline.definitions.formats import load_format
from sightline.intake.causes import Report
from sightline.intake.reading.xml import read_xml

HEADER = "<Header><CollectionDetails><Collection>CIN</Collection><Year>2025</Year></CollectionDetails></Header>"


def census(children: int) -> bytes:
    def child(number: int) -> str:
        referrals = "".join(
            f"<CINdetails><CINreferralDate>2024-0{1 + at}-03</CINreferralDate><ReferralSource>1A</ReferralSource></CINdetails>"
            for at in range(number % 3)
        )
        odd = "<Unheard>1</Unheard>loose" if number % 50 == 7 else ""
        return f"<Child><ChildIdentifiers><LAchildID>C{number}</LAchildID></ChildIdentifiers>{referrals}{odd}</Child>\n"

    return f"<Message>{HEADER}<Children>{''.join(map(child, range(children)))}</Children></Message>".encode()


@pytest.mark.parametrize("records_at_once", [1, 7, 1000])
def test_the_result_does_not_depend_on_how_many_records_are_held_at_once(records_at_once):
    content, form = census(230), load_format("cin_census")
    whole = read_xml(content, form, "cin.xml", Report(), records_at_once=10**9)
    pieces = read_xml(content, form, "cin.xml", Report(), records_at_once=records_at_once)

    assert whole is not None
    assert pieces is not None
    assert whole.rows["child"].height == 230
    assert whole.rows["referral"].height == 229
    assert whole.rows.keys() == pieces.rows.keys()
    assert all(frame.equals(pieces.rows[name]) for name, frame in whole.rows.items())
    assert (whole.unknown, whole.loose) == (pieces.unknown, pieces.loose)
    assert len(whole.loose) == 5


def test_depth_beyond_reason_is_told_as_that():
    report = Report()
    deep = f"<Message>{HEADER}<Children><Child>{'<a>' * 300}{'</a>' * 300}</Child></Children></Message>"
    assert read_xml(deep.encode(), load_format("cin_census"), "cin.xml", report) is None

    assert [finding.code for finding in report.findings] == ["SL-INT-069"]
    assert "beyond all reason" in report.findings[0].text
