"""Invented identity records whose truth is known: families, twins, and everything agencies do to a name and a date."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import pyarrow as pa

from sightline.model.entities import LINEAGE
from sightline.model.identified import IDENTITY_RECORD

RECORD_SCHEMA = pa.schema([(column.name, column.type) for column in (*IDENTITY_RECORD.columns, *LINEAGE)])
TRUTH_SCHEMA = pa.schema([("identity_id", pa.string()), ("person", pa.int64()), ("agency", pa.string())])

GIVEN = {
    "white": [
        ("Oliver", "Ollie"), ("William", "Billy"), ("Thomas", "Tom"), ("Alexander", "Alex"), ("Jacob", "Jake"), ("Charlie", "Charles"),
        ("Daniel", "Danny"), ("Benjamin", "Ben"), ("Samuel", "Sam"), ("Joseph", "Joe"), ("Elizabeth", "Lizzie"), ("Isabella", "Izzy"),
        ("Charlotte", "Lottie"), ("Jessica", "Jess"), ("Katherine", "Katie"), ("Rebecca", "Becky"), ("Megan", "Meg"), ("Abigail", "Abi"),
        ("Freya", "Freya"), ("Grace", "Gracie"), ("Connor", "Conor"), ("Jayden", "Jay"), ("Kian", "Kian"), ("Tyler", "Ty"),
        ("Jakub", "Kuba"), ("Zofia", "Zosia"), ("Mateusz", "Mati"), ("Aleksandra", "Ola"), ("Niamh", "Neve"), ("Siân", "Sian"),
    ],
    "asian": [
        ("Mohammed", "Muhammad"), ("Ayesha", "Aisha"), ("Fatima", "Fatema"), ("Hassan", "Hasan"), ("Yusuf", "Yousuf"), ("Zainab", "Zaynab"),
        ("Harpreet", "Preet"), ("Simran", "Sim"), ("Ibrahim", "Ebrahim"), ("Maryam", "Mariam"), ("Bilal", "Billal"), ("Hamza", "Humza"),
        ("Arjun", "Arjan"), ("Priya", "Preeya"), ("Usman", "Osman"), ("Amina", "Aminah"),
    ],
    "black": [
        ("Oluwaseun", "Seun"), ("Temitope", "Temi"), ("Kwame", "Kwami"), ("Emmanuel", "Manny"), ("Abdirahman", "Abdi"),
        ("Khadija", "Kadija"), ("Tyreece", "Ty"),
        ("Shanice", "Shaniece"), ("Josiah", "Josiah"), ("Naomi", "Nay"), ("Aminata", "Ami"), ("Gabriel", "Gabe"),
    ],
    "mixed": [
        ("Leon", "Leo"), ("Jasmine", "Jaz"), ("Isaac", "Zac"), ("Amelia", "Millie"), ("Reuben", "Ben"), ("Maya", "Mia"),
        ("Theodore", "Theo"), ("Zara", "Zahra"), ("Elijah", "Elijah"), ("Skye", "Skye"),
    ],
}  # fmt: skip
FAMILY = {
    "white": "Smith Jones Taylor Brown Williams Wilson Johnson Davies Patterson Wright Walker Thompson White Hughes Edwards Green Hall "
    "Wood Harris Lewis Martin Jackson Clarke Clark Turner Hill Cooper Ward O'Brien McDonald Murphy Kowalski Nowak Wójcik Popescu Fletcher "
    "Bramley Thackeray Ormerod Postlethwaite Winterbottom Ashworth Hebblethwaite Ramsbottom Entwistle Fairclough Grimshaw Hargreaves",
    "asian": "Khan Ahmed Hussain Ali Begum Patel Singh Kaur Akhtar Iqbal Mahmood Shah Malik Rahman Uddin Mirza Chaudhry Sandhu Gill Rana",
    "black": "Adeyemi Okafor Mensah Owusu Hassan Abdi Warsame Campbell Grant Johnson Bailey Boateng Diallo Nkosi Moyo Eze Balogun",
    "mixed": "Smith Campbell Khan Grant Taylor Bailey Martin Ali Lewis Francis Clarke Joseph Reid Gordon",
}
SHARES = {"white": 0.72, "asian": 0.14, "black": 0.07, "mixed": 0.07}
SYLLABLES = "ba del mor wick ton ley shaw croft ham ford worth den hurst gate field by thorpe bury stead well mere combe dale pool"

# agency: share of children it knows, share with an NHS number, with a UPN, how careless its typing is
AGENCIES = {
    "education": (0.96, 0.0, 0.97, 0.4),
    "csc": (0.12, 0.7, 0.6, 0.8),
    "health": (0.06, 0.95, 0.0, 0.8),
    "early_help": (0.08, 0.1, 0.3, 1.0),
    "police": (0.05, 0.0, 0.0, 1.8),
    "youth_justice": (0.01, 0.2, 0.2, 1.0),
    "housing": (0.03, 0.0, 0.0, 1.2),
}
ADULTS = {"police": (0.97, 0.0, 0.0, 1.8), "housing": (0.3, 0.0, 0.0, 1.2)}


@dataclass(frozen=True)
class Child:
    person: int
    given: str
    nickname: str
    middle: str | None
    family: str
    born: date
    sex: str
    ethnicity: str
    postcodes: tuple[str, ...]
    nhs: str
    upn: str


@dataclass
class Invented:
    """Records with their truth; ``rows`` may be changed by a test before it asks for the table."""

    rows: list[dict[str, object]] = field(default_factory=list)
    truth_rows: list[dict[str, object]] = field(default_factory=list)
    people_rows: list[dict[str, object]] = field(default_factory=list)
    twins: list[tuple[int, int]] = field(default_factory=list)
    postcodes: list[str] = field(default_factory=list)

    @property
    def records(self) -> pa.Table:
        return pa.Table.from_pylist(self.rows, schema=RECORD_SCHEMA)

    @property
    def truth(self) -> pa.Table:
        return pa.Table.from_pylist(self.truth_rows, schema=TRUTH_SCHEMA)

    @property
    def people(self) -> pa.Table:
        return pa.Table.from_pylist(self.people_rows, schema=pa.schema([("person", pa.int64()), ("ethnicity", pa.string())]))

    @property
    def wards(self) -> pa.Table:
        return pa.table({"postcode": self.postcodes, "ward": [f"W{number % 12 + 1:02d}" for number in range(len(self.postcodes))]})


def record(identity_id: str, agency_id: str, **values: object) -> dict[str, object]:
    """One identity record; what is not given is empty."""
    return {"identity_id": identity_id, "agency_id": agency_id, "date_of_birth_precision": "day", "valid_from": date(2025, 1, 1), **values}


def records(*rows: dict[str, object]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=RECORD_SCHEMA)


def invent(children: int, *, seed: int = 1) -> Invented:
    """Families with one to four children, one pregnancy in seventy of twins, some adults whom the police know."""
    rng = random.Random(seed)
    made = Invented(postcodes=[_postcode(rng) for _ in range(children // 25 + 4)])
    person = 0
    while person < children:
        family = _family(rng, made, person, children)
        for child in family:
            _add(made, rng, child, AGENCIES)
        person = family[-1].person + 1
        if rng.random() < 0.03:
            _add(made, rng, _adult(rng, children + person, family[0]), ADULTS)
    return made


def _family(rng: random.Random, made: Invented, person: int, children: int) -> list[Child]:
    ethnicity = rng.choices(list(SHARES), list(SHARES.values()))[0]
    name = _family_name(rng, ethnicity)
    home = rng.choice(made.postcodes)
    postcodes = (home,) if rng.random() < 0.75 else (rng.choice(made.postcodes), home)
    found: list[Child] = []
    for _ in range(min(rng.choices([1, 2, 3, 4], [45, 35, 15, 5])[0], children - person)):
        born = date(2007, 6, 1) + timedelta(days=rng.randrange(17 * 365))
        is_twin = bool(found) and rng.random() < 0.03
        given, nickname = rng.choice(GIVEN[ethnicity])
        while any(child.given == given for child in found):
            given, nickname = rng.choice(GIVEN[ethnicity])
        child = Child(
            person + len(found), given, nickname, rng.choice(GIVEN[ethnicity])[0] if rng.random() < 0.4 else None, name,
            found[-1].born if is_twin else born, rng.choice(["female", "male"]), ethnicity, postcodes, _nhs(rng), _upn(rng),
        )  # fmt: skip
        if is_twin:
            made.twins.append((found[-1].person, child.person))
        found.append(child)
    return found


def _family_name(rng: random.Random, ethnicity: str) -> str:
    names = FAMILY[ethnicity].split()
    if ethnicity == "white" and rng.random() < 0.45:
        return "".join(rng.choice(SYLLABLES.split()) for _ in range(2)).capitalize()
    # a few names are very common, as in life
    name = names[min(int(rng.expovariate(0.12)), len(names) - 1)]
    return f"{name}-{rng.choice(names)}" if rng.random() < 0.06 else name


def _adult(rng: random.Random, person: int, child: Child) -> Child:
    """Somebody of the household, one time in five with the child's own name."""
    given = child.given if rng.random() < 0.2 else rng.choice(GIVEN[child.ethnicity])[0]
    born = child.born.replace(year=child.born.year - rng.randint(18, 40), day=min(child.born.day, 28))
    return replace(child, person=person, given=given, nickname=given, born=born, nhs=_nhs(rng), upn=_upn(rng))


def _add(made: Invented, rng: random.Random, child: Child, agencies: dict[str, tuple[float, float, float, float]]) -> None:
    made.people_rows.append({"person": child.person, "ethnicity": child.ethnicity})
    known = False
    for agency, (share, nhs, upn, careless) in agencies.items():
        boost = 6 if known and agency != "education" else 1  # who is known to one service is likelier known to the next
        if rng.random() >= min(share * (boost if share < 0.5 else 1), 0.97):
            continue
        known = known or agency != "education"
        identity = f"{agency}-{child.person}"
        made.truth_rows.append({"identity_id": identity, "person": child.person, "agency": agency})
        made.rows.append(_seen(rng, child, agency, identity, nhs=nhs, upn=upn, careless=careless))


def _seen(rng: random.Random, child: Child, agency: str, identity: str, *, nhs: float, upn: float, careless: float) -> dict[str, object]:
    given, family, born = child.given, child.family, child.born
    if rng.random() < 0.09 * careless:
        given = child.nickname
    elif rng.random() < 0.03 * careless:
        given = _slip(rng, given)
    if child.middle and rng.random() < 0.4:
        given = f"{given} {child.middle}"
    if "-" in family and rng.random() < 0.4:
        family = rng.choice([*family.split("-"), family.replace("-", " ")])
    elif rng.random() < 0.03 * careless:
        family = _slip(rng, family)
    elif rng.random() < 0.02:
        family = _family_name(rng, child.ethnicity)
    if rng.random() < 0.012 * careless:
        given, family = family, given
    if rng.random() < 0.015 * careless and born.day <= 12:
        born = date(born.year, born.day, born.month)
    elif rng.random() < 0.015 * careless:
        born = born.replace(day=rng.choice([1, max(1, born.day - 1), min(28, born.day + 1)]))
    elif rng.random() < 0.005 * careless:
        born = born.replace(year=born.year + rng.choice([-1, 1]), day=min(born.day, 28))
    return record(
        identity, agency,
        given_name=given if rng.random() > 0.002 else None,
        family_name=family.upper() if rng.random() < 0.2 else family,
        date_of_birth=born if rng.random() > 0.01 * careless else None,
        sex=child.sex if rng.random() > 0.01 else "not_recorded",
        ethnicity=child.ethnicity if rng.random() > 0.1 else "not_recorded",
        ethnicity_source="observed" if agency == "police" else "self",
        nhs_number=child.nhs if rng.random() < nhs else None,
        upn=child.upn if rng.random() < upn else None,
        postcode=None if rng.random() < 0.04 * careless else rng.choice([child.postcodes[0], child.postcodes[-1], child.postcodes[-1]]),
    )  # fmt: skip


def twin_of(row: dict[str, object], identity_id: str, given_name: str) -> dict[str, object]:
    """The same household and birth date, another child."""
    return {**row, "identity_id": identity_id, "given_name": given_name, "nhs_number": None, "upn": None}


def _postcode(rng: random.Random) -> str:
    letters = "".join(rng.choice("ABDEFGHJLNPQRSTUWXYZ") for _ in range(2))
    return f"Q{rng.choice('ABST')}{rng.randint(1, 9)} {rng.randint(1, 9)}{letters}"


def _slip(rng: random.Random, name: str) -> str:
    place = rng.randrange(1, len(name))
    letter = rng.choice("aeiourstln")
    return rng.choice([name[:place] + letter + name[place:], name[:place] + name[place + 1 :], name[:place] + letter + name[place + 1 :]])


def _nhs(rng: random.Random) -> str:
    while True:
        digits = "9" + "".join(str(rng.randrange(10)) for _ in range(8))
        check = (11 - sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True)) % 11) % 11
        if check < 10:
            return f"{digits}{check}"


def _upn(rng: random.Random) -> str:
    digits = "999" + "".join(str(rng.randrange(10)) for _ in range(9))
    return "ABCDEFGHJKLMNPQRTUVWXYZ"[sum(int(digit) * weight for weight, digit in enumerate(digits, start=2)) % 23] + digits
