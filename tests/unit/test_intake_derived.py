"""Derived columns are worked out from their row; what hangs on a missing value is missing, and a mistake is told with its line."""

from __future__ import annotations

import pytest

from sightline.app.mappings import explain_mapping
from sightline.definitions.derived import kinds_of_derived
from sightline.errors import CatalogueProblems
from sightline.intake.causes import Report
from sightline.intake.combine import Combined, combine
from sightline.intake.derived import derive_columns
from sightline.intake.headers import headers_of
from sightline.intake.open import open_sheets
from sightline.intake.typed import type_sheet
from tests.support.intake import HEADER, MAPPING, QUARTER, mapping, read

NO_ORDER = MAPPING.replace('{id: TEST-ORDER, when: "end < start", message: The return is before the start.}', "%s")
BACK_AFTER_A_DAY = 'id: TEST-LONG, when: "away > 24", message: "From {start} to {end} are more than a day."'


def deriving(*lines: str, check: str = 'id: TEST, when: "end < start", message: The return is before the start.') -> str:
    """The test mapping with derived columns in its table of missing episodes."""
    block = "    derive:\n" + "".join(f"      {line}\n" for line in lines) + "    rows:\n      - {entity: identity"
    return NO_ORDER.replace("    rows:\n      - {entity: identity", block, 1) % f"{{{check}}}"


def derived(tmp_path, text: str, *cells: str) -> tuple[Combined, Report]:
    """The table of missing episodes of a file with these rows."""
    path = tmp_path / "missing.csv"
    path.write_text("\n".join([HEADER, *cells]) + "\n", encoding="utf-8")
    language, report = mapping(tmp_path, text), Report()
    typed = [type_sheet(sheet, language) for sheet in open_sheets(path, language, headers_of(language), report)]
    combined = combine(typed, language, report)["missing"]
    derive_columns(combined, QUARTER, report)
    return combined, report


ROWS = (
    "P1,01/03/2012,F,10/01/2026 22:00,11/01/2026 23:30,MFH,Low",
    "P2,01/03/2012,U,10/01/2026 22:00,,MFH,High",
    "P3,01/03/2012,,10/01/2026 22:00,10/01/2026 22:00,MFH,unheard of",
    "P4,01/03/2012,F,10/01/2026,11/01/2026 23:30,MFH,Low",
)


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("hours(end - start)", [25.5, None, 0.0, None]),
        ("days(end - start) * 2 + 1", [3.125, None, 1.0, 2 * (1 + 23.5 / 24) + 1]),
        ("hours(end - start) > 24", [True, None, False, None]),
        ("not (hours(end - start) > 24)", [False, None, True, None]),
        ("end is missing", [False, True, False, False]),
        ("end is missing or hours(end - start) > 24", [True, True, False, None]),
        ("end is given and hours(end - start) > 24", [True, False, False, None]),
        ("grade = 'low'", [True, False, None, True]),
        ("grade is missing", [False, False, True, False]),
        ("sex in ('female')", [True, None, None, True]),
        ("1 / hours(end - start)", [1 / 25.5, None, None, None]),
        ("days(period_end - born) > 0", [True, True, True, True]),
    ],
)
def test_a_derived_column_is_missing_where_the_answer_hangs_on_a_missing_value(tmp_path, expression, values):
    combined, _ = derived(tmp_path, deriving(f'away: "{expression}"'), *ROWS)

    assert combined.frame["away"].to_list() == [pytest.approx(value) if isinstance(value, float) else value for value in values]


def test_a_derived_column_uses_those_above_it(tmp_path):
    combined, _ = derived(tmp_path, deriving("away: hours(end - start)", "long: away > 24"), *ROWS[:2])

    assert combined.frame.select("away", "long").rows() == [(25.5, True), (None, None)]


def test_what_could_not_be_worked_out_is_said_and_counted(tmp_path):
    _, report = derived(tmp_path, deriving("away: 1 / hours(end - start)"), *ROWS)

    assert [(one.what, one.reason) for one in report.not_checked] == [
        ("“away” (1 / hours(end - start)) of Missing", '1 row gives "Start" not exactly enough to measure time by'),
        ("“away” (1 / hours(end - start)) of Missing", "in 1 row a number is divided by zero"),
    ]


def test_a_file_without_the_columns_says_that_nothing_was_worked_out_nor_checked(tmp_path):
    path = tmp_path / "missing.csv"
    path.write_text("Person ID,Date of birth,Sex,Start,Type,Grade\nP1,01/03/2012,F,10/01/2026 22:00,MFH,Low\n", encoding="utf-8")

    result = read(mapping(tmp_path, deriving("away: hours(end - start)", check=BACK_AFTER_A_DAY)), path)

    assert [(one.what, one.reason) for one in result.not_checked if one.what != "Notes"] == [
        ("“away” (hours(end - start)) of Missing", '"Returned" is absent'),
        ('TEST-LONG: From "Start" to "Returned" are more than a day', '"Returned" is absent from Missing'),
    ]


def test_a_check_of_a_derived_column_is_told_by_the_headers_a_reader_sees(tmp_path):
    path = tmp_path / "missing.csv"
    path.write_text("\n".join([HEADER, *ROWS]) + "\n", encoding="utf-8")

    result = read(mapping(tmp_path, deriving("away: hours(end - start)", check=BACK_AFTER_A_DAY)), path)
    finding = next(one for one in result.findings if one.code == "TEST-LONG")

    assert finding.text == 'From "Start" to "Returned" are more than a day.'
    assert (finding.rows, finding.examples, str(finding.place.column)) == (1, (2,), "Returned")
    assert finding.values == ("Returned: 99/99/9999 99:99, Start: 99/99/9999 99:99",)
    assert finding.expected == "rows for which this is not so: (hours(Returned - Start)) > 24"


def test_a_derived_column_fills_a_field_and_lineage_leads_through_it(tmp_path):
    text = deriving("ended: end is given").replace("from: {episode_type: type", "when: ended, from: {episode_type: type")
    text = text.replace("ended_at: end, grade: grade", "ended_at: end, grade: grade, found_distance_km: away").replace(
        "ended: end is given", "ended: end is given\n      away: hours(end - start)"
    )
    path = tmp_path / "missing.csv"
    path.write_text("\n".join([HEADER, *ROWS]) + "\n", encoding="utf-8")

    result = read(mapping(tmp_path, text), path)

    assert result.tables["missing_episode"]["found_distance_km"].to_pylist() == [25.5, 0.0, None]
    assert {one.column for one in result.mapped if one.field == "found_distance_km"} == {"Start", "Returned"}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("away: hours(end - begun)", '"away" cannot be worked out: there is no column "begun" in this table.'),
        ("away: end - start", '"away" cannot be worked out: "-" needs a number, not a date; measure dates with days(end - start).'),
        ("away: hours(end, start)", '"away" cannot be worked out: expected ")" before ",".'),
        ("away: weeks(end - start)", '"away" cannot be worked out: there is no function "weeks"; there are days and hours.'),
        ("away: __import__('os')", None),
        ("away: grade", '"away" cannot be worked out: it is only another name for "grade"; use that.'),
        ('away: "24"', '"away" cannot be worked out: it uses no column of the row.'),
        (
            "away: away > 1",
            '"away" cannot be worked out: "away" is worked out only here or below; a derived column uses those above it.',
        ),
        ("grade: hours(end - start)", '"grade" cannot be worked out: the table has a column of that name already.'),
        (
            "period_end: hours(end - start)",
            '"period_end" cannot be worked out: that is no name a condition could use; take letters, digits and single underscores, '
            "and no word of the language.",
        ),
        ("away: grade = 'not_recorded'", '"away" cannot be worked out: “not_recorded” counts as missing here; write “is missing”.'),
    ],
)
def test_a_mistake_in_a_derived_column_is_told_with_its_line(tmp_path, line, message):
    text = deriving("fine: end is given", line)

    with pytest.raises(CatalogueProblems) as caught:
        mapping(tmp_path, text)

    (problem,) = caught.value.problems
    assert problem.place.line == text.splitlines().index(f"      {line}") + 1
    assert message is None or problem.message == message


def test_a_message_names_only_columns_there_are(tmp_path):
    with pytest.raises(CatalogueProblems, match='there is no column "begun" in table "missing"'):
        mapping(tmp_path, deriving("fine: end is given", check='id: T, when: fine, message: "Since {begun}."'))


def test_kinds_follow_from_the_expressions():
    kinds, problems = kinds_of_derived({"away": "hours(b - a)", "long": "away > 1"}, {"a": "date", "b": "date"})

    assert (kinds, problems) == ({"away": "number", "long": "truth"}, {})


def test_a_mapping_is_explained_with_its_derived_columns_and_its_clocks(tmp_path):
    text = deriving("away: hours(end - start)", "long: away > 24")
    path = tmp_path / "mapping.yml"
    path.write_text(text.replace("type: datetime, open_if", "type: datetime, tz: UTC, open_if"), encoding="utf-8")

    lines = explain_mapping(path).lines

    assert '  "Returned" holds times in UTC; they are kept as the local clock showed them' in lines
    assert '  "Start": no time zone is said, so times are taken as they stand' in lines
    made_of = 'from "Returned", "Start"; missing, never 0, where the answer hangs on a missing value'
    assert f"  works out away (a number): hours(end - start); {made_of}" in lines
    assert f"  works out long (true or false): away > 24; {made_of}" in lines
