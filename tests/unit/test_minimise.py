"""Rows before and after minimising, and every way in which it must rather stop than let something through."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import sightline as product
from sightline.definitions.formats import format_ids, load_format, load_mapping
from sightline.definitions.mappings import Privacy
from sightline.errors import SightlineError
from sightline.linkage.numbers import nhs_number
from sightline.model.tokens import is_token
from sightline.privacy.entities import STORED
from sightline.privacy.keyed import KeyUnusable, TokenKey, read_key
from sightline.privacy.minimise import Minimised, MinimisingFailed, minimise
from sightline.privacy.rules import Rule, RuleNotUnderstood, RuleTooOpen, decide_rules, fields_leaving

CATALOGUE = Path(product.__file__).parent / "catalogue"
MAPPINGS = [load_format(id) for id in format_ids()] + [
    load_mapping(path) for path in sorted(CATALOGUE.glob("partnerships/*/mappings/*.yml"))
]
KEY = TokenKey(bytes(range(32)))
OTHER_KEY = TokenKey(bytes(range(1, 33)))


def rows(entity: str, *given: dict[str, Any]) -> dict[str, pa.Table]:
    types = {column.name: column.type for column in fields_leaving(STORED[entity])} | {"source_file": pa.string(), "source_row": pa.int64()}
    filled = [{"source_file": "x.csv", "source_row": at, **row} for at, row in enumerate(given, 2)]
    return {entity: pa.table({name: pa.array([row.get(name) for row in filled], kind) for name, kind in types.items()})}


def person(**more: Any) -> dict[str, pa.Table]:
    return rows(
        "identity_record",
        {
            "local_id": "P-1",
            "given_name": "Ada",
            "family_name": "Quill",
            "nhs_number": "943 476 5919",
            "upn": "B801200005001",
            "date_of_birth": date(2011, 5, 17),
            "date_of_birth_precision": "day",
            "sex": "female",
            "sex_local": "F",
            "postcode": "QS4 2AB",
            **more,
        },
    )


def prepared(
    tables: dict[str, pa.Table],
    privacy: dict[str, Any] | None = None,
    *,
    mode: Any = "pseudonymised",
    key: TokenKey | None = KEY,
    **more: Any,
) -> Minimised:
    decisions = decide_rules(Privacy.model_validate(privacy or {}), mode, tables)
    options = {"agency": "csc", "normalise": {"nhs_number": nhs_number}, **more}
    return minimise(tables, decisions, key=key, **options)


def only(made: Minimised, entity: str) -> dict[str, Any]:
    (row,) = made.tables[entity].to_pylist()
    return row


def test_by_default_a_person_leaves_as_month_sector_and_tokens():
    row = only(prepared(person()), "identity_record")
    assert row["date_of_birth"] == date(2011, 5, 1)
    assert row["date_of_birth_precision"] == "month"
    assert row["postcode"] == "QS4 2"
    assert row["sex"] == "female"
    assert all(is_token(row[name]) for name in ("local_id", "nhs_number", "upn"))
    assert not {"given_name", "family_name", "aliases"} & set(row)


def test_what_is_agreed_at_record_level_leaves_as_it_is_and_nothing_else():
    row = only(prepared(person(), {"agreed": ["names", "person_local_id"]}, mode="record_level"), "identity_record")
    assert (row["given_name"], row["family_name"], row["local_id"]) == ("Ada", "Quill", "P-1")
    assert is_token(row["nhs_number"])
    assert row["date_of_birth"] == date(2011, 5, 1)


@pytest.mark.parametrize("name", ["names", "dob", "postcode", "numbers", "person_local_id", "references", "free_text", "upn"])
def test_no_mapping_can_let_more_leave_than_the_mode(name):
    entity = rows("narrative", {"local_id": "P-1"}) if name == "free_text" else person() | rows("incident", {"incident_reference": "I-1"})
    with pytest.raises(RuleTooOpen, match="pseudonymised"):
        prepared(entity, {"agreed": [name]})


@pytest.mark.parametrize(
    ("privacy", "says"),
    [
        ({"degrade": {"dob": "mnth"}}, "is not a rule"),
        ({"degrade": {"date_of_brith": "month"}}, "neither a field"),
        ({"agreed": ["everything"]}, "neither a field"),
        ({"degrade": {"referral.received_on": "month"}}, "does not fit"),
        ({"degrade": {"sex": "sector"}}, "does not fit"),
        ({"degrade": {"person_local_id": "drop"}}, "tells records apart"),
        ({"degrade": {"sex": "known"}}, "does not fit"),
        ({"degrade": {"date_of_birth": "key"}}, "does not fit"),
        ({"degrade": {"names": "key"}}, "how often it occurs"),
        ({"agreed": ["names"], "degrade": {"names": "drop"}}, "two things"),
    ],
)
def test_a_rule_that_is_not_understood_stops_everything(privacy, says):
    tables = person() | rows("referral", {"local_id": "P-1", "received_on": date(2026, 1, 2)})
    with pytest.raises(RuleNotUnderstood, match=says):
        prepared(tables, privacy, mode="record_level")


def test_a_misspelt_key_of_the_block_is_told_when_the_mapping_is_loaded():
    with pytest.raises(ValueError, match="degrad"):
        Privacy.model_validate({"degrad": {"dob": "month"}})
    with pytest.raises(ValueError, match="on_failure"):
        Privacy.model_validate({"on_failure": "carry_on"})


def test_a_field_nobody_decided_about_stops_everything():
    tables = person()
    decisions = {at: one for at, one in decide_rules(None, "pseudonymised", tables).items() if at[1] != "ethnicity"}
    with pytest.raises(MinimisingFailed, match="ethnicity"):
        minimise(tables, decisions, agency="csc", key=KEY)
    strange = {"identity_record": tables["identity_record"].append_column("mother", pa.array(["Eve"]))}
    with pytest.raises(MinimisingFailed, match="mother") as problem:
        prepared(strange)
    assert "Eve" not in str(problem.value)


def test_without_a_key_nothing_is_keyed_and_nothing_leaves():
    with pytest.raises(KeyUnusable):
        prepared(person(), key=None)


def test_the_same_number_is_one_token_at_every_agency_and_an_own_number_is_not():
    here = only(prepared(person()), "identity_record")
    there = only(prepared(person(nhs_number="9434765919"), agency="police"), "identity_record")
    assert here["nhs_number"] == there["nhs_number"]
    assert here["local_id"] != there["local_id"]
    elsewhere = only(prepared(person(), key=OTHER_KEY), "identity_record")
    assert here["nhs_number"] != elsewhere["nhs_number"]


def test_a_number_nobody_has_is_dropped_for_as_a_token_it_would_join_strangers():
    assert only(prepared(person(nhs_number="9999999999")), "identity_record")["nhs_number"] is None
    assert only(prepared(person(nhs_number="943 476 5918")), "identity_record")["nhs_number"] is None


def test_one_reference_is_one_token_in_every_table_and_parts_of_a_cell_stay_parts():
    tables = rows("incident", {"incident_reference": "I-7"}) | rows("involvement", {"local_id": "P-1", "incident_reference": "I-7"})
    made = prepared(tables)
    assert only(made, "incident")["incident_reference"] == only(made, "involvement")["incident_reference"]
    parts = rows("disruption", {"disruption_reference": "D-1", "linked_child_references": "P-1; P-2"})
    tokens = only(prepared(parts), "disruption")["linked_child_references"].split(";")
    assert tokens[0] == only(made, "involvement")["local_id"]
    assert len(set(tokens)) == 2


def test_a_code_the_mapping_does_not_know_does_not_leave_as_it_was_typed():
    flags = rows(
        "flag",
        {"local_id": "P-1", "flag": "criminal", "flag_local": "CCE", "end_reason": "other", "end_reason_local": "moved in with Ada Quill"},
        {"local_id": "P-1", "flag": "not_recorded", "flag_local": "see Ada Quill"},
    )
    known, unknown = prepared(flags).tables["flag"].to_pylist()
    assert known["flag_local"] == "CCE"
    assert known["end_reason_local"] is None
    assert is_token(unknown["flag_local"]), "it tells two flags apart, so something must stand there"


def test_of_a_cell_with_several_codes_all_must_be_known():
    cells = rows("assessment", {"local_id": "P-1", "outcome": "plan;not_recorded", "outcome_local": "plan;ask her aunt"})
    assert only(prepared(cells), "assessment")["outcome_local"] is None


def test_free_text_is_dropped_unless_agreed_at_record_level():
    words = rows("narrative", {"local_id": "P-1", "text": "I go there with Sam."})
    assert "text" not in only(prepared(words), "narrative")
    assert only(prepared(words, {"agreed": ["narrative.text"]}, mode="record_level"), "narrative")["text"] == "I go there with Sam."


def test_exact_places_become_their_kilometre_square():
    row = only(prepared(rows("incident", {"incident_reference": "I-1", "easting": 460_987, "northing": 521_003})), "incident")
    assert (row["easting"], row["northing"]) == (460_000, 521_000)


def test_a_date_that_was_known_by_year_only_is_not_said_to_be_known_by_month():
    row = only(prepared(person(date_of_birth=date(2011, 7, 1), date_of_birth_precision="year")), "identity_record")
    assert (row["date_of_birth"], row["date_of_birth_precision"]) == (date(2011, 1, 1), "year")


def test_an_absent_date_has_no_precision():
    row = only(prepared(person(date_of_birth=None, date_of_birth_precision=None)), "identity_record")
    assert (row["date_of_birth"], row["date_of_birth_precision"]) == (None, None)


def test_a_mapping_may_make_a_moment_less_exact_and_the_precision_says_so():
    tables = rows("incident", {"incident_reference": "I-1", "started_at": datetime(2026, 2, 14, 23, 5), "started_at_precision": "minute"})
    row = only(prepared(tables, {"degrade": {"incident.started_at": "month"}}), "incident")
    assert (row["started_at"], row["started_at_precision"]) == (datetime(2026, 2, 1), "month")


def test_a_field_of_one_entity_goes_before_the_field_and_the_field_before_the_group():
    privacy = {"agreed": ["given_name"], "degrade": {"names": "drop", "postcode": "drop", "identity_record.postcode": "sector"}}
    decisions = decide_rules(Privacy.model_validate(privacy), "record_level", ["identity_record", "location"])
    assert decisions["identity_record", "given_name"].rule is Rule.KEEP
    assert decisions["identity_record", "family_name"].rule is Rule.DROP
    assert decisions["identity_record", "postcode"].rule is Rule.SECTOR
    assert decisions["location", "postcode"].rule is Rule.DROP


def test_every_field_of_the_common_model_has_a_rule_and_no_name_or_sentence_is_kept_by_default():
    decisions = decide_rules(None, "pseudonymised", STORED)
    fields = {(entity.name, column.name) for entity in STORED.values() for column in fields_leaving(entity)}
    assert set(decisions) == fields
    kept = {at for at, one in decisions.items() if one.rule is Rule.KEEP}
    assert not {at for at in kept if at[1] in {"given_name", "text", "why", "what_would_help", "label", "aliases", "local_id", "pnc"}}


@pytest.mark.parametrize("mapping", MAPPINGS, ids=lambda one: one.id)
def test_what_every_mapping_of_the_catalogue_says_about_leaving_is_understood(mapping):
    mode = mapping.privacy.mode if mapping.privacy and mapping.privacy.mode else "pseudonymised"
    assert decide_rules(mapping.privacy, mode, STORED)


def test_outcomes_count_what_was_given_before_and_after():
    outcomes = {one.field: one for one in prepared(person()).outcomes}
    assert (outcomes["given_name"].given_before, outcomes["given_name"].given_after) == (1, 0)
    assert (outcomes["postcode"].given_before, outcomes["postcode"].given_after) == (1, 1)
    assert outcomes["postcode"].how == "postcode sector only"


@pytest.mark.parametrize("text", ["", "not a key", "ab" * 31, "00" * 32, "abc"])
def test_what_is_no_key_is_refused_and_never_quoted(text):
    with pytest.raises(KeyUnusable) as problem:
        read_key(text)
    assert not text or text not in str(problem.value)


def test_a_key_does_not_show_itself():
    key = read_key(bytes(range(40)).hex(), ref="partnership-2026")
    assert key.secret.hex() not in repr(key)
    assert len(key.fingerprint) == 8
    assert key.fingerprint not in key.secret.hex()


def test_every_refusal_says_that_nothing_was_written():
    for kind in (RuleNotUnderstood, RuleTooOpen, KeyUnusable, MinimisingFailed):
        assert issubclass(kind, SightlineError)
        assert "othing was written" in kind.hint
