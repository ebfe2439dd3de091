"""Take in a package that an agency prepared: foreign like any file, checked before anything in it is used, then a return like any other.

What it says of itself is believed only as far as it can be checked here: that it is whole and unchanged since it was made, that it is for
this agency, dataset, period and mapping, and that its rows say no more than the agency shares. Who made it, the quoted hash tells: the
receipt gives the hash of what came, and the agency compares it with its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from sightline.app.output_scans import names_somebody
from sightline.app.token_rules import check_tokens
from sightline.definitions.formats import Format
from sightline.definitions.partnership import Agency, Dataset, Mode
from sightline.errors import InputRefused, Place
from sightline.intake import IntakeResult
from sightline.intake.prepared import PackageRefused, read_package_apart
from sightline.model.findings import Finding, MappedField, NotChecked, Severity, from_json
from sightline.model.packages import Manifest
from sightline.model.periods import Quarter
from sightline.model.tokens import FIELD_TOKENS, is_token
from sightline.privacy.entities import STORED
from sightline.privacy.richer import says_more_than_pseudonymised
from sightline.privacy.rules import fields_leaving
from sightline.store import file_digest
from sightline.store.packages import MANIFEST, is_package

Progress = Callable[[str, int, int], None]
_ORDER = list(Mode)
PREPARED = "SL-PRE-020"


class PackageNotForThis(InputRefused):
    """A sound package that is not what it was submitted as: another agency's, dataset's or period's, or one that says too much."""

    code = "SL-PRE-011"
    hint = "Submit it as what it is, or prepare it again. Nothing was stored."


def package_among(paths: Sequence[Path]) -> Path | None:
    """The package among the files of a return, if there is one.

    Raises:
        PackageNotForThis: If it came with other files: a package is a whole return.
    """
    found = [path for path in paths if path.is_file() and _says_it_is_one(path)]
    if not found:
        return None
    if len(paths) > 1:
        raise PackageNotForThis("A prepared package came together with other files, and it is a whole return.", hint="Send it alone.")
    return found[0]


def _says_it_is_one(path: Path) -> bool:
    with path.open("rb") as file:
        return is_package(file.read(128))


def read_prepared(
    path: Path, *, sender: Agency, dataset: Dataset, period: Quarter, mapping: Format, progress: Progress | None = None
) -> IntakeResult:
    """What a package holds, as intake would have given it, with the findings of the agency's own check.

    Raises:
        PackageRefused: If it is no package, or has been changed since it was made.
        PackageNotForThis: If it is for something else, or says more than the agency shares.
        TokenRulesDiffer: If its tokens for linking were made by other rules than those of this version.
    """
    manifest, tables = read_package_apart(path, progress=progress)
    place = Place(file=path.name)
    wanted = {"agency": sender.id, "dataset": dataset.id, "period": str(period), "mapping": mapping.mapping_version}
    _check_slot(manifest, wanted, place)
    _check_mode(manifest, tables, sender, place)
    check_tokens(tables, sender.name, place)
    try:
        findings = tuple(from_json({key: value for key, value in one.items() if key != "where"}) for one in manifest.findings)
        not_checked = tuple(NotChecked(**one) for one in manifest.not_checked)
        mapped = tuple(MappedField(**one) for one in manifest.mapped)  # type: ignore[arg-type]  # its keys are checked by this very call
    except (ValueError, KeyError, TypeError):
        raise PackageRefused("This is not a package as Sightline makes them: its findings are not findings.", place=place) from None
    if manifest.rows_kept > manifest.rows_read:
        raise PackageRefused("This is not a package as Sightline makes them: it kept more rows than it read.", place=place)
    return IntakeResult(
        period=period,
        tables={name: table for name, table in tables.items() if table.num_rows},
        findings=(*findings, _told(manifest, path)),
        not_checked=not_checked,
        mapped=mapped,
        rows_read=manifest.rows_read,
        rows_kept=manifest.rows_kept,
        token_key=manifest.key.fingerprint if manifest.key else "",
    )


def _told(manifest: Manifest, path: Path) -> Finding:
    """A note on the return for whoever reads its receipt or its page, with the hash the agency can compare."""
    return Finding(
        code=PREPARED,
        severity=Severity.NOTE,
        text=f"This return was prepared at the agency ({manifest.mode.replace('_', ' ')}); sha256 of the package: {file_digest(path)}.",
        hint=f"Compare it with the hash the agency quotes. What was dropped is told in {MANIFEST} inside.",
        place=Place(file=path.name),
    )


def _check_slot(manifest: Manifest, wanted: dict[str, str], place: Place) -> None:
    for what, value in wanted.items():
        if getattr(manifest, what) != value:
            hint = None if what != "mapping" else "Prepare it again with the mapping that the partnership has for this dataset."
            raise PackageNotForThis(f"The package was prepared for another {what} than {value}.", place=place, hint=hint)


def _check_mode(manifest: Manifest, tables: dict[str, pa.Table], sender: Agency, place: Place) -> None:
    """Refuse a package richer than its own mode, or than the agency's. Which fields, is said; what is in them, not."""
    mode = Mode(manifest.mode)
    if _ORDER.index(mode) > _ORDER.index(sender.mode):
        raise PackageNotForThis(f"The package shares {mode.value}, and {sender.name} shares {sender.mode.value}.", place=place)
    if mode is Mode.AGGREGATE_ONLY and set(tables) - {"aggregate_count"}:
        raise PackageNotForThis("The package says that it holds counts only, and holds records.", place=place)
    if mode is Mode.PSEUDONYMISED:
        refuse_if_richer(tables, sender, place)
    if mode is Mode.AGGREGATE_ONLY:
        refuse_if_naming(tables, sender, place)


def refuse_if_richer(tables: dict[str, pa.Table], sender: Agency, place: Place | None = None) -> None:
    """Refuse rows that name somebody where they may not.

    Raises:
        PackageNotForThis: With the fields.
    """
    richer = sorted({*says_more_than_pseudonymised(tables), *fields_that_name(tables)})
    if richer:
        raise PackageNotForThis(
            f"{sender.name} shares records without names, and these say more: {', '.join(richer)}.",
            place=place,
            hint="Prepare the return at the agency (`sightline prepare`) and submit the package. Nothing was stored.",
        )


def refuse_if_naming(tables: Mapping[str, pa.Table], sender: Agency, place: Place | None = None) -> None:
    """Refuse counts in whose words somebody is named.

    Raises:
        PackageNotForThis: With the fields.
    """
    naming = fields_that_name(tables)
    if naming:
        raise PackageNotForThis(
            f"{sender.name} shares counts only, and these hold numbers or addresses of people: {', '.join(naming)}.",
            place=place,
            hint="Take them out of the words. Nothing was stored.",
        )


def fields_that_name(tables: Mapping[str, pa.Table]) -> list[str]:
    """The fields of any kind, codes as received among them, in which a value has the form of what names a person."""
    found = []
    for name, table in sorted(tables.items()):
        for column in fields_leaving(STORED[name]):
            if column.name in table.column_names and column.type == pa.string() and column.name != FIELD_TOKENS:
                values = pc.unique(table[column.name]).drop_null().to_pylist()
                if any(names_somebody(part) for value in values for part in value.split(";") if not is_token(part)):
                    found.append(f"{name}.{column.name}")
    return found
