"""Check an extract: read it exactly as `submit_return` would, and store nothing. No workspace is needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sightline.app.last_return import Against
from sightline.app.receipts import as_json
from sightline.app.several_years import as_one, split_years
from sightline.app.show_values import ShownValues, values_behind
from sightline.app.submit_return import list_files
from sightline.definitions.formats import load_format, load_mapping
from sightline.errors import InputRefused
from sightline.intake import read_apart, recognise_apart
from sightline.intake.compare import WHAT
from sightline.model.findings import Finding, MappedField, NotChecked
from sightline.model.periods import Quarter

_NO_WORKSPACE = NotChecked(WHAT, "no workspace was named that holds earlier returns (--workspace, --agency, --dataset)")


@dataclass(frozen=True, slots=True)
class CheckedExtract:
    """What Sightline understands of an extract. ``rows`` says how many rows of each entity of the common model it would give.

    Of several years, ``period`` is the last and rows are those of every year.
    """

    format: str
    period: Quarter
    refused: bool
    rows_read: int
    rows_kept: int
    rows: dict[str, int]
    findings: tuple[Finding, ...]
    not_checked: tuple[NotChecked, ...]
    mapped: tuple[MappedField, ...]
    values: tuple[ShownValues, ...] = ()
    """Texts for the screen only; no dictionary or report of this holds them."""

    def as_dict(self) -> dict[str, Any]:
        return {
            "format": self.format,
            "period": str(self.period),
            "refused": self.refused,
            "rows_read": self.rows_read,
            "rows_kept": self.rows_kept,
            "rows": self.rows,
            "findings": [finding.as_dict() for finding in self.findings],
            "not_checked": as_json(self.not_checked),
            "mapped": as_json(self.mapped),
        }


def check_extract(
    files: Sequence[Path],
    *,
    format: str | None = None,
    mapping: Path | None = None,
    period: Quarter | None = None,
    against: Against | None = None,
    show_values: bool = False,
    progress: Callable[[str, int, int], None] | None = None,
) -> CheckedExtract:
    """Read an extract and say what is found.

    Args:
        files: Files, or folders whose files are all meant; of a yearly return of care, several years (see `app.several_years`).
        format: One of the catalogue's formats; recognised from the files when neither it nor ``mapping`` is given.
        mapping: An agency's own mapping.
        period: The quarter the files are for; taken from the files when left out.
        against: The last return to compare with (see `app.last_return`); its dataset's mapping reads the files unless another is named.
        show_values: Also gather the unknown texts of code columns, for the screen of whoever holds the file (see `app.show_values`).
        progress: Told what is being done, how many steps are done and how many there are.

    Raises:
        NotFound: If a file or the format does not exist.
        InputRefused: If both a format and a mapping are given, or no format fits; if there are several years and a period is named, or two
            of them are for one year.
        CatalogueProblems: If the mapping has mistakes.
    """
    if format is not None and mapping is not None:
        raise InputRefused("A format and a mapping were both given.", hint="Give the one that reads these files.")
    paths = list_files(files)
    if against is not None and format is None and mapping is None:
        reader = against.reader
    else:
        reader = load_mapping(mapping) if mapping is not None else load_format(format or recognise_apart(paths))
    years = split_years(paths, reader)
    if len(years) > 1 and (period is not None or against is not None):
        raise InputRefused(
            "These are the files of several years, and one period was named.",
            hint="Leave out the period and the last return to check the years together, or check one year alone.",
        )
    read = {
        name: read_apart(own, mapping=reader, period=period, agency="", dataset=reader.id, progress=progress) for name, own in years.items()
    }
    result = as_one(read) if len(read) > 1 else read[next(iter(read))]
    if not result.refused:
        result = against.compare(result) if against else replace(result, not_checked=(*result.not_checked, _NO_WORKSPACE))
    return CheckedExtract(
        format=reader.title,
        period=result.period,
        refused=result.refused,
        rows_read=result.rows_read,
        rows_kept=result.rows_kept,
        rows={name: table.num_rows for name, table in sorted(result.tables.items())},
        findings=result.findings,
        not_checked=result.not_checked,
        mapped=result.mapped,
        values=tuple(text for name in years for text in values_behind(years[name], reader, read[name].findings)) if show_values else (),
    )
