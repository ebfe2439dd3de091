"""Linking people of whom nothing but keyed tokens is there."""

from __future__ import annotations

from itertools import count

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from tests.support.people import invent

from sightline.definitions.linkage import linkage_model, name_words, nickname_sets
from sightline.engine.duckdb import DuckDBEngine
from sightline.linkage import evaluate, link
from sightline.linkage.names import Nicknames
from sightline.linkage.numbers import nhs_number, unique_pupil_number
from sightline.linkage.tokens import PURPOSE, TOKEN_RULES, TokensDiffer, blots, composites, field_tokens, near_years, slips
from sightline.model.tokens import TOKEN_LISTS, TOKEN_SINGLES, is_field_tokens
from sightline.privacy.keyed import TokenKey

ONE, OTHER = TokenKey(bytes(range(40))), TokenKey(bytes(range(40, 80)))
CHECKS = {"nhs_number": nhs_number, "upn": unique_pupil_number}
# What may not reach the linker in the clear, and what a package makes of it.
CLEAR = ("given_name", "family_name", "aliases", "date_of_birth", "postcode", "local_id", "address", "phone", "place_of_birth", "pnc")


def tokenised(records, *, key=ONE, composite_only=False):
    """Records as agencies send them with `prepare --tokens`: each agency makes its own."""
    made = []
    for agency in sorted(set(records["agency_id"].to_pylist())):
        own = records.filter(pc.equal(records["agency_id"], agency))
        with DuckDBEngine(threads=1) as engine:
            tokens = field_tokens(
                engine, own, words=name_words(), nicknames=Nicknames.from_sets(nickname_sets()),
                token=lambda purpose: key.tokens("link", purpose), key=key.fingerprint, composite_only=composite_only,
            )  # fmt: skip
        made.append(with_tokens(own, tokens, key))
    return pa.concat_tables(made)


def with_tokens(own, tokens, key):
    by_identity = dict(zip(tokens["identity_id"].to_pylist(), tokens["link_tokens"].to_pylist(), strict=True))
    columns = {name: own[name] for name in own.column_names} | {name: pa.nulls(own.num_rows, own[name].type) for name in CLEAR}
    for name, check in CHECKS.items():
        token = key.tokens(name)
        columns[name] = pa.array([token(check(value)) if value and check(value) else None for value in own[name].to_pylist()], pa.string())
    columns["link_tokens"] = pa.array([by_identity[each] for each in own["identity_id"].to_pylist()], pa.string())
    return pa.table(columns)


def linked(records, made):
    drawn = count(1)
    with DuckDBEngine(threads=2) as engine:
        return link(records, engine=engine, wards=made.wards, trusted=[], previous=None, new_person_id=lambda: f"p{next(drawn):024d}")


@pytest.fixture(scope="module")
def town():
    made = invent(1200, seed=6)
    return made, tokenised(made.records)


def score(made, records):
    return evaluate(linked(records, made).links, made.truth, people=made.people, twins=made.twins)


def test_tokens_link_nearly_as_well_as_names(town):
    made, records = town
    in_clear, by_tokens = score(made, made.records), score(made, records)

    assert by_tokens.overall.precision >= 0.995
    assert by_tokens.overall.recall >= in_clear.overall.recall - 0.02
    assert by_tokens.twins_merged <= max(1, by_tokens.twins // 20)


def test_composite_keys_link_fewer_and_rarely_wrongly(town):
    made, records = town
    by_tokens, by_keys = score(made, records), score(made, tokenised(made.records, composite_only=True))

    assert by_keys.overall.precision >= 0.99
    assert 0.5 < by_keys.overall.recall < by_tokens.overall.recall


def test_what_the_linker_gets_are_tokens_and_nothing_else(town):
    made, records = town
    assert all(map(is_field_tokens, records["link_tokens"].to_pylist()))
    text = "\n".join(records["link_tokens"].to_pylist()).casefold()
    names = {str(row[name]).casefold() for row in made.rows for name in ("given_name", "family_name") if row[name]}
    assert [name for name in names if len(name) > 5 and name in text] == []


def test_an_agency_with_another_key_is_named_and_nothing_is_linked(town):
    made, _ = town
    police = pc.equal(made.records["agency_id"], "police")
    mixed = pa.concat_tables([tokenised(made.records.filter(pc.invert(police))), tokenised(made.records.filter(police), key=OTHER)])

    with pytest.raises(TokensDiffer) as told:
        linked(mixed, made)
    assert f"key {OTHER.fingerprint}: police" in str(told.value)
    assert "Nothing was linked" in str(told.value)


def test_an_agency_with_other_rules_is_named_and_nothing_is_linked(town):
    made, records = town
    texts = [
        text.replace(f'"rules":"{TOKEN_RULES}"', '"rules":"9"') if agency == "police" else text
        for agency, text in zip(records["agency_id"].to_pylist(), records["link_tokens"].to_pylist(), strict=True)
    ]
    place = records.column_names.index("link_tokens")

    with pytest.raises(TokensDiffer, match="rules 9: police") as told:
        linked(records.set_column(place, "link_tokens", pa.array(texts)), made)
    assert "Nothing was linked" in str(told.value)


def test_tokens_of_every_field_and_composite_keys_cannot_be_compared(town):
    made, records = town
    police = pc.equal(records["agency_id"], "police")
    keys = tokenised(made.records.filter(pc.equal(made.records["agency_id"], "police")), composite_only=True)

    with pytest.raises(TokensDiffer, match=r"of several fields together only \(police\)") as told:
        linked(pa.concat_tables([records.filter(pc.invert(police)), keys]), made)
    assert "Nothing was linked" in str(told.value)


def test_agencies_with_names_and_agencies_with_tokens_cannot_be_compared(town):
    made, records = town
    is_csc = pc.equal(records["agency_id"], "csc")
    some = records.filter(pc.invert(is_csc))
    clear = made.records.filter(pc.equal(made.records["agency_id"], "csc"))
    if "link_tokens" not in clear.column_names:
        clear = clear.append_column("link_tokens", pa.nulls(clear.num_rows, pa.string()))
    with pytest.raises(TokensDiffer, match="those of csc do not"):
        linked(pa.concat_tables([some, clear.select(some.column_names)]), made)


def test_every_condition_of_the_model_can_be_asked_of_tokens():
    asked = [level.when or "" for comparison in linkage_model().for_tokens().comparisons for level in comparison.levels]
    assert not [when for when in asked if any(word in when for word in ("jaro", "damerau", "left(", "right(", "[1"))]
    assert set(PURPOSE) == TOKEN_LISTS | TOKEN_SINGLES


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("sophie", "sofie", False), ("hannah", "hanah", True), ("bethany", "bethnay", True), ("daniel", "danial", True),
        ("megan", "kegan", True), ("megan", "helen", False), ("ann", "anna", True), ("ann", "dan", False), ("bo", "bob", False),
    ],
)  # fmt: skip
def test_names_that_one_slip_parts_share_a_token(one, other, meet):
    assert bool(set(slips(one)) & set(slips(other))) is meet


def test_dates_that_one_digit_parts_share_a_token_and_years_two_apart_do():
    assert set(blots("20120307")) & set(blots("20120317"))
    assert not set(blots("20120307")) & set(blots("20120718"))
    assert near_years("2012") == ["2010", "2011", "2012", "2013", "2014"]


def test_the_statistical_linkage_key_is_the_guides_own():
    # AIHW, SLK-581 guide for use: family name Smith (letters 2, 3, 5: M, I, H), given name Jane (A, N), born 1 January 1966, female: 2
    jane = {"given": "jane", "family": "smith", "dob": "19660101", "birth_year": "1966", "postcode": None, "sex": "female"}
    assert "mihan010119662" in composites(jane)
