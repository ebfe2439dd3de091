"""The page inside a package that says, in plain words, what it holds, what it does not, and how that was made sure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sightline.model.packages import FieldTold, Manifest, Outcome, SourceColumn
from sightline.model.tokens import FIELD_TOKENS
from sightline.privacy.k_anonymity import TITLES

WIDTH = 100
MODES = {
    "record_level": "records, with what the agreement names",
    "pseudonymised": "records without names, numbers, full dates of birth or full postcodes",
    "aggregate_only": "counts only, no records",
}
_HEADINGS: dict[Outcome, str] = {
    "kept": "Leaves as it is",
    "degraded": "Leaves less exact",
    "keyed": "Leaves as a keyed token",
    "dropped": "Does not leave",
}


def in_plain_words(manifest: Manifest) -> str:
    """The page for one package; the same manifest always gives the same page."""
    return "\n".join(_lines(manifest)) + "\n"


def summary(manifest: Manifest) -> list[str]:
    """What leaves and what does not, in as many lines as a screen holds."""
    rows = ", ".join(f"{one.entity.replace('_', ' ')} {one.rows_after:,}" for one in manifest.tables) or "nothing"
    lines = [f"{manifest.mapping_title}, {manifest.period}: {MODES[manifest.mode]}.", f"Rows in the package: {rows}."]
    for outcome, heading in _HEADINGS.items():
        named = [_named(one, manifest) for one in manifest.columns if one.outcome == outcome]
        if named:
            lines.append(f"{heading} ({len(named)} columns): {', '.join(named)}.")
    lines += [f"Tokens for linking: {one.why}." for one in manifest.fields if one.field == FIELD_TOKENS and one.given_after]
    return lines


def _named(one: SourceColumn, manifest: Manifest) -> str:
    """A column's name, with its sheet or file where another has the same."""
    is_alone = sum(other.column == one.column for other in manifest.columns) == 1
    return one.column if is_alone else f"{one.column} ({one.sheet or one.file})"


def singled_out(report: Mapping[str, Any] | None) -> list[str]:
    """The k-anonymity report in words."""
    if report is None:
        return ["The package describes nobody by birth, sex, ethnicity or home area, so there is nobody to single out by them."]
    widest = report["combinations"][-1]
    lines = [
        f"{report['people']:,} people. By {_fields(widest['fields'])} together the smallest class is {widest['smallest']:,}; "
        f"{widest['below']:,} people ({widest['share_below']:.0%}) are in classes of fewer than {report['k']}, "
        f"{widest['alone']:,} of them alone in theirs."
    ]
    if report["alike"] is not None:
        lines.append(
            f"{report['alike']:,} children with a marked concern are in a class in which everybody has the same: "
            "to know the class is to know it."
        )
    lines.append(
        "This describes a package that goes to the partnership under the agreement. It is not a release, and nobody may publish from it."
    )
    return lines


def _fields(names: list[str]) -> str:
    return " and ".join(TITLES.get(name, name) for name in names)


def _lines(manifest: Manifest) -> Iterator[str]:
    yield from _heading(f"Prepared return: {manifest.mapping_title}", "=")
    yield f"From {manifest.agency}, dataset {manifest.dataset}, for {manifest.period}. Prepared {manifest.prepared_at}."
    yield f"Read by the mapping {manifest.mapping}, Sightline {manifest.sightline}."
    yield f"It shares {MODES[manifest.mode]}."
    if manifest.key:
        yield f"Tokens were made with the key {manifest.key.ref or 'of the partnership'} (fingerprint {manifest.key.fingerprint})."
        yield "The key is not in this package."
    yield ""
    yield from _heading("What is inside")
    for table in manifest.tables:
        yield f"  tables/{table.entity}.jsonl: {table.rows_after:,} rows, made from {table.rows_before:,}"
    yield f"  {manifest.rows_read:,} rows were read and {manifest.rows_kept:,} could be used."
    yield "  Each file is plain text: the first line names its columns, every other line is a row."
    yield ""
    yield from _columns(manifest.columns)
    yield from _fields_told(manifest.fields)
    yield from _heading("Can somebody be singled out?")
    yield from singled_out(manifest.k_anonymity)
    if manifest.k_anonymity:
        yield ""
        yield from _combinations(manifest.k_anonymity)
    yield ""
    yield from _heading("What was looked for and not found")
    yield "The finished package was read back and searched. It would have been destroyed had any of these been in it:"
    for what, count in manifest.looked_for.items():
        yield f"  {what}: {count:,} different values"
    yield "  and every kept value was compared with the one that came in, every other with the form its rule gives."
    yield ""
    yield from _heading("What the checks found")
    for finding in manifest.findings:
        rows = f", {finding['rows']:,} rows" if finding.get("rows") else ""
        yield f"  {finding['severity']} {finding['code']} {finding.get('where', '')}{rows}: {finding['text']}"
    if not manifest.findings:
        yield "  Nothing."
    for absent in manifest.not_checked:
        yield f"  not checked {absent['what']}: {absent['reason']}"
    yield ""
    yield from _heading("What it was made from")
    for one in manifest.inputs:
        yield f"  {one.name}, {one.bytes:,} bytes, sha256 {one.sha256}"


def _heading(text: str, line: str = "-") -> Iterator[str]:
    yield text
    yield line * min(len(text), WIDTH)


def _columns(columns: list[SourceColumn]) -> Iterator[str]:
    yield from _heading("What became of every column of the files")
    for outcome, heading in _HEADINGS.items():
        told = [one for one in columns if one.outcome == outcome]
        if told:
            yield f"{heading}:"
            for one in told:
                where = f"{one.file}, {one.sheet}" if one.sheet else one.file
                yield f"  {where}: {one.column} ({one.how})"
    yield ""


def _fields_told(fields: list[FieldTold]) -> Iterator[str]:
    if not fields:
        return
    yield from _heading("What became of every field, and in how many rows it is given")
    for one in fields:
        if one.given_before:
            yield f"  {one.entity}.{one.field}: {one.how}, {one.given_before:,} before and {one.given_after:,} after ({one.why})"
    yield ""


def _combinations(report: Mapping[str, Any]) -> Iterator[str]:
    yield f"  {'by':44}{'classes':>10}{'smallest':>10}{'below ' + str(report['k']):>10}{'alone':>8}"
    for one in report["combinations"]:
        yield f"  {_fields(one['fields']):44}{one['classes']:>10,}{one['smallest']:>10,}{one['below']:>10,}{one['alone']:>8,}"
