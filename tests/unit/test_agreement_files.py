"""Agreements and what they refer to as files: every mistake is told with its file and its line, and law as data has a source."""

from __future__ import annotations

from datetime import date

import pytest
import yaml

from sightline.definitions.agreement_terms import load_terms
from sightline.definitions.agreements import Agreement, load_agreement, months_later
from sightline.errors import CatalogueProblems, NotFound
from sightline.model.agreements import Tier
from tests.support.agreements import FIELDS, TERMS, dataset


def loaded(folder, **changes) -> Agreement:
    file = folder / "sharing.yml"
    file.write_text(yaml.safe_dump({**TERMS, **changes}, sort_keys=False), encoding="utf-8")
    return load_agreement(file, fields=FIELDS)


def test_an_agreement_is_read_and_reads_back_from_what_the_registry_keeps(tmp_path) -> None:
    agreement = loaded(tmp_path, signatories=[{"party": "csc", "person": "A", "role": "Director", "at": "2025-04-01"}])

    again = Agreement.model_validate(agreement.as_document())

    assert again == agreement.model_copy(update={"signatories": ()})
    assert agreement.signatories[0].at.isoformat() == "2025-04-01T00:00:00+01:00"
    assert agreement.tier_ceiling is Tier.STRATEGIC


@pytest.mark.parametrize(
    ("changes", "line", "told"),
    [
        ({"purposes": ["strategic_planning", "curiosity"]}, "purposes:", '"curiosity" is no purpose.'),
        ({"legal_bases": ["because"]}, "legal_bases:", '"because" is no legal basis.'),
        ({"legal_bases": ["children_act_2004_s16la"]}, "legal_bases:", '"children_act_2004_s16la" is not known to be in force.'),
        (
            {"start": "2004-01-01", "end": "2004-12-31", "review_by": "2004-06-01"},
            "legal_bases:",
            '"children_act_2004_s11" is in force from 2005-10-01 only.',
        ),
        ({"retention_rule": "for ever"}, "retention_rule", "retention_rule"),
        ({"retention_rule": "for_ever"}, "retention_rule", '"for_ever" is no retention rule.'),
        ({"retention_rule": "withdrawn_return"}, "retention_rule", '"withdrawn_return" is no retention rule.'),
        ({"end": "2024-01-01"}, "end:", "the agreement ends before it begins."),
        ({"end": "2027-04-01"}, "end:", "the agreement lasts more than 24 months."),
        ({"review_by": "2026-04-01"}, "review_by:", "the review is not within the agreement's own time."),
        ({"datasets": [dataset(), dataset()]}, "dataset: police", "police police stands here twice."),
        ({"datasets": [dataset(agency="health")]}, "agency: health", '"health" is no party to the agreement.'),
        ({"datasets": [dataset(fields=["flag.flag", "flag.colour"])]}, "fields:", '"flag.colour" is no field.'),
        ({"datasets": [dataset(fields=["flags.*"])]}, "fields:", '"flags.*" is no field.'),
        (
            {"datasets": [dataset(precision={"identity_record.postcode": "street"})]},
            "precision:",
            '"identity_record.postcode: street" says no precision.',
        ),
        ({"onward_sharing": {"rule": "never", "bodies": ["courts"]}}, "onward_sharing:", "bodies are listed, and the rule is another."),
        ({"tier_ceiling": "secret"}, "tier_ceiling", "the tiers are community, strategic, operational"),
        (
            {"signatories": [{"party": "health", "person": "A", "role": "B", "at": "2025-04-01T09:00:00"}]},
            "party: health",
            '"health" is no party to the agreement.',
        ),
        (
            {"signatories": [{"party": "csc", "person": "A", "role": "B", "at": "2025-04-01T09:00:00"}]},
            "party: csc",
            "the signature has a time of no zone.",
        ),
        ({"document_sha256": "abc"}, "document_sha256", '"document_sha256" is wrong'),
        ({"colour": "blue"}, "colour: blue", '"colour" is not a key Sightline knows here.'),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path, changes, line, told) -> None:
    with pytest.raises(CatalogueProblems) as caught:
        loaded(tmp_path, **changes)

    found = [problem for problem in caught.value.problems if told in f'"{problem.message}' or told in problem.message]
    assert found, caught.value.problems
    assert found[0].place.line is not None
    assert line in (tmp_path / "sharing.yml").read_text(encoding="utf-8").splitlines()[found[0].place.line - 1]
    assert found[0].place.file == str(tmp_path / "sharing.yml")


def test_a_file_that_is_not_there_or_is_no_yaml_is_told(tmp_path) -> None:
    with pytest.raises(NotFound):
        load_agreement(tmp_path / "none.yml", fields=FIELDS)
    (tmp_path / "bad.yml").write_text("id: [", encoding="utf-8")
    with pytest.raises(CatalogueProblems, match=r"line 1|line 2"):
        load_agreement(tmp_path / "bad.yml", fields=FIELDS)


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [("2025-04-01", 24, "2027-04-01"), ("2024-02-29", 24, "2026-03-01"), ("2025-12-31", 2, "2026-03-01"), ("2025-10-31", 13, "2026-12-01")],
)
def test_months_are_counted_by_the_calendar(day, months, later) -> None:
    assert months_later(date.fromisoformat(day), months) == date.fromisoformat(later)


def test_the_catalogue_says_of_every_purpose_basis_period_and_code_where_it_stands() -> None:
    terms = load_terms()

    entries = [*terms.purposes.values(), *terms.legal_bases.values(), *terms.retention.values(), *terms.handling.values()]
    assert all(each.source and "http" not in each.source for each in entries)
    assert 3 <= len(terms.purposes) <= 8
    assert {each.title for each in terms.handling.values() if each.kind == "handling"} == {"P", "C"}
    assert [id for id, each in terms.legal_bases.items() if each.in_force_from is None] == ["children_act_2004_s16la"]


def test_a_mistake_in_the_catalogues_own_files_is_told_with_its_line(tmp_path) -> None:
    purpose = "  title: T\n  says: S\n  highest_tier: strategic\n  in_force_from: 2018-01-01\n  source: An Act\n"
    (tmp_path / "purposes.yml").write_text("".join(f"p{n}:\n{purpose}" for n in range(9)), encoding="utf-8")
    (tmp_path / "legal_bases.yml").write_text("one:\n  title: T\n  statute: S\n", encoding="utf-8")
    (tmp_path / "retention.yml").write_text("- a list\n", encoding="utf-8")
    (tmp_path / "handling.yml").write_text("p:\n", encoding="utf-8")

    with pytest.raises(CatalogueProblems) as caught:
        load_terms(tmp_path)

    told = {(problem.place.file, problem.place.line, problem.message) for problem in caught.value.problems}
    assert ("purposes.yml", None, "has 9 purposes.") in told
    assert ("retention.yml", None, "holds no entries.") in told
    assert ("handling.yml", 1, '"p" has no fields.') in told
    assert ("legal_bases.yml", 1, '"article_6" is missing.') in told or any(
        file == "legal_bases.yml" and line in (1, 2) for file, line, _ in told
    )
