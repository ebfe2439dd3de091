"""Invented identity records by the million, drawn with NumPy: what the speed of linkage is measured on.

The shape is that of `tests/support/people.py` (families, twins, agencies that know some children and hold some numbers, names and dates
written carelessly), whose plain loops would take longer to invent four million records than linkage takes to link them. Names follow the
rank law of real registers (Zipf-Mandelbrot: a few borne by one in a hundred, most by a handful), so that a common name is as common here
as there: a generator with twenty names would make every block hot, one with only rare names none.

    from many_people import many_people
    made = many_people(1_000_000, seed=1)
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support.people import AGENCIES, FAMILY, GIVEN, RECORD_SCHEMA, SHARES  # the checkout must be on the path first

_GROUPS = tuple(SHARES)
# How many names of each kind a group bears: the Office for National Statistics counts some 60,000 given names of living children; family
# names run to several hundred thousand.
_GIVEN_NAMES = {"white": 12_000, "asian": 9_000, "black": 7_000, "mixed": 9_000}
_FAMILY_NAMES = {"white": 150_000, "asian": 15_000, "black": 20_000, "mixed": 40_000}
_SPAN_DAYS = 17 * 365
_FIRST_DAY = (date(2007, 6, 1) - date(1970, 1, 1)).days
_CHECK_LETTERS = np.array(list("ABCDEFGHJKLMNPQRTUVWXYZ"))
_STREETS = ("High Street", "Station Road", "Church Lane", "Mill Road", "Victoria Street", "Park Avenue", "The Crescent", "Green Lane")


@dataclass(frozen=True)
class ManyPeople:
    """``records`` (RECORD_SCHEMA), ``truth`` (identity_id, person), ``people`` (person, ethnicity), ``twins`` (one, other), ``wards``."""

    records: pa.Table
    truth: pa.Table
    people: pa.Table
    twins: pa.Table
    wards: pa.Table


@dataclass(frozen=True)
class _Children:
    """One entry for each child; names are positions in the pools."""

    group: np.ndarray
    given: np.ndarray
    middle: np.ndarray
    family: np.ndarray
    born: np.ndarray
    male: np.ndarray
    home: np.ndarray
    before: np.ndarray
    house: np.ndarray
    nhs: np.ndarray
    upn: np.ndarray
    twin_of_previous: np.ndarray


def many_people(records: int, *, seed: int = 1) -> ManyPeople:
    """Invent exactly ``records`` records; the same number and seed give the same bytes.

    Args:
        records: How many, at least 100.
        seed: Of the random generator.
    """
    rng = np.random.default_rng(seed)
    given, family = _pools(rng)
    # The agencies together know a child 1.5 times; a few too many children are invented and the last records left off.
    children = _children(rng, int(records / 1.35) + 50)
    person, agency = _known(rng, len(children.group))
    person, agency = person[:records], agency[:records]
    used = int(person.max()) + 1
    postcodes = _postcodes(rng, len(children.group) // 25 + 4)
    table = _records(rng, children, (person, agency), (given, family), postcodes)
    twins = np.flatnonzero(children.twin_of_previous[:used])
    return ManyPeople(
        records=table,
        truth=pa.table({"identity_id": table.column("identity_id"), "person": pa.array(person)}),
        people=pa.table({"person": np.arange(used), "ethnicity": pa.array(np.array(_GROUPS, dtype=object)[children.group[:used]])}),
        twins=pa.table({"one": twins - 1, "other": twins}),
        wards=pa.table({"postcode": postcodes, "ward": [f"W{number % 200 + 1:03d}" for number in range(len(postcodes))]}),
    )


@dataclass(frozen=True)
class _Pool:
    """Names, how the short or foreign form of each is written, and for each group which of them it bears and how often."""

    names: np.ndarray
    others: np.ndarray
    borne: dict[int, tuple[int, np.ndarray]]

    def draw(self, rng: np.random.Generator, group: np.ndarray) -> np.ndarray:
        drawn = np.empty(len(group), dtype=np.int64)
        for number, (start, shares) in self.borne.items():
            of_group = np.flatnonzero(group == number)
            drawn[of_group] = start + np.searchsorted(shares, rng.random(len(of_group)))
        return drawn


def _pools(rng: np.random.Generator) -> tuple[_Pool, _Pool]:
    given = {group: GIVEN[group] for group in _GROUPS}
    family = {group: [(name, name) for name in dict.fromkeys(FAMILY[group].split())] for group in _GROUPS}
    # offset and slope: the commonest given name of a group is then borne by some 2%, the commonest family name by 1% (white) to 4%
    return (
        _pool(rng, given, _GIVEN_NAMES, offset=15.0, slope=1.25),
        _pool(rng, family, _FAMILY_NAMES, offset=8.0, slope=1.05),
    )


def _pool(
    rng: np.random.Generator, known: dict[str, list[tuple[str, str]]], sizes: dict[str, int], *, offset: float, slope: float
) -> _Pool:
    names: list[str] = []
    others: list[str] = []
    borne: dict[int, tuple[int, np.ndarray]] = {}
    for number, group in enumerate(_GROUPS):
        start, wanted = len(names), sizes[group]
        made = _coined(rng, wanted)
        names += [name for name, _ in known[group]] + made
        others += [other for _, other in known[group]] + made
        shares = np.cumsum((np.arange(len(names) - start) + 1 + offset) ** -slope)
        borne[number] = (start, shares / shares[-1])
    return _Pool(np.array(names, dtype=object), np.array(others, dtype=object), borne)


def _coined(rng: np.random.Generator, count: int) -> list[str]:
    """Names that can be said and that nobody need bear: two or three syllables, some with a letter to end on."""
    onsets = np.array([*"bcdfghjklmnprstvwyz", "br", "ch", "cl", "dr", "fl", "gr", "kh", "ph", "sh", "st", "th", "tr"], dtype=object)
    vowels = np.array([*"aeiou", "ai", "ea", "ie", "oo", "ou"], dtype=object)
    ends = np.array(["", "", "", *"dklmnrst", "ck", "ng", "rd", "nd", "ll", "ton", "ley", "man", "son"], dtype=object)

    def syllable() -> np.ndarray:
        return onsets[rng.integers(0, len(onsets), count)] + vowels[rng.integers(0, len(vowels), count)]

    third = np.where(rng.random(count) < 0.4, syllable(), "")
    return [name.capitalize() for name in syllable() + syllable() + third + ends[rng.integers(0, len(ends), count)]]


def _children(rng: np.random.Generator, count: int) -> _Children:
    sizes = rng.choice([1, 2, 3, 4], p=[0.45, 0.35, 0.15, 0.05], size=count)
    family = np.repeat(np.arange(count), sizes)[:count]
    families = int(family[-1]) + 1
    first = np.ones(count, dtype=bool)
    first[1:] = family[1:] != family[:-1]
    group = rng.choice(len(_GROUPS), p=list(SHARES.values()), size=families)[family]
    born = rng.integers(0, _SPAN_DAYS, count)
    twin = ~first & (rng.random(count) < 0.03)
    # a twin's twin would be a third on the same day: rare enough to leave out
    twin[1:] &= ~twin[:-1]
    born[twin] = born[np.flatnonzero(twin) - 1]
    places = count // 25 + 4
    home = rng.integers(0, places, families)[family]
    moved = (rng.random(families) >= 0.75)[family]
    before = np.where(moved, rng.integers(0, places, families)[family], home)
    given_pool, family_pool = _pools(np.random.default_rng(0))
    names = family_pool.draw(rng, group[np.flatnonzero(first)])[np.cumsum(first) - 1]
    given = given_pool.draw(rng, group)
    # two children of one family never share a given name
    same = ~first & (given == np.roll(given, 1))
    given[same] += 1
    middle = np.where(rng.random(count) < 0.4, given_pool.draw(rng, group), -1)
    return _Children(
        group=group, given=given, middle=middle, family=names, born=born + _FIRST_DAY, male=rng.random(count) < 0.51, home=home,
        before=before, house=rng.integers(1, 120, families)[family], nhs=_nhs(rng, count), upn=_upn(rng, count), twin_of_previous=twin,
    )  # fmt: skip


def _known(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Which agencies know each child; who is known to one service is likelier known to the next."""
    known = np.zeros(count, dtype=bool)
    person, agency = [], []
    for number, (name, (share, *_)) in enumerate(AGENCIES.items()):
        chance = np.where(known & (name != "education"), 6.0, 1.0) * share if share < 0.5 else np.full(count, share)
        seen = rng.random(count) < np.minimum(chance, 0.97)
        known |= seen & (name != "education")
        person.append(np.flatnonzero(seen))
        agency.append(np.full(int(seen.sum()), number))
    persons, agencies = np.concatenate(person), np.concatenate(agency)
    order = np.lexsort([agencies, persons])
    return persons[order], agencies[order]


def _records(
    rng: np.random.Generator, of: _Children, known: tuple[np.ndarray, np.ndarray], pools: tuple[_Pool, _Pool], postcodes: np.ndarray
) -> pa.Table:
    (person, agency), (given, family) = known, pools
    count = len(person)
    kinds = np.array([traits[1:] for traits in AGENCIES.values()])
    holds_nhs, holds_upn, careless = (kinds[:, column][agency] for column in range(3))
    group = of.group[person]

    first, last = _given_names(rng, of, person, given, careless), _family_names(rng, of, person, family, careless)
    swapped = np.flatnonzero(rng.random(count) < 0.012 * careless)
    first[swapped], last[swapped] = last[swapped], first[swapped].copy()
    empty = rng.random(count) < 0.002
    born = _dates(rng, of.born[person], careless)
    no_date = rng.random(count) < 0.01 * careless
    sex = np.where(of.male[person], 1, 0)
    sex[rng.random(count) < 0.01] = 2
    home = np.where(rng.random(count) < 0.67, of.home[person], of.before[person])
    no_home = rng.random(count) < 0.04 * careless
    ethnicity = np.where(rng.random(count) < 0.1, len(_GROUPS), group)
    agencies = np.array(list(AGENCIES), dtype=object)
    address = np.char.add(np.char.add(of.house[person].astype(str), " "), np.array(_STREETS)[home % len(_STREETS)])
    identity = pc.binary_join_element_wise(_taken(agencies, agency), pc.utf8_lpad(pc.cast(pa.array(person), pa.string()), 8, "0"), "-")
    columns = {
        "identity_record_id": identity,
        "identity_id": identity,
        "local_id": pc.cast(pa.array(person), pa.string()),
        "nhs_number": _only(of.nhs[person], rng.random(count) < holds_nhs),
        "upn": _only(of.upn[person], rng.random(count) < holds_upn),
        "given_name": pa.array(first, pa.string(), mask=empty),
        "family_name": pa.array(last, pa.string()),
        "date_of_birth": pa.array(born.astype("datetime64[D]"), pa.date32(), mask=no_date),
        "date_of_birth_precision": pa.repeat("day", count),
        "sex": _taken(np.array(["female", "male", "not_recorded"], dtype=object), sex),
        "ethnicity": _taken(np.array([*_GROUPS, "not_recorded"], dtype=object), ethnicity),
        "ethnicity_source": _taken(np.array(["observed", "self"], dtype=object), (agencies[agency] != "police").astype(int)),
        "postcode": _only(postcodes[home], ~no_home),
        "address": _only(address, ~no_home),
        "valid_from": pa.repeat(pa.scalar(date(2025, 1, 1), pa.date32()), count),
        "agency_id": _taken(agencies, agency),
    }
    return pa.table([columns.get(field.name, pa.nulls(count, field.type)) for field in RECORD_SCHEMA], schema=RECORD_SCHEMA)


def _taken(values: np.ndarray, indices: np.ndarray) -> pa.Array:
    return pc.take(pa.array(values, pa.string()), pa.array(indices))


def _only(values: np.ndarray, told: np.ndarray) -> pa.Array:
    return pc.if_else(pa.array(told), pa.array(values, pa.string()), pa.scalar(None, pa.string()))


def _given_names(rng: np.random.Generator, of: _Children, person: np.ndarray, pool: _Pool, careless: np.ndarray) -> np.ndarray:
    chance = rng.random(len(person))
    names = np.where(chance < 0.09 * careless, pool.others[of.given[person]], pool.names[of.given[person]])
    _slip(rng, names, np.flatnonzero((chance >= 0.09 * careless) & (chance < 0.12 * careless)))
    middle = of.middle[person]
    told = np.flatnonzero((middle >= 0) & (rng.random(len(person)) < 0.4))
    names[told] = names[told] + " " + pool.names[middle[told]]
    return names


def _family_names(rng: np.random.Generator, of: _Children, person: np.ndarray, pool: _Pool, careless: np.ndarray) -> np.ndarray:
    chance = rng.random(len(person))
    names = pool.names[of.family[person]]
    _slip(rng, names, np.flatnonzero(chance < 0.03 * careless))
    changed = np.flatnonzero(chance > 0.98)
    names[changed] = pool.names[pool.draw(rng, of.group[person[changed]])]
    # some families write two names, and some agencies only one of the two
    double = np.flatnonzero((of.home[person] % 17 == 0) & (rng.random(len(person)) < 0.6))
    names[double] = names[double] + "-" + pool.names[(of.family[person[double]] + 7) % len(pool.names)]
    loud = np.flatnonzero(rng.random(len(person)) < 0.2)
    names[loud] = [name.upper() for name in names[loud]]
    return names


def _slip(rng: np.random.Generator, names: np.ndarray, at: np.ndarray) -> None:
    """One letter too many, too few or another, anywhere but first."""
    kinds, letters = rng.integers(0, 3, len(at)), rng.choice(list("aeiourstln"), len(at))
    shares = rng.random(len(at))
    for position, kind, letter, share in zip(at.tolist(), kinds.tolist(), letters.tolist(), shares.tolist(), strict=True):
        name = names[position]
        place = 1 + int(share * max(len(name) - 1, 1))
        names[position] = name[:place] + (letter if kind else "") + name[place + (kind != 1) :]


def _dates(rng: np.random.Generator, born: np.ndarray, careless: np.ndarray) -> np.ndarray:
    """Day and month changed places, a day beside, another year."""
    days = born.astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    years = days.astype("datetime64[Y]")
    day, month = (days - months).astype(np.int64) + 1, (months - years).astype(np.int64) + 1
    chance = rng.random(len(born))
    swapped = ((years.astype("datetime64[M]") + (day - 1)).astype("datetime64[D]") + (month - 1)).astype(np.int64)
    found = np.where((chance < 0.015 * careless) & (day <= 12), swapped, born)
    beside = (chance >= 0.015 * careless) & (chance < 0.03 * careless)
    first_of_month = months.astype("datetime64[D]").astype(np.int64)
    found = np.where(beside, np.where(rng.random(len(born)) < 0.3, first_of_month, born + rng.choice([-1, 1], len(born))), found)
    other_year = (chance >= 0.03 * careless) & (chance < 0.035 * careless)
    return np.where(other_year, found + rng.choice([-365, 365], len(born)), found)


def _nhs(rng: np.random.Generator, count: int) -> np.ndarray:
    digits = rng.integers(0, 10, (count, 8))
    weighed = 9 * 10 + digits @ np.arange(9, 1, -1)
    check = (11 - weighed % 11) % 11
    # no number ends in ten: one digit less in the last place takes two from the sum
    impossible = np.flatnonzero(check == 10)
    digits[impossible, 7] = (digits[impossible, 7] + 1) % 10
    check = (11 - (9 * 10 + digits @ np.arange(9, 1, -1)) % 11) % 11
    numbers = 900_000_000 + digits @ (10 ** np.arange(7, -1, -1))
    return (numbers * 10 + np.where(check == 10, 0, check)).astype(str)


def _upn(rng: np.random.Generator, count: int) -> np.ndarray:
    digits = np.concatenate([np.full((count, 3), 9), rng.integers(0, 10, (count, 9))], axis=1)
    letters = _CHECK_LETTERS[(digits @ np.arange(2, 14)) % 23]
    return np.char.add(letters, (digits @ (10 ** np.arange(11, -1, -1))).astype(str))


def _postcodes(rng: np.random.Generator, count: int) -> np.ndarray:
    """Postcodes of a place that does not exist, no two alike: a home shared by two streets would make neighbours of strangers."""
    letters = np.array(list("ABDEFGHJLNPQRSTUWXYZ"))
    # 4 letters, 90 districts, 9 sectors and 400 units are 1.3 million places, enough for thirty million children
    number = rng.permutation(4 * 90 * 9 * 400)[:count]
    unit, rest = number % 400, number // 400
    sector, rest = rest % 9 + 1, rest // 9
    district, area = rest % 90 + 1, rest // 90
    outward = np.char.add(np.char.add("Q", np.array(list("ABST"))[area]), district.astype(str))
    return np.char.add(np.char.add(np.char.add(outward, " "), sector.astype(str)), np.char.add(letters[unit // 20], letters[unit % 20]))
