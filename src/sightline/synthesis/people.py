"""The people of one block of families: who they are, who they live with, where they live. This is the truth; agencies see parts of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from sightline.synthesis.draw import (
    NEVER,
    YEAR,
    Days,
    Numbers,
    Positions,
    Texts,
    Truths,
    age_on,
    chance,
    day,
    days_array,
    lasting,
    pick,
    years_after,
)
from sightline.synthesis.geography import OTHER_AUTHORITIES, Area
from sightline.synthesis.names import BRITISH, ETHNICITIES, NICKNAMES
from sightline.synthesis.numbers import Scramble, nhs_numbers, pupil_numbers
from sightline.synthesis.returns import LAST_DAY

BLOCK_CHILDREN = 50_000
BLOCK_ROOM = 80_000
"""Person numbers set aside for each block; children grown up since 2022, visitors and adults included."""

OLDEST = day("2004-04-01")
FAMILY_SIZES = (0.40, 0.38, 0.15, 0.05, 0.02)
TWIN_SHARE, OTHER_SURNAME_SHARE, DOUBLE_NAME_SHARE = 0.017, 0.12, 0.05
MOVED_SHARE, RENAMED_SHARE, ARRIVED_SHARE, ADULT_SHARE = 0.30, 0.025, 0.05, 0.006
ELSEWHERE_SHARE, PLACED_SHARE = 0.032, 0.0022
"""Children of other areas beside each child of this one: who live there and whom the force knows, and whom their councils placed here."""

PLACED_FROM = day("2021-10-01")


@dataclass(frozen=True, slots=True)
class People:
    """One block of people, an array for each property; positions in the arrays are the block's own.

    ``number`` is the person's number in the whole area. ``arrived`` is the day they came to the area (birth, for most).
    ``later_family_name`` equals ``family_name`` unless the surname changed on ``renamed``. Homes are positions in `Area.postcodes`.
    ``placed`` are children whom other councils placed here, from ``placed_from`` until ``placed_until``; their home here is the placement,
    and ``placed_by`` numbers the council (-1 for everyone else). They are no residents.
    """

    number: Positions
    family: Positions
    adult: Truths
    resident: Truths
    twin: Truths
    born: Days
    grown: Days
    arrived: Days
    boy: Truths
    ethnicity: Positions
    given_name: Texts
    nickname: Texts
    family_name: Texts
    later_family_name: Texts
    renamed: Days
    home: Positions
    later_home: Positions
    moved: Days
    nhs_number: Texts
    upn: Texts
    strain: Numbers
    placed_by: Positions
    placed_from: Days
    placed_until: Days

    @property
    def placed(self) -> Truths:
        """Children whom other councils placed here."""
        return np.asarray(self.placed_by >= 0)

    @property
    def local(self) -> Truths:
        """Children whom the area's own services answer for or meet: residents, and those placed here."""
        return np.asarray((self.resident | self.placed) & ~self.adult)

    def __len__(self) -> int:
        return len(self.number)

    def home_on(self, on: Days | int) -> Positions:
        """Where each person truly lives on a day."""
        return np.where(self.moved <= on, self.later_home, self.home)


@dataclass(frozen=True, slots=True)
class Registers:
    """The scrambles that number people, one for each use; made once for the whole area."""

    nhs: Scramble
    upn: Scramble
    local: dict[str, Scramble]


def make_people(rng: np.random.Generator, area: Area, registers: Registers, *, block: int, children: int) -> People:
    """Make families until the block has this many resident children on the last day, then visitors and adults beside them."""
    family, born, twin = _births(rng, children)
    count = len(family)
    placed_here = max(int(children * PLACED_SHARE), 2)
    visitors = max(int(children * ELSEWHERE_SHARE), 1) + placed_here
    adults = max(int(children * ADULT_SHARE), 4)
    families = int(family.max()) + 1
    strain_of_family = rng.gamma(0.42, 1 / 0.42, families + visitors + adults)
    teens = rng.integers(day("2006-06-01"), day("2012-06-01"), placed_here)
    others = rng.integers(OLDEST, LAST_DAY - 9 * 366, visitors - placed_here)
    born = np.concatenate([born, days_array(teens), days_array(others), _adult_births(rng, adults)])
    family = np.concatenate([family, families + np.arange(visitors + adults)])
    twin = np.concatenate([twin, np.zeros(visitors + adults, dtype=bool)])
    total = count + visitors + adults
    adult = np.arange(total) >= count + visitors
    resident = ~((np.arange(total) >= count) & ~adult)
    ethnicity_of_family = pick(rng, families + visitors + adults, [row[4] for row in ETHNICITIES])
    home, later_home, moved = _homes(rng, area, families + visitors + adults)
    outside = rng.integers(area.inside, len(area.postcodes), families + visitors + adults)
    number = block * BLOCK_ROOM + np.arange(total)
    boy = chance(rng, np.where(adult, 0.82, 0.512), total)
    ethnicity = ethnicity_of_family[family]
    given, surname, later_surname, renamed = _names(rng, family, boy, ethnicity)
    placed = (np.arange(total) >= count) & (np.arange(total) < count + placed_here)
    placed_by, placed_from, placed_until = _placements_here(rng, placed, born, outside=(outside - area.inside)[family])
    home_now = np.where(resident | placed, home[family], outside[family])
    ward = area.ward_of[home_now]
    strain = strain_of_family[family] * rng.lognormal(-0.18, 0.6, total) * np.where(ward >= 0, area.ward_strain[ward], 1.0)
    arrived_late = chance(rng, ARRIVED_SHARE, families + visitors + adults)[family]
    arrived = np.where(arrived_late, np.maximum(rng.integers(day("2022-05-01"), LAST_DAY - 200, total), born), born)
    started_school = (born.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970 + 4).astype(np.int64)
    upn = pupil_numbers(registers.upn, number, started_school)
    upn[adult] = ""
    return People(
        number=number,
        family=family,
        adult=adult,
        resident=resident,
        twin=twin,
        born=born,
        grown=years_after(born, 18),
        arrived=days_array(np.where(placed, placed_from, arrived)),
        boy=boy,
        ethnicity=ethnicity,
        given_name=given,
        nickname=np.array([NICKNAMES.get(name, name) for name in given], dtype=object),
        family_name=surname,
        later_family_name=later_surname,
        renamed=renamed,
        home=home_now,
        later_home=np.where(resident, later_home[family], home_now),
        moved=moved[family],
        nhs_number=nhs_numbers(registers.nhs, number),
        upn=upn,
        strain=strain,
        placed_by=placed_by,
        placed_from=placed_from,
        placed_until=placed_until,
    )


def _placements_here(rng: np.random.Generator, placed: Truths, born: Days, *, outside: Positions) -> tuple[Positions, Days, Days]:
    """Who placed each child here, from when and until when (eighteen at the latest)."""
    first = np.maximum(years_after(born, 11), PLACED_FROM)
    last = np.minimum(years_after(born, 18), LAST_DAY) - 60
    begun = first + (rng.random(len(born)) * np.maximum(last - first, 1)).astype(np.int64)
    ended = np.minimum(begun + lasting(rng, len(born), 400, 0.6), years_after(born, 18))
    nobody = np.full(len(born), NEVER)
    return (
        np.where(placed, outside % len(OTHER_AUTHORITIES), -1),
        days_array(np.where(placed, begun, nobody)),
        days_array(np.where(placed, ended, nobody)),
    )


def _births(rng: np.random.Generator, children: int) -> tuple[Positions, Days, Truths]:
    """Families cut off where the resident children reach the number wanted: family, day of birth, twin."""
    families = int(children * 1.6) + 60
    sizes = pick(rng, families, FAMILY_SIZES) + 1
    family = np.repeat(np.arange(families), sizes)
    place = np.arange(len(family)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    with_next = chance(rng, TWIN_SHARE, len(family)) & (place > 0)
    gaps = np.where(place == 0, 0, np.where(with_next, 0, 330 + rng.gamma(2.0, 420, len(family))))
    eldest = rng.integers(OLDEST - 14 * 365, LAST_DAY + 1, families)
    total = np.cumsum(gaps)
    before = total[np.cumsum(sizes) - sizes]
    born = days_array(eldest[family] + total - before[family])
    twin = with_next | np.append(with_next[1:] & (family[1:] == family[:-1]), False)
    kept = (born >= OLDEST) & (born <= LAST_DAY)
    family, place, born, twin = family[kept], place[kept], born[kept], twin[kept]
    child_now = np.cumsum(age_on(born, LAST_DAY) < 18)
    end = int(np.searchsorted(child_now, children, side="left")) + 1
    return np.unique(family[:end], return_inverse=True)[1], born[:end], twin[:end]


def _adult_births(rng: np.random.Generator, count: int) -> Days:
    return days_array(day("2022-04-01") - (19 + rng.gamma(2.2, 5.5, count)) * YEAR)


def _homes(rng: np.random.Generator, area: Area, families: int) -> tuple[Positions, Positions, Days]:
    """First home, second home, and the day of the move (beyond the four years for most)."""
    home, later = (_postcode_in(rng, area, pick(rng, families, area.ward_share)) for _ in range(2))
    moves = chance(rng, MOVED_SHARE, families)
    moved = np.where(moves, rng.integers(day("2021-10-01"), LAST_DAY - 60, families), LAST_DAY + 4000)
    return home, np.where(moves, later, home), days_array(moved)


def _postcode_in(rng: np.random.Generator, area: Area, ward: Positions) -> Positions:
    first, after = area.first_postcode[ward], area.first_postcode[ward + 1]
    return first + (rng.random(len(ward)) * (after - first)).astype(np.int64)


def _names(rng: np.random.Generator, family: Positions, boy: Truths, ethnicity: Positions) -> tuple[Texts, Texts, Texts, Days]:
    """Given name, family name, later family name and the day it changed."""
    count, families = len(family), int(family.max()) + 1
    first_of_family = np.unique(family, return_index=True)[1]
    surname_of_family = _surnames(rng, ethnicity[first_of_family])
    other = _surnames(rng, ethnicity)
    surname = np.where(chance(rng, OTHER_SURNAME_SHARE, count), other, surname_of_family[family])
    double = chance(rng, DOUBLE_NAME_SHARE, families)[family] & (surname != other)
    surname = np.where(double, surname + "-" + other[first_of_family][family], surname)
    renamed_person = chance(rng, RENAMED_SHARE, count)
    later = np.where(renamed_person, _surnames(rng, ethnicity), surname)
    renamed = np.where(renamed_person, rng.integers(day("2022-01-01"), LAST_DAY - 60, count), LAST_DAY + 4000)
    return _distinct_given_names(rng, family, boy, ethnicity), surname, later, days_array(renamed)


def _surnames(rng: np.random.Generator, ethnicity: Positions) -> Texts:
    names = np.empty(len(ethnicity), dtype=object)
    for group, (_, _, _, tradition, _) in enumerate(ETHNICITIES):
        chosen = np.flatnonzero(ethnicity == group)
        names[chosen] = _from_list(rng, tradition.families, len(chosen), flatness=6.0)
    return names


def _distinct_given_names(rng: np.random.Generator, family: Positions, boy: Truths, ethnicity: Positions) -> Texts:
    """Given names, drawn again where two children of one family would share one."""
    names = np.empty(len(family), dtype=object)
    waiting = np.arange(len(family))
    for _ in range(6):
        names[waiting] = _given_names(rng, boy[waiting], ethnicity[waiting])
        pairs = pl.DataFrame({"family": family, "name": names.tolist()})
        first = pairs.select(pl.struct("family", "name").is_first_distinct()).to_series().to_numpy()
        waiting = np.flatnonzero(~first)
        if not len(waiting):
            break
    return names


def _given_names(rng: np.random.Generator, boy: Truths, ethnicity: Positions) -> Texts:
    names = np.empty(len(boy), dtype=object)
    british = chance(rng, 0.15, len(boy))
    for group, (_, _, _, tradition, _) in enumerate(ETHNICITIES):
        for is_boy in (False, True):
            own = np.flatnonzero((ethnicity == group) & (boy == is_boy) & ~british)
            names[own] = _from_list(rng, tradition.boys if is_boy else tradition.girls, len(own), flatness=12.0)
    for is_boy in (False, True):
        shared = np.flatnonzero((boy == is_boy) & british)
        names[shared] = _from_list(rng, BRITISH.boys if is_boy else BRITISH.girls, len(shared), flatness=12.0)
    return names


def _from_list(rng: np.random.Generator, names: tuple[str, ...], count: int, *, flatness: float) -> Texts:
    """Names in which the first are commonest, as names are; a higher ``flatness`` makes them more even."""
    return np.array(names, dtype=object)[pick(rng, count, 1 / (np.arange(len(names)) + flatness))]
