from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.definitions.mapping_checks import COMMON_LISTS
from sightline.errors import InputRefused
from sightline.model.codes import CODE_LISTS, COUNTED_LISTS, NOT_RECORDED, age_in_years
from sightline.model.entities import CONTEXT, ENTITIES, PSEUDONYM, SENSITIVE
from sightline.model.figures import Median, NotAvailable, Ratio, Released, Withheld
from sightline.model.identified import IDENTITY_RECORD
from sightline.model.periods import Quarter, quarters_between
from sightline.model.releases import Coverage, release_from_json, release_to_json
from tests.support.releases import example_release


@given(day=st.dates(date(1990, 1, 1), date(2090, 1, 1)))
def test_a_day_lies_in_its_quarter_and_quarters_touch_without_a_gap(day: date) -> None:
    quarter = Quarter.containing(day)

    assert quarter.start <= day <= quarter.end
    assert (quarter.next().start - quarter.end).days == 1
    assert Quarter.parse(str(quarter)) == quarter


@pytest.mark.parametrize("text", ["2026", "2026-Q5", "Q1-2026", "", "2026-Q0", "twenty"])
def test_what_is_no_quarter_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InputRefused, match="2026-Q1"):
        Quarter.parse(text)


def test_quarters_between_counts_both_ends_and_nothing_backwards() -> None:
    assert list(map(str, quarters_between(Quarter(2025, 3), Quarter(2026, 1)))) == ["2025-Q3", "2025-Q4", "2026-Q1"]
    assert quarters_between(Quarter(2026, 1), Quarter(2025, 3)) == []


def test_a_birthday_counts_from_the_day_itself() -> None:
    assert age_in_years(date(2010, 5, 1), date(2026, 4, 30)) == 15
    assert age_in_years(date(2010, 5, 1), date(2026, 5, 1)) == 16
    assert age_in_years(date(2012, 2, 29), date(2013, 2, 28)) == 0


def test_withheld_and_not_available_never_print_as_a_number() -> None:
    assert str(Withheld.WITHHELD) == "withheld"
    assert str(NotAvailable("not collected")) == "not collected"
    assert str(Released(1234)) == "1,234"
    assert str(Ratio(12.4, 100)) == "12%"


def test_a_release_survives_its_json_form_and_the_same_release_gives_the_same_bytes() -> None:
    release = example_release()
    content = release_to_json(release)

    assert release_from_json(content) == release
    assert release_to_json(release_from_json(content)) == content


def test_what_agencies_record_has_somewhere_to_go() -> None:
    wanted = {"screening", "screening_item", "location", "person_location", "association", "intelligence", "nrm_referral", "ace"}
    wanted |= {"participation_response", "narrative", "disruption", "custody", "stop_search", "published_figure", "aggregate_count"}

    assert wanted <= set(ENTITIES)


def test_every_field_of_a_common_list_and_its_list_exist() -> None:
    for (entity, field), name in COMMON_LISTS.items():
        columns = (IDENTITY_RECORD if entity == IDENTITY_RECORD.name else ENTITIES[entity]).columns
        assert field in {column.name for column in columns}
        assert name in CODE_LISTS


def test_a_list_says_when_somebody_did_not_record() -> None:
    without = {"exploitation_type", "certainty", "plan_type", "exclusion_category", "age_band"}

    assert {name for name, values in CODE_LISTS.items() if NOT_RECORDED not in values} == without
    assert not set(CODE_LISTS) & set(COUNTED_LISTS), "what measures work out is no code that a record may hold"


@pytest.mark.parametrize("entity", ENTITIES.values(), ids=lambda entity: entity.name)
def test_only_what_says_nothing_of_a_person_is_context(entity) -> None:
    context = {column.name for column in entity.columns if column.privacy is CONTEXT}

    assert not {name for name in context - {"definition_id"} if name.endswith(("_id", "_reference", "_references", "_on", "_at"))}
    assert entity.column(entity.id_column).privacy is PSEUDONYM
    assert all(column.privacy is PSEUDONYM for column in entity.columns if column.name.endswith(("_identity_id", "_references")))


def test_free_text_and_homes_are_kept_close() -> None:
    assert ENTITIES["narrative"].column("text").privacy is SENSITIVE
    assert "redaction" in {column.name for column in ENTITIES["narrative"].columns}
    assert not {"longitude", "latitude", "easting", "postcode"} & {column.name for column in ENTITIES["person_location"].columns}


def test_a_published_figure_keeps_a_symbol_apart_from_a_value() -> None:
    assert {"value", "symbol"} <= {column.name for column in ENTITIES["published_figure"].columns}


def test_a_release_made_before_intervals_and_coverage_were_kept_is_still_read() -> None:
    """Its JSON lacks the parts that came later, and its ratios their ends."""
    release = example_release()
    data = json.loads(release_to_json(release))
    for name in ("waiting", "breakdown_titles", "domains", "coverage", "analyses"):
        data.pop(name, None)
    kept = ("id", "title", "question", "purpose", "key", "unit", "numerator", "denominator", "per", "interpretations", "lines_of_inquiry")
    kept += ("caveat", "breakdowns", "agencies_needed", "sql", "lineage", "version")
    data["indicators"] = [{name: each[name] for name in kept} for each in data["indicators"]]
    for name in ("changes", "unknowns", "questions"):
        data[name] = [{part: each[part] for part in ("kind", "text", "indicator")} for each in data[name]]
    for figure in data["figures"]:
        if isinstance(figure[6], dict) and "ratio" in figure[6]:
            figure[6] = {"ratio": figure[6]["ratio"], "per": figure[6]["per"]}
    read = release_from_json(json.dumps(data).encode())

    assert [each.count for each in read.figures] == [each.count for each in release.figures]
    assert (read.waiting, read.coverage, read.indicators[0].statistic, read.indicators[0].waits_for) == ((), (), "", ())
    assert all(each.statistic.interval is None for each in read.figures if isinstance(each.statistic, Ratio))


def test_medians_ratios_and_coverage_come_back_as_they_were() -> None:
    release = example_release()
    first, second, *rest = release.figures
    figures = (
        replace(first, out_of=None, statistic=Median(12.5, 9.0, 20.0, "years")),
        replace(second, statistic=Ratio(1.5, 1, 1.1, 2.0)),
        *rest,
    )
    coverage = (Coverage("missing_episodes", "2026-Q1", ("police",), (("csc", "no return received"),), ("police",), "A new form."),)
    waiting = (replace(release.indicators[0], id="later", waits_for=("Contacts.",), known_breaks=(("2025-Q1", "Anew."),)),)
    whole = replace(release, figures=figures, coverage=coverage, waiting=waiting, domains=(("missing", "Missing"),))

    assert release_from_json(release_to_json(whole)) == whole


@pytest.mark.parametrize("entity", [*ENTITIES.values(), IDENTITY_RECORD], ids=lambda entity: entity.name)
def test_what_heads_a_value_tells_it_from_every_other_of_its_record_and_lists_no_codes(entity) -> None:
    shown = [each for each in entity.columns if each.privacy is not PSEUDONYM and not each.name.endswith(("_local", "_precision"))]
    titles = [each.title for each in shown]

    assert len(set(titles)) == len(titles)
    assert not any("separated by" in title or " as received" in title or title.count(",") > 1 for title in titles)
