"""k-anonymity of the people in a package: how many share all that could single somebody out.

It describes a package that goes to the partnership under an agreement. It is not a release, and a large k does not make it one.

Method page: docs/methods/k-anonymity.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import pyarrow as pa

from sightline.model.codes import NOT_RECORDED

QUASI_IDENTIFIERS = ("date_of_birth", "sex", "ethnicity", "postcode")
"""What somebody who knows a child mostly knows. In this order, so that reports of two quarters can be laid side by side."""

TITLES = {"date_of_birth": "birth", "sex": "sex", "ethnicity": "ethnicity", "postcode": "home area"}

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Classes:
    """People grouped by some fields: those who agree in all of them are one class.

    ``below`` is how many people are in classes smaller than k, ``alone`` how many are in a class of one.
    """

    fields: tuple[str, ...]
    people: int
    classes: int
    smallest: int
    below: int
    alone: int

    @property
    def share_below(self) -> float:
        """The share of people in classes smaller than k, 0 to 1."""
        return self.below / self.people if self.people else 0.0


@dataclass(frozen=True, slots=True)
class KAnonymity:
    """The report.

    ``alike`` is how many children with a concern are in a class in which everybody has the same: to know the class is to know it.
    """

    k: int
    people: int
    combinations: tuple[Classes, ...]
    alike: int | None = None

    @property
    def all_fields(self) -> Classes | None:
        """The combination of every field: the one with the smallest classes."""
        return self.combinations[-1] if self.combinations else None

    def as_dict(self) -> dict[str, Any]:
        return {
            "k": self.k,
            "people": self.people,
            "alike": self.alike,
            "combinations": [asdict(one) | {"share_below": round(one.share_below, 4)} for one in self.combinations],
        }


def classes_of(rows: Sequence[Row], fields: Sequence[str], chosen: Sequence[str], *, k: int) -> Classes:
    """Group rows by the chosen fields. A value that is not given counts as a value: it sets people apart too."""
    positions = [fields.index(name) for name in chosen]
    sizes = Counter(tuple(row[at] for at in positions) for row in rows)
    return Classes(
        fields=tuple(chosen),
        people=len(rows),
        classes=len(sizes),
        smallest=min(sizes.values(), default=0),
        below=sum(size for size in sizes.values() if size < k),
        alone=sum(1 for size in sizes.values() if size == 1),
    )


def every_combination(rows: Sequence[Row], fields: Sequence[str], *, k: int) -> tuple[Classes, ...]:
    """Classes by each field, each pair, and so on to all of them together.

    Source: Sweeney (2002), definition 3; docs/methods/k-anonymity.md.
    """
    chosen = (some for size in range(1, len(fields) + 1) for some in combinations(fields, size))
    return tuple(classes_of(rows, fields, some, k=k) for some in chosen)


def alike(rows: Sequence[Row], sensitive: Sequence[Any]) -> int:
    """How many people with something sensitive are in a class in which everybody has the same.

    Source: the homogeneity attack of Machanavajjhala and others (2007); docs/methods/k-anonymity.md.
    """
    values: dict[Row, set[Any]] = {}
    for row, value in zip(rows, sensitive, strict=True):
        values.setdefault(row, set()).add(value)
    return sum(1 for row, value in zip(rows, sensitive, strict=True) if value and len(values[row]) == 1)


def k_anonymity(tables: Mapping[str, pa.Table], *, k: int) -> KAnonymity | None:
    """The report on the tables of a package; None where they describe no people by any of these fields."""
    identity = tables.get("identity_record")
    if identity is None or "local_id" not in identity.column_names:
        return None
    people = _people(identity)
    fields = [name for name in QUASI_IDENTIFIERS if any(person.get(name) is not None for person in people.values())]
    if not fields:
        return None
    rows = [tuple(person.get(name) for name in fields) for person in people.values()]
    concerns = _concerns(tables.get("flag"))
    told = alike(rows, [concerns.get(local, frozenset()) for local in people]) if concerns else None
    return KAnonymity(k, len(people), every_combination(rows, fields, k=k), told)


def _people(identity: pa.Table) -> dict[str, dict[str, Any]]:
    """The latest that is said about each person, field by field."""
    names = [name for name in QUASI_IDENTIFIERS if name in identity.column_names]
    since = identity["valid_from"].to_pylist() if "valid_from" in identity.column_names else [None] * identity.num_rows
    local = identity["local_id"].to_pylist()
    columns = {name: identity[name].to_pylist() for name in names}
    people: dict[str, dict[str, Any]] = {}
    for at in sorted(range(identity.num_rows), key=lambda at: (since[at] is not None, str(since[at]), at)):
        person = people.setdefault(local[at], {})
        person |= {name: column[at] for name, column in columns.items() if column[at] not in {None, NOT_RECORDED}}
    return people


def _concerns(flags: pa.Table | None) -> dict[str, frozenset[str]]:
    if flags is None or not {"local_id", "exploitation_type"} <= set(flags.column_names):
        return {}
    found: dict[str, set[str]] = {}
    for local, kind in zip(flags["local_id"].to_pylist(), flags["exploitation_type"].to_pylist(), strict=True):
        if kind is not None:
            found.setdefault(local, set()).add(kind)
    return {local: frozenset(kinds) for local, kinds in found.items()}
