"""Write docs/reference/common-model.md from the code: every table that a measure may read, with its columns.

python docs/reference/write_common_model.py          # write it
python docs/reference/write_common_model.py --check  # say whether it is up to date (exit code 1 when not)
"""

from __future__ import annotations

import sys
from pathlib import Path

from sightline.definitions.catalogue import load_catalogue
from sightline.definitions.measures import SHARED_TABLES, Measure
from sightline.model.codes import CODE_LISTS
from sightline.model.columns import LINEAGE, Column, Entity
from sightline.model.entities import ENTITIES

PAGE = Path(__file__).parent / "common-model.md"
_SHARED = {
    "person": "One row for each linked person: month of birth, sex, ethnicity, home ward and whether the home is in the area.",
    "population": "Resident children by ward, age band, sex and ethnicity.",
    "ward": "The wards of today, with what each belongs to and where its middle is, in metres.",
    "ward_version": "Every ward code that was ever used, with the ward of today that it became part of.",
    "quarter": "The quarters that are counted, with first and last day.",
    "agency": "The agencies of the partnership.",
    "own_authority": "Every way in which returns may name the partnership's own area.",
}


def page() -> str:
    """The whole page: what every table shares, entities, shared tables, derived tables, and lists of codes."""
    derived = load_catalogue().derived
    parts = [
        "# The common model",
        "",
        "Written by `docs/reference/write_common_model.py` from the code. These are the tables that a measure may read",
        "([add an indicator](../how-to/add-an-indicator.md)); no column here names a person.",
        "",
        "A coded column has the common code in `name` and what was received in `name_local`. A date has beside it how exact it is:",
        "`name_precision` is year, month, day or minute. Tables about a person begin with `person_id`, which linkage fills. Every table",
        f"ends with where a row came from: {_listed(tuple(column.name for column in LINEAGE))}.",
        "",
        "## What agencies record",
        "",
    ]
    for entity in sorted(ENTITIES.values(), key=lambda each: each.name):
        parts += _entity(entity)
    parts += ["## People, places and lists", ""]
    for name, columns in SHARED_TABLES.items():
        parts += [f"### `{name}`", "", _SHARED[name], "", f"Columns: {_listed(columns)}.", ""]
    parts += ["## Tables that measures share", "", "Made from the others, by `src/sightline/catalogue/derived`.", ""]
    for name in sorted(derived):
        parts += _derived(derived[name])
    parts += ["## Lists of codes", ""]
    for name, codes in CODE_LISTS.items():
        parts += [f"- `{name}`: " + "; ".join(f"`{code}` {words}" for code, words in codes.items()) + "."]
    return "\n".join(parts).rstrip() + "\n"


def _entity(entity: Entity) -> list[str]:
    about = "About a person." if entity.about_person else "About no one person."
    rows = [f"| `{column.name}` | {column.holds} |" for column in entity.columns if not _is_beside_another(column, entity)]
    return [f"### `{entity.name}`", "", f"{entity.purpose} {about}", "", "| Column | Holds |", "|---|---|", *rows, ""]


def _is_beside_another(column: Column, entity: Entity) -> bool:
    """Whether it is the local code or the precision of another column, which the page tells of once."""
    names = {each.name for each in entity.columns}
    return any(column.name.endswith(end) and column.name.removesuffix(end) in names for end in ("_local", "_precision"))


def _derived(table: Measure) -> list[str]:
    return [f"### `{table.name}`", "", table.says, "", f"Columns: {_listed(table.columns)}.", ""]


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def main() -> int:
    """Write the page, or with ``--check`` compare it."""
    written = page()
    if "--check" in sys.argv:
        return int(not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != written)
    PAGE.write_text(written, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
