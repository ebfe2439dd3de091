"""The catalogue of indicators: what must be there before an indicator loads, and what the shipped ones promise."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sightline.definitions.catalogue import load_catalogue
from sightline.definitions.indicators import CATALOGUE
from sightline.definitions.partnership import KEY_INDICATORS
from sightline.errors import CatalogueProblems

KEY = [
    "children_with_known_concern",
    "children_referred_again",
    "missing_episodes",
    "children_safe_after_plan",
    "children_whose_voice_is_recorded",
]
QUESTIONS = {"A": 10, "B": 8, "C": 8, "D": 11, "E": 7, "F": 8, "G": 6, "H": 8, "J": 8}
"""How many questions each part of the framework has."""
VERDICTS = re.compile(
    r"\b(worse|better|improv\w+|deteriorat\w+|poor|good|fail\w*|red|amber|green|offenders?|hard to reach|at risk)\b", re.I
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the key indicators and of one other, with the SQL behind them, to spoil."""
    catalogue = load_catalogue()
    chosen = [catalogue.indicator(id) for id in (*KEY, "exploitation_referrals")]
    measures = {measure for each in chosen for measure in catalogue.measures_of(each)}
    files = {f"indicators/{each.id}.yml" for each in chosen} | {f"measures/{measure.name}.sql" for measure in measures}
    files |= {f"derived/{name}.sql" for measure in measures for name in measure.derived} | {"breakdowns.yml", "domains.yml"}
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(CATALOGUE / name, tmp_path / name)
    return tmp_path


def spoil(folder: Path, name: str, before: str, after: str) -> list[str]:
    """Change one indicator's file; the problems that loading then tells."""
    path = folder / "indicators" / f"{name}.yml"
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")
    with pytest.raises(CatalogueProblems) as caught:
        load_catalogue(folder)
    return [str(problem) for problem in caught.value.problems]


def test_every_question_of_the_framework_is_answered_once_and_sixty_or_more_are_counted() -> None:
    catalogue = load_catalogue()
    answered = [question.framework for question in catalogue.questions if question.framework]

    assert sorted(answered) == [f"{letter}{number:02}" for letter, last in QUESTIONS.items() for number in range(1, last + 1)]
    assert len([indicator for indicator in catalogue.indicators if indicator.framework]) >= 60
    assert all(question.waits_for for question in catalogue.waiting)
    assert list(QUESTIONS) == [domain.letter for domain in catalogue.domains.values()]


def test_exactly_five_are_key_each_with_a_reason() -> None:
    key = [indicator for indicator in load_catalogue().indicators if indicator.key]

    assert [indicator.id for indicator in key] == KEY
    assert len(KEY) == KEY_INDICATORS
    assert len({indicator.key_reason for indicator in key} - {""}) == KEY_INDICATORS


def test_every_indicator_can_be_read_more_than_one_way_and_leads_to_a_question() -> None:
    for indicator in load_catalogue().questions:
        assert len(indicator.interpretations) >= 2
        assert indicator.question.endswith("?")
        assert all("?" in line or line.startswith("Ask") for line in indicator.lines_of_inquiry)
        assert indicator.caveat


def test_no_indicator_passes_a_verdict_or_blames_a_child() -> None:
    for indicator in load_catalogue().questions:
        words = " ".join((indicator.title, indicator.question, indicator.purpose, *indicator.interpretations, *indicator.lines_of_inquiry))
        found = VERDICTS.findall(words.replace("without assuming that help failed", ""))
        assert not found, f"{indicator.id}: {found}"


@pytest.mark.parametrize("part", ["purpose", "question", "caveat", "sources", "domain"])
def test_an_indicator_without_its_words_does_not_load(folder: Path, part: str) -> None:
    path = folder / "indicators" / "missing_episodes.yml"
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith(f"{part}:")]
    path.write_text("\n".join(lines), encoding="utf-8")

    with pytest.raises(CatalogueProblems, match=f'"{part}" is missing'):
        load_catalogue(folder)


def test_an_indicator_with_one_reading_only_does_not_load(folder: Path) -> None:
    path = folder / "indicators" / "missing_episodes.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"(interpretations:\n  - .*\n)(  - .*\n)+", r"\1", text), encoding="utf-8")

    with pytest.raises(CatalogueProblems, match=r"missing_episodes.yml, line \d+: .*interpretations"):
        load_catalogue(folder)


def test_an_indicator_without_a_line_of_inquiry_does_not_load(folder: Path) -> None:
    path = folder / "indicators" / "missing_episodes.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"lines_of_inquiry:\n(  - .*\n)+", "lines_of_inquiry: []\n", text), encoding="utf-8")

    with pytest.raises(CatalogueProblems, match="lines_of_inquiry"):
        load_catalogue(folder)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("measure: children_referred_again", "measure: children_who_vanish", '"children_who_vanish" is not a measure'),
        ("within_days: 365", "within_weeks: 52", "has no parameter $within_weeks"),
        ("with: {within_days: 365}\n", "\n", "needs a value for $within_days"),
        ("breakdowns: [ward, age_band, sex, ethnicity, referral_source]", "breakdowns: [ward, agency]", "does not return agency_id"),
        ("breakdowns: [ward, age_band, sex, ethnicity, referral_source]", "breakdowns: [shoe_size]", "breakdowns"),
        ("id: children_referred_again", "id: children_came_back", "Give both the same name"),
        ("per: 100\n", "", "belong together"),
        ("key: true", "key: true\ncolour: red", '"colour" is not a key'),
        ("key: true", "key: false", "4 indicators are key"),
        ("order: 2", "order: 3", "the same order"),
        ("order: 2", "order: 12", "its place among the five"),
        ("key_reason: ", "caveat_too: ", "does not say why it is a key one"),
        ("framework: A06", "framework: C01", "C01 is not of the part recognition"),
        ("framework: A06", "framework: A01", "has the same framework"),
        ("domain: recognition", "domain: elsewhere", '"elsewhere" is no part of the framework'),
        ("statistic: proportion", "statistic: rate", "a rate is per 10000, not 100"),
        ("statistic: proportion", "statistic: count", "a count is out of nothing"),
        ("statistic: proportion", "statistic: median", "needs value"),
        ("statistic: proportion", "statistic: proportion\nvalue: days", "has a value only as a median"),
        ("unit: children", "unit: shoes", "shoes is none of children"),
    ],
)
def test_a_mistake_is_told_with_its_file_and_how_to_mend_it(folder: Path, before: str, after: str, told: str) -> None:
    problems = spoil(folder, "children_referred_again", before, after)

    assert any(told in problem for problem in problems), problems
    assert all("indicators" in problem for problem in problems)


def test_every_problem_is_told_not_only_the_first(folder: Path) -> None:
    (folder / "measures" / "referrals.sql").write_text("-- Counts.\ndelete from referral", encoding="utf-8")
    problems = spoil(folder, "missing_episodes", "key: true", "key: true\ncolour: red")

    files = {re.search(r"(\w+\.(sql|yml))", problem)[1] for problem in problems if re.search(r"\w+\.(sql|yml)", problem)}  # type: ignore[index]
    assert files == {"referrals.sql", "exploitation_referrals.yml", "missing_episodes.yml"}
    assert all(re.search(r"line \d+", problem) for problem in problems), problems


def test_the_version_changes_with_the_definition_and_with_the_sql_behind_it(folder: Path) -> None:
    before = {each.id: load_catalogue(folder).version_of(each) for each in load_catalogue(folder).indicators}
    concern = folder / "derived" / "concern.sql"
    concern.write_text(concern.read_text(encoding="utf-8").replace("12 month", "6 month"), encoding="utf-8")
    changed = load_catalogue(folder)
    after = {each.id: changed.version_of(each) for each in changed.indicators}

    changes = {id for id in before if before[id] != after[id]}
    assert changes == {each.id for each in changed.indicators if any("concern" in part.derived for part in changed.measures_of(each))}
    assert {"children_with_known_concern", "exploitation_referrals"} <= changes
    assert "missing_episodes" not in changes


def test_the_reference_page_says_what_the_catalogue_says() -> None:
    script = Path(__file__).parents[2] / "docs" / "reference" / "write_indicators.py"

    done = subprocess.run([sys.executable, str(script), "--check"], check=False)

    assert done.returncode == 0, "run: python docs/reference/write_indicators.py"
