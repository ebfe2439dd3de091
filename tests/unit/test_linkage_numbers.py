"""Which numbers can be believed, against published examples."""

from __future__ import annotations

import pytest

from sightline.linkage.numbers import nhs_number, postcode, unique_pupil_number


# 943 476 5919 and 401 023 2137 are the examples of the NHS Data Dictionary and of Wikipedia's "NHS number".
@pytest.mark.parametrize("written", ["9434765919", "943 476 5919", "943-476-5919", "4010232137"])
def test_a_published_nhs_number_is_believed(written):
    assert nhs_number(written) == written.replace(" ", "").replace("-", "")


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("9434765918", "the check digit is wrong"),
        ("9434756919", "two digits changed places"),
        ("943476591", "nine digits"),
        ("94347659190", "eleven digits"),
        ("0000000000", "ten equal digits pass the check and are nobody's"),
        ("943476591X", "a letter"),
        ("٩٤٣٤٧٦٥٩١٩", "digits of another script, which an agency's own check never saw"),
        ("", "empty"),
        (None, "not given"),
    ],
)
def test_an_nhs_number_that_fails_its_check_is_left_out(written, why):
    assert nhs_number(written) is None, why


def test_a_check_digit_of_ten_is_never_issued():
    assert all(nhs_number(f"900000005{digit}") is None for digit in range(10))


# B801200005001 (believed) and A801200005001 (not) are the examples of python-stdnum's gb.upn. Census error 1510 publishes B207000016049 as
# wrong; its sum is 266, which leaves 13, the letter P in its own table.
@pytest.mark.parametrize("written", ["B801200005001", "b801200005001", "P207000016049"])
def test_a_published_upn_is_believed(written):
    assert unique_pupil_number(written) == written.upper()


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("B207000016049", "the published wrong check letter"),
        ("A801200005001", "the published wrong check letter"),
        ("P20700001604A", "a temporary number: schools give them out more than once"),
        ("P2070000160", "too short"),
        ("2070000160490", "no letter"),
        (None, "not given"),
    ],
)
def test_a_upn_that_fails_its_check_is_left_out(written, why):
    assert unique_pupil_number(written) is None, why


@pytest.mark.parametrize(("written", "read"), [("QS4 2AB", "QS42AB"), ("qs42ab", "QS42AB"), ("Q1 1AA", "Q11AA"), ("QS1A 1AA", "QS1A1AA")])
def test_a_postcode_is_the_same_with_and_without_its_space(written, read):
    assert postcode(written) == read


@pytest.mark.parametrize("written", ["QS4", "NFA", "no fixed abode", "QS4 2A", "12345", "", None])
def test_what_is_not_a_whole_postcode_is_left_out(written):
    assert postcode(written) is None
