"""Each different value that agencies wrote, and what it says: tables that rows are joined to.

The rules are in Python where they can be read and tested (`linkage.names`, `numbers`, `addresses`). Most names are one plain word and most
numbers plain digits, which whole columns are told of at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sightline.definitions.linkage import NameWords
from sightline.engine.duckdb import DuckDBEngine
from sightline.linkage import numbers
from sightline.linkage.addresses import letter_marks, place_name, read_address
from sightline.linkage.names import Nicknames, family_parts, given_parts

VALUES_OF_PROFILES = ("linkage_given", "linkage_family", "linkage_alias", "linkage_nhs_number", "linkage_upn", "linkage_address",
    "linkage_place_of_birth")  # fmt: skip
"""The tables that nothing needs once profiles are there; postcodes are read again when people are described."""
_TEXTS = pa.list_(pa.string())
_NAMED = pa.schema(
    [
        ("raw", pa.string()), ("first", pa.string()), ("parts", _TEXTS), ("first_keys", _TEXTS), ("keys", _TEXTS), ("whole", pa.string()),
        ("middle", _TEXTS),
    ]
)  # fmt: skip
_ALIASED = pa.schema([("raw", pa.string()), ("given", _TEXTS), ("keys", _TEXTS), ("family", _TEXTS)])
_LIVED = pa.schema([("raw", pa.string()), ("key", pa.string()), ("numbers", _TEXTS), ("words", _TEXTS)])
_CHECKED = pa.schema([("raw", pa.string()), ("value", pa.string())])
_NAMES = ("given_name", "family_name", "aliases")
_ONE_WORD = "^[A-Za-z][A-Za-z]+$"


def register_values(engine: DuckDBEngine, records: str, *, words: NameWords, nicknames: Nicknames) -> None:
    """Register ``linkage_given``, ``linkage_postcode`` and so on, with ``raw`` as it was written and what it says."""
    # While values of one column are read here the engine looks for those of the next.
    with ThreadPoolExecutor(1) as engines:
        raw = {column: engines.submit(_distinct, engine, records, column) for column in (*_NAMES, "address", *_CHECKS)}
        given, family, aliases = (raw[column].result() for column in _NAMES)
        read = {
            "given": _named(given, given_parts, words, nicknames, unread=words.whole | words.suffixes),
            "family": _named(family, family_parts, words, nicknames, unread=words.whole, with_whole=True),
            "alias": _aliased(aliases, words, nicknames),
            "address": _addresses(raw["address"].result()),
        }
        for column, check in _CHECKS.items():
            written = raw[column].result()
            read[column] = pa.table([written, check(written)], schema=_CHECKED)
    for name, table in read.items():
        engine.register_table(f"linkage_{name}", table)


def _distinct(engine: DuckDBEngine, records: str, column: str) -> pa.Array:
    rows = engine.query(f"select distinct {column} as raw from {records} where {column} is not null order by raw")
    return rows.column("raw").combine_chunks().cast(pa.string())


def _table(rows: Sequence[tuple[object, ...]], schema: pa.Schema) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else ([] for _ in schema)
    return pa.table([pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)], schema=schema)


def _one_by_one(check: Callable[[str], str | None]) -> Callable[[pa.Array], pa.Array]:
    return lambda raw: pa.array([check(value) for value in raw.to_pylist()], pa.string())


_CHECKS: dict[str, Callable[[pa.Array], pa.Array]] = {
    "nhs_number": numbers.nhs_numbers,
    "upn": numbers.unique_pupil_numbers,
    "postcode": _one_by_one(numbers.postcode),
    "place_of_birth": _one_by_one(place_name),
}


def _addresses(raw: pa.Array) -> pa.Table:
    """Words that a tenth of all addresses hold (the town) tell nobody from anybody and are left out."""
    read = [(text, read_address(text)) for text in raw.to_pylist()]
    held = Counter(word for _, address in read if address for word in address.words)
    everywhere = {word for word, count in held.items() if count > max(len(read) // 10, 20)}
    lived = _table(
        [
            (text, address.key, _in_order(address.numbers), _in_order(word for word in address.words if word not in everywhere))
            for text, address in read
            if address
        ],
        _LIVED,
    )
    return lived.append_column("marks", letter_marks([address.letters for _, address in read if address]))


def _in_order(values: Iterable[str]) -> list[str]:
    """Each once and in order, as the lists of an identity are: most identities have one row, whose lists are theirs as they stand."""
    return sorted(set(values))


def _named(
    raw: pa.Array,
    parts_of: Callable[[str, NameWords], list[str]],
    words: NameWords,
    nicknames: Nicknames,
    *,
    unread: frozenset[str],
    with_whole: bool = False,
) -> pa.Table:
    """What names say.

    Args:
        raw: Names as written.
        parts_of: Reads their parts.
        words: Words that name nobody.
        nicknames: Names that stand for one another.
        unread: Words that alone are no name.
        with_whole: Whether a name of several parts is also kept whole.
    """
    lowered = pc.ascii_lower(raw)
    is_plain = pc.and_not(
        pc.match_substring_regex(raw, _ONE_WORD),
        pc.is_in(lowered, value_set=pa.array(sorted(unread | nicknames.sets_of.keys()), pa.string())),
    )
    name = lowered.filter(is_plain)
    alone = pa.ListArray.from_arrays(pa.array(np.arange(len(name) + 1, dtype=np.int32)), name)
    none = pa.ListArray.from_arrays(pa.array(np.zeros(len(name) + 1, dtype=np.int32)), name[:0])
    plain = pa.table([raw.filter(is_plain), name, alone, alone, alone, name, none], schema=_NAMED)
    rows = []
    for text in raw.filter(pc.invert(is_plain)).to_pylist():
        parts = parts_of(text, words)
        rows.append(
            (
                text,
                parts[0] if parts else None,
                _in_order([*parts, "".join(parts)] if with_whole and parts else parts),
                _in_order(nicknames.keys(parts[0])) if parts else [],
                _keys(parts, words, nicknames),
                "".join(parts) or None,
                _in_order(part for part in parts[1:] if part not in words.shared_widely),
            )
        )
    return pa.concat_tables([plain, _table(rows, _NAMED)])


def _aliased(raw: pa.Array, words: NameWords, nicknames: Nicknames) -> pa.Table:
    aliases = [(text, *_alias(text, words)) for text in raw.to_pylist()]
    return _table([(text, named, _keys(named, words, nicknames), family_names) for text, named, family_names in aliases], _ALIASED)


def _keys(given: list[str], words: NameWords, nicknames: Nicknames) -> list[str]:
    """Keys of every given name; a name that half a community bears counts only where it stands first or alone."""
    telling = [name for position, name in enumerate(given) if len(name) > 1 and (position == 0 or name not in words.shared_widely)]
    whole = ["".join(given)] if len(given) > 1 else []
    return sorted({key for name in [*telling, *whole] for key in nicknames.keys(name)})


def _alias(text: str, words: NameWords) -> tuple[list[str], list[str]]:
    """The given and family names in a cell of other names: one word is a given name, of several the last is the family name."""
    given: list[str] = []
    family: list[str] = []
    for name in text.split("|"):
        parts = given_parts(name, words)
        given += parts[:-1] or parts
        family += parts[-1:] if len(parts) > 1 else []
    return given, family
