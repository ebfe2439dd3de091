"""People who cannot be compared: an export that lost a column must not link a few by luck and silently miss the rest.

They are linked to nobody, and the linkage says of which agency, how many and why. Where a believable number says who somebody is, names and
dates may be missing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sightline.definitions.linkage import NameWords
from sightline.engine.duckdb import DuckDBEngine
from sightline.linkage.block import PAIR_IDS
from sightline.linkage.names import given_parts
from sightline.linkage.prepare import PROFILES, RAW

NO_NAMES = "no record of it has a usable name"
NO_BIRTH_DATES = "no record of it has a date of birth"
NEITHER = "no record of it has a usable name or a date of birth"
SHARED_NUMBERS = "its own numbers stand for several people each"
# Two or three of a large agency may be people whose name and year of birth were both put right; more than one in a hundred are none.
_SEVERAL, _SOME, _UNLIKE = 3, 0.01, 0.7
# Of fewer, that none has a date of birth is nothing out of the way. Where nobody knows who sent a record, each is an agency of its own.
_FEW = 3
_BARE = "linkage_bare"


@dataclass(frozen=True)
class LeftAlone:
    """Who is linked to nobody: by agency, what all its records lack or are, how many of its people that leaves alone, and of how many.

    ``numbers`` is how many of an agency's own numbers stand for two people each, where that is an exception. ``ids`` are the profiles of
    all of them, ``shared`` those that a number is the reason of.
    """

    agencies: dict[str, str] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    known: dict[str, int] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    ids: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    shared: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))


def left_alone(engine: DuckDBEngine, *, words: NameWords, have_several_rows: bool) -> LeftAlone:
    """Find those who say too little, and those whose agency gave one number to several people.

    Of an agency in which nobody has a usable name, or nobody a date of birth, everybody without a believable number, for what the others
    would be linked by is chance; one or two records are no export that lost a column. Whoever has a number that stands for two people; and
    everybody of an agency in which that is no exception.

    Args:
        engine: Holds the profiles, and the records that they were made of.
        words: Words that name nobody: whoever was *Unborn* before is not two people.
        have_several_rows: Whether there are more records than identities.
    """
    engine.materialise(_BARE, _BARE_SQL)
    bare = engine.query(f"select agency_id, named, born, count(*) as people from {_BARE} group by all order by all").to_pylist()
    known = {row["agency_id"]: row["known"] for row in engine.query(_KNOWN).to_pylist()}
    shared = [row for row in (engine.query(_SHARED).to_pylist() if have_several_rows else ()) if _are_names(row, words)]
    numbers = dict(sorted(Counter(row["agency_id"] for row in shared).items()))
    several = [agency for agency, count in numbers.items() if count >= _SEVERAL and count > _SOME * known[agency]]
    agencies = {agency: (SHARED_NUMBERS, known[agency]) for agency in several}
    for row in bare:
        why = NO_BIRTH_DATES if row["named"] else NO_NAMES if row["born"] else NEITHER
        agencies.setdefault(row["agency_id"], (why, row["people"]))
    listed = ", ".join("'" + agency.replace("'", "''") + "'" for agency in several)
    theirs = _ids(engine, f"{PROFILES} where agency_id in ({listed})") if several else np.empty(0, np.int64)
    of_numbers = np.union1d(theirs, np.array([row["id"] for row in shared], np.int64))
    ids = np.union1d(of_numbers, _ids(engine, _BARE))
    engine.drop(_BARE)
    return LeftAlone(
        agencies={agency: why for agency, (why, _) in sorted(agencies.items())},
        people={agency: people for agency, (_, people) in sorted(agencies.items())},
        known={agency: known[agency] for agency in sorted(agencies)},
        numbers={agency: count for agency, count in numbers.items() if agency not in several},
        ids=ids,
        shared=of_numbers,
    )


_BARE_SQL = f"""
    with profile as (
        select id, agency_id, given is not null or family is not null or len(composites) > 0 as named,
            birth_year is not null or len(composites) > 0 as born, len(nhs) > 0 or len(upn) > 0 as numbered
        from {PROFILES}
    ),
    agency as (select agency_id, bool_or(named) as named, bool_or(born) as born from profile group by agency_id having count(*) >= {_FEW})
    select profile.id, agency_id, agency.named, agency.born from profile join agency using (agency_id)
    where not (agency.named and agency.born) and not numbered
"""
_KNOWN = f"select agency_id, count(*) as known from {PROFILES} group by agency_id"
# The names beside the first and the last date of birth under one number: two people's are both unlike.
_SHARED = f"""
    with number as (
        select identity_id, arg_min(given_name, date_of_birth) as first, arg_max(given_name, date_of_birth) as last,
            year(min(date_of_birth)) <> year(max(date_of_birth)) as years_differ
        from {RAW} where identity_id is not null group by identity_id
    )
    select id, agency_id, first, last from {PROFILES} join number using (identity_id)
    where years_differ and jaro_winkler_similarity(lower(first), lower(last)) < {_UNLIKE}
"""


def _are_names(row: dict[str, Any], words: NameWords) -> bool:
    return bool(given_parts(row["first"], words) and given_parts(row["last"], words))


def _ids(engine: DuckDBEngine, source: str) -> NDArray[np.int64]:
    ids: NDArray[np.int64] = engine.query(f"select id::bigint as id from {source}").column("id").to_numpy()
    return ids


def leave_out(engine: DuckDBEngine, ids: NDArray[np.int64]) -> int:
    """Leave out every pair of one of these profiles; return how many pairs are left."""
    if len(ids):
        pairs = engine.query(f"select join_key_l, join_key_r from {PAIR_IDS}")
        met = np.isin(pairs.column("join_key_l").to_numpy(), ids) | np.isin(pairs.column("join_key_r").to_numpy(), ids)
        engine.register_table(PAIR_IDS, pairs.filter(pa.array(~met)))
    return int(engine.query(f"select count(*) as n from {PAIR_IDS}").column("n")[0].as_py())
