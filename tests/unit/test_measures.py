"""Measures are checked when they are loaded: what they may read, what they must return, and where a mistake is."""

from __future__ import annotations

from pathlib import Path

import pytest

from sightline.definitions.catalogue import load_catalogue
from sightline.definitions.indicators import CATALOGUE
from sightline.definitions.measures import Measure, read_derived, read_measure, read_measures, to_dialect
from sightline.errors import Problem

GOOD = """\
-- Children referred.
-- Told once.
select referral.person_id, referral.received_on as happened_on, referral.referral_id as event_id
from referral
where
    date_diff('day', referral.received_on, referral.closed_on) <= $within_days
    and referral.received_on_precision = 'day'
    and referral.closed_on_precision = 'day'
"""


def read(text: str, derived: dict[str, Measure] | None = None, name: str = "m") -> tuple[Measure | None, list[Problem]]:
    problems: list[Problem] = []
    return read_measure(text, file="m.sql", name=name, derived=derived or {}, problems=problems), problems


def test_a_measure_keeps_its_words_its_parameters_and_what_feeds_it() -> None:
    measure, problems = read(GOOD)

    assert problems == []
    assert measure is not None
    assert measure.says == "Children referred. Told once."
    assert measure.parameters == {"within_days"}
    assert measure.columns == ("person_id", "happened_on", "event_id")
    assert measure.lineage == (
        "referral.closed_on",
        "referral.closed_on_precision",
        "referral.person_id",
        "referral.received_on",
        "referral.received_on_precision",
        "referral.referral_id",
    )
    assert measure.entities == {"referral"}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("drop table referral", "other than one select"),
        ("select 1 as one; select 2 as two", "other than one select"),
        ("insert into referral select 1 as person_id", "other than one select"),
        ("select referral.person_id from referral where referral.colour = 1", '"referral.colour" is not a column'),
        ("select later.person_id from referral", "a table this select does not name"),
        ("select identity_record.person_id from identity_record", '"identity_record" is not a table'),
        ("select x.person_id from read_csv('/etc/passwd') as x", "reads from a function or a file"),
        ("select x.person_id from 'people.parquet' as x", "is not a table of the common model"),
        ("select other.referral.person_id from other.referral", "is not a table of the common model"),
        ("select getenv('HOME') as person_id from referral", '"getenv" is not a function'),
        ("select * from referral", "selects *"),
        ("select person_id from referral join plan on plan.person_id = referral.person_id", "could come from several tables"),
        ("select from where", "not valid SQL"),
    ],
)
def test_a_measure_only_reads_known_columns_of_the_common_model(line: str, message: str) -> None:
    measure, problems = read(f"-- Counts.\n{line}")

    assert measure is None
    assert any(message in problem.message for problem in problems), [problem.message for problem in problems]
    assert all(problem.place.file == "m.sql" for problem in problems)


def test_every_mistake_of_a_file_is_told_with_its_line() -> None:
    _, problems = read("-- Counts.\nselect referral.person_id, referral.one\nfrom referral\nwhere referral.two = 1")

    assert sorted((problem.place.line, problem.message.split('"')[1]) for problem in problems) == [(2, "referral.one"), (4, "referral.two")]


def test_a_measure_without_words_is_not_loaded() -> None:
    measure, problems = read("select referral.person_id from referral")

    assert measure is None
    assert "does not begin with a comment" in problems[0].message


def test_lineage_reaches_through_derived_tables_and_inner_selects() -> None:
    shared, _ = read("-- Recent.\nselect referral.person_id, referral.received_on as day from referral", name="recent")
    assert shared is not None
    text = """-- Counts, whatever the certainty.
    with first as (select recent.person_id, min(recent.day) as day from recent group by recent.person_id)
    select first.person_id, first.day as happened_on, first.person_id as event_id
    from first
    where not exists (select 1 as found from flag where flag.person_id = first.person_id and flag.started_on < first.day)
    """
    measure, problems = read(text, {"recent": shared})

    assert problems == []
    assert measure is not None
    assert measure.derived == ("recent",)
    assert measure.lineage == ("flag.person_id", "flag.started_on", "referral.person_id", "referral.received_on")


@pytest.mark.parametrize(
    "when",
    [
        "date_diff('day', referral.received_on, referral.closed_on) < 3",
        "referral.closed_on < referral.received_on + interval 3 day",
        "referral.closed_on - interval 1 month < referral.received_on",
    ],
)
def test_a_measure_that_measures_time_asks_how_exact_the_dates_are(when: str) -> None:
    text = f"-- Counts.\nselect referral.person_id from referral where {when}"
    measure, problems = read(text)
    asked = " and ".join(f"referral.{name}_precision = 'day'" for name in ("received_on", "closed_on"))

    assert measure is None
    assert "does not ask how exact it is" in problems[0].message
    assert "_precision" in problems[0].hint
    assert read(f"{text} and {asked}")[1] == []


def test_days_of_a_quarter_are_exact() -> None:
    text = "-- Counts.\nselect referral.person_id from referral join quarter on referral.received_on > quarter.end_on - interval 12 month"

    assert read(text)[1] == []


@pytest.mark.parametrize("table", ["flag", "involvement"])
def test_known_suspected_and_at_risk_are_never_counted_together_without_saying_so(table: str) -> None:
    text = f"select {table}.person_id from {table}"
    measure, problems = read(f"-- Counts.\n{text}")

    assert measure is None
    assert f'counts what "{table}" holds as known, suspected and at risk together' in problems[0].message
    assert read(f"-- Counts.\n{text} where {table}.certainty = 'known'")[1] == []
    assert read(f"-- Counts, whatever the certainty.\n{text}")[1] == []


def test_certainty_is_not_lost_in_a_derived_table() -> None:
    derived, _ = read("-- Held.\nselect flag.person_id, flag.certainty from flag", name="held")
    assert derived is not None
    _, problems = read("-- Counts.\nselect held.person_id from held", {"held": derived})

    assert 'counts what "held" holds' in problems[0].message


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ("referral.person_id, referral.received_on as happened_on", "does not return event_id"),
        ("referral.person_id, referral.referral_id as event_id", "does not return happened_on (or period)"),
        ("referral.person_id, referral.referral_id as event_id, referral.received_on as happened_on, referral.dataset", '"dataset"'),
    ],
)
def test_a_measure_returns_what_counting_needs_and_nothing_else(tmp_path: Path, columns: str, message: str) -> None:
    (tmp_path / "m.sql").write_text(f"-- Counts.\nselect {columns} from referral", encoding="utf-8")
    problems: list[Problem] = []

    assert read_measures(tmp_path, {}, problems, categories={"agency_id"}) == {}
    assert message in problems[0].message


def test_derived_tables_are_read_after_those_they_need_and_circles_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("-- A.\nselect b.person_id from b", encoding="utf-8")
    (tmp_path / "b.sql").write_text("-- B.\nselect referral.person_id from referral", encoding="utf-8")
    problems: list[Problem] = []
    assert list(read_derived(tmp_path, problems)) == ["b", "a"]
    assert problems == []

    (tmp_path / "b.sql").write_text("-- B.\nselect a.person_id from a", encoding="utf-8")
    assert read_derived(tmp_path, problems) == {}
    assert {Path(str(problem.place.file)).name for problem in problems} == {"a.sql", "b.sql"}


def test_every_measure_of_the_catalogue_is_used_and_says_what_it_counts() -> None:
    catalogue = load_catalogue()
    used = {measure.name for indicator in catalogue.indicators for measure in catalogue.measures_of(indicator)}

    assert set(catalogue.measures) - used <= {"children_known_to_agencies", "children_flagged"}
    assert {path.stem for path in (CATALOGUE / "measures").glob("*.sql")} == set(catalogue.measures)
    assert all(measure.says.endswith(".") for measure in (*catalogue.measures.values(), *catalogue.derived.values()))


def test_the_same_select_in_another_engines_words() -> None:
    assert to_dialect("select date_diff('day', a, b) as days from t", "spark") == "SELECT DATEDIFF(DAY, a, b) AS days FROM t"
