"""Load formats and mappings: the sector's own formats from the catalogue, an agency's mapping from its file."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from sightline.definitions.loading import line_at, load
from sightline.definitions.mapping_checks import check_format
from sightline.definitions.mappings import Format, Mapping, SourceDefinition
from sightline.definitions.yaml import LineList, LineMap, read_yaml_file
from sightline.definitions.years import apply_differences
from sightline.errors import CatalogueProblems, NotFound, Place, Problem

__all__ = ["Format", "Mapping", "SourceDefinition", "format_ids", "load_format", "load_mapping"]

CATALOGUE = Path(__file__).resolve().parent.parent / "catalogue"
FORMATS, VENDORS = CATALOGUE / "formats", CATALOGUE / "vendors"
_DEEPEST_INHERITANCE = 5
ACCUMULATED = "exploitation_from_codes"
"""What a file adds to what it inherits in place of putting its own there: a signal of exploitation is not to be lost by forgetting it."""

CALLED_HERE = {
    "mapping": 'Write it as "id".',
    "format": 'Name the format, or the vendor\'s base, under "extends".',
    "match": 'Say under "find" of each table by which sheet and file names it is known; "header_row" belongs there too.',
    "keep_local": "Leave it out: the code as received is always kept beside the common one.",
    "flags": 'Write each under "definitions" by a name, and let the code that says it name the definition (see "Flags" of the reference).',
    "date": 'Write it as "on".',
}
"""What the keys of the language's first draft are called now."""


def format_ids() -> tuple[str, ...]:
    """The formats of the catalogue, by id."""
    return tuple(sorted(path.stem for path in FORMATS.glob("*.yml")))


@lru_cache(maxsize=64)
def load_format(id: str) -> Format:
    """Load one of the catalogue's formats.

    Raises:
        NotFound: If there is none of that id.
        CatalogueProblems: If the file has mistakes; all of them are listed with their lines.
    """
    if id not in format_ids():
        raise NotFound(f'There is no format "{id}".', hint=f"The formats are: {', '.join(format_ids())}.")
    return load_mapping(FORMATS / f"{id}.yml")


def load_mapping(path: Path) -> Format:
    """Load a mapping file, and what it extends.

    Raises:
        CatalogueProblems: If it, or what it extends, has mistakes; all of them are listed with their lines.
    """
    try:
        status = path.stat()
    except OSError:
        return _load_mapping(path, 0, 0)  # reading it says what is wrong with it
    return _load_mapping(path.resolve(), status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=128)
def _load_mapping(path: Path, _changed_at: int, _size: int) -> Format:
    """Load a mapping once for as long as its file stays the same: a partnership reads hundreds of returns with a dozen mappings."""
    problems: list[Problem] = []
    document = _read_with_bases(path, problems, depth=0)
    loaded = load(Format, document, file=str(path), problems=problems, called_here=CALLED_HERE) if document is not None else None
    if loaded is not None:

        def report(location: tuple[int | str, ...], message: str) -> None:
            problems.append(Problem(Place(file=str(path), line=line_at(document, location)), message))

        check_format(loaded, report)
    if problems or loaded is None:
        raise CatalogueProblems(problems)
    return loaded


def _read_with_bases(path: Path, problems: list[Problem], *, depth: int) -> LineMap | None:
    document = read_yaml_file(path, problems)
    if not isinstance(document, LineMap):
        if not problems:
            problems.append(Problem(Place(file=str(path), line=1), "is empty, or is not a mapping of keys to values."))
        return None
    named = document.pop("extends", None)
    line = document.line_of("extends")
    whole: LineMap | None = None
    for name in [named] if isinstance(named, str) else named or []:
        base_path = _base_path(str(name), path)
        if depth >= _DEEPEST_INHERITANCE or base_path is None:
            hint = "Give the id of a format of the catalogue, a vendor's base, or a file beside this one."
            hint += f" The vendors' bases are {', '.join(vendor_bases())}."
            problems.append(Problem(Place(file=str(path), line=line), f'"{name}", which this extends, cannot be found.', hint))
            return None
        base = _read_with_bases(base_path, problems, depth=depth + 1)
        if base is None:
            return None
        whole = base if whole is None else _laid_over(whole, base, line)
    whole = document if whole is None else _laid_over(whole, document, line)
    apply_differences(whole, path.with_suffix(""), problems)
    return whole


def vendor_bases() -> tuple[str, ...]:
    """Every vendor's base as ``extends`` names it."""
    return tuple(sorted(f"vendor/{path.parent.name}@{path.stem}" for path in VENDORS.glob("*/*.yml")))


def _base_path(name: str, path: Path) -> Path | None:
    """The file that a base's name means: a format of the catalogue, a vendor's base of a version, or a file beside this one."""
    vendor, _, version = name.removeprefix("vendor/").partition("@")
    candidates = [FORMATS / f"{name}.yml", path.parent / name]
    if name.startswith("vendor/"):
        candidates = [VENDORS / vendor / f"{version}.yml"]
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def _laid_over(base: LineMap, local: LineMap, line: int) -> LineMap:
    """The base with the local file's values over it, key by key; what is inherited is told to stand on the line of ``extends``."""
    merged = LineMap(base)
    merged.line, merged.key_lines = local.line, dict.fromkeys(base, line)
    for key, value in local.items():
        inherited: Any = base.get(key)
        if isinstance(inherited, LineMap) and isinstance(value, LineMap):
            merged[key] = _laid_over(inherited, value, local.line_of(key))
        elif key == ACCUMULATED and isinstance(inherited, list) and isinstance(value, list):
            merged[key] = LineList([*inherited, *value])
        else:
            merged[key] = value
        merged.key_lines[key] = local.line_of(key)
    return merged
