"""An identity's profile is the same whether it comes from one row or from several that say the same."""

from __future__ import annotations

import pyarrow as pa

from sightline.engine.duckdb import DuckDBEngine
from sightline.linkage.linking import Lists
from sightline.linkage.names import Nicknames
from sightline.linkage.prepare import PROFILES, prepare
from tests.support.people import invent, record, records

ODD = (
    record(
        "odd-1",
        "csc",
        given_name="Anne-Marie Anne",
        family_name="Smith-Jones Smith",
        aliases="Bob|Zoe Adams",
        phone="07700900123|07700900001|12",
    ),
    record("odd-2", "csc", given_name=None, family_name=None, date_of_birth=None, postcode=None, phone=" ", aliases="Ali"),
    record(
        "odd-3", "police", given_name="Ali", family_name="Unknown", phone="0770 0900 123", address="Flat 2, 14 St John's Rd", sex="other"
    ),
)


def profiles(table):
    lists = Lists()
    with DuckDBEngine(threads=2) as engine:
        prepare(engine, table, words=lists.words, nicknames=Nicknames.from_sets(lists.nicknames))
        return engine.query(f"from {PROFILES} order by id")


def test_rows_that_say_the_same_give_the_profile_that_one_gives():
    once = pa.concat_tables([invent(150, seed=5).records, records(*ODD)], promote_options="default")
    place = once.column_names.index("ethnicity")
    again = once.set_column(place, "ethnicity", pa.array(["told later"] * once.num_rows, once.schema.field(place).type))

    from_one = profiles(once)
    from_two = profiles(pa.concat_tables([once, again]))

    assert from_one.num_rows == once.num_rows
    assert from_one.equals(from_two)
    odd = {row["identity_id"]: row for row in from_one.to_pylist()}
    assert odd["odd-1"]["family_parts"] == ["adams", "jones", "smith", "smithjonessmith"]
    assert odd["odd-1"]["phones"] == ["07700900001", "07700900123"]
    assert odd["odd-2"]["given_names"] == ["ali"]
    assert odd["odd-2"]["dobs"] == odd["odd-2"]["phones"] == []
    assert odd["odd-3"]["sex"] is None
