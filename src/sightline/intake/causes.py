"""Every cause that intake can find, registered once: its id, what it asks for, its words, and how to act on it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from sightline.errors import Place
from sightline.intake.cause import EXAMPLES, VALUES, Cause, Draft, fold, percent, quoted
from sightline.intake.cross_causes import OVER_ROWS
from sightline.model.findings import Finding, Fix, NotChecked, Severity

__all__ = ["CAUSES", "EXAMPLES", "Cause", "Report", "percent", "quoted"]

BLOCK, ERROR, QUERY, NOTE = Severity.BLOCK, Severity.ERROR, Severity.QUERY, Severity.NOTE

CAUSES: dict[str, Cause] = {
    "SL-INT-001": Cause(
        BLOCK,
        "This is {found}; {expected} is needed.",
        "Export the data again in that kind of file; renaming a file does not change what is in it.",
    ),
    "SL-INT-003": Cause(BLOCK, "The file is empty.", "Export it again; if there was nothing to report, send the file with its headers."),
    "SL-INT-004": Cause(
        BLOCK,
        "The workbook cannot be opened: {why}.",
        "Open it in a spreadsheet program, save it without a password as .xlsx, and send that.",
    ),
    "SL-INT-005": Cause(
        BLOCK, "The XML breaks off or is not well formed: {why}.", "Export the file again; if it was cut short in transfer, send the whole."
    ),
    "SL-INT-006": Cause(
        BLOCK,
        "The XML declares a document type (DTD), which Sightline never reads.",
        "Export without a DOCTYPE; no statutory return needs one.",
    ),
    "SL-INT-007": Cause(
        BLOCK,
        "The file would unpack to {size}, which is more than any return needs.",
        "Remove formatting beyond the data, or send one sheet per file.",
    ),
    "SL-INT-008": Cause(
        BLOCK, "Nothing in these files is a table of {format}.", "Check that this is the right dataset; the tables looked for are {tables}."
    ),
    "SL-INT-009": Cause(
        BLOCK, 'The table "{table}" is missing, and {format} cannot be read without it.', "Add it and send the files together."
    ),
    "SL-INT-010": Cause(
        BLOCK,
        'The sheet is named as "{table}" but none of its first rows holds the headers.',
        "Put the column headers in one row above the data.",
    ),
    "SL-INT-011": Cause(
        BLOCK,
        'The column "{column}" is missing, and the rows mean nothing without it.',
        "Add the column, or name the agency's own header in the mapping.",
    ),
    "SL-INT-012": Cause(
        BLOCK,
        'The cells do not fit their headers from "{column}" on: {moved}.',
        "Compare the header row with the first data row, mend the export, and send it again.",
    ),
    "SL-INT-013": Cause(
        BLOCK, "The file is about {stated}, not about {claimed}.", "Submit it for the period it is about, or send the file of that period."
    ),
    "SL-INT-014": Cause(
        BLOCK,
        'Dates in "{column}" cannot be read: {share} of those given.',
        'Write dates as {expected}, or name their form under "formats" in the mapping.',
        same=("expected",),
    ),
    "SL-INT-015": Cause(
        BLOCK,
        'The codes {codes} in "{column}" are not known, and this column may hold no other.',
        "Correct them, or add them to the mapping.",
        same=("list",),
    ),
    "SL-INT-017": Cause(
        BLOCK,
        "Not one of the {rows_there} rows could be kept.",
        "The other findings say why; mend the first of them and send the file again.",
    ),
    "SL-INT-016": Cause(BLOCK, 'The XML begins with "{root}"; {format} begins with "{expected}".', "Check that this is the right file."),
    "SL-INT-020": Cause(
        QUERY,
        "Not a table of {format}, and not read: {columns}.",
        "Remove it, or add it to the mapping if it should be read.",
        same=(),
    ),
    "SL-INT-021": Cause(
        NOTE,
        "Columns that {format} does not have were not read: {columns}.",
        "Nothing to do, unless one of them is a known column under another name.",
        same=(),
    ),
    "SL-INT-022": Cause(
        QUERY, "Columns are absent: {columns}.", "Add them to the export, or name the agency's own headers in the mapping.", same=()
    ),
    "SL-INT-023": Cause(
        QUERY, 'The header "{column}" stands more than once; the first was read.', "Remove the other column.", same=("column",)
    ),
    "SL-INT-024": Cause(
        QUERY,
        'Codes in "{column}" are not known: {codes}. The rows were kept, with the code as received and "{common}" beside it.',
        "Add the codes to the mapping, or correct them at the source.",
        same=("list",),
    ),
    "SL-INT-025": Cause(
        QUERY,
        'Texts in "{column}" say two different things: {codes}. They were not mapped.',
        "Say in the mapping which of the two each one means.",
        same=("list",),
    ),
    "SL-INT-026": Cause(
        NOTE,
        'Codes in "{column}" were retired before this period: {codes}. They were understood as before.',
        "Use the current codes from now on.",
        same=("list",),
    ),
    "SL-INT-027": Cause(
        NOTE,
        'Codes in "{column}" came into use only after this period: {codes}.',
        "Check that the file belongs to this period.",
        same=("list",),
    ),
    "SL-INT-028": Cause(
        ERROR,
        'Cells in "{column}" cannot be read as {expected}; they count as not given.',
        "Correct the cells in the rows named.",
        drops=True,
        same=("expected",),
    ),
    "SL-INT-029": Cause(
        QUERY,
        'Cells in "{column}" are blank where every row should have one.',
        "Fill them in at the source.",
        same=("column",),
        stands="(blank)",
        should="a value in every row",
    ),
    "SL-INT-030": Cause(
        ERROR,
        'Rows have no person number in "{column}" and were set aside.',
        "Give every row the agency's own number for the person.",
        sets_aside=True,
        same=(),
        stands="(blank)",
        should="the agency's own number for the person",
    ),
    "SL-INT-031": Cause(
        ERROR,
        'Rows whose code in "{column}" is not known ({codes}) were set aside.',
        "Add the codes to the mapping and submit again.",
        sets_aside=True,
        same=("list",),
    ),
    "SL-INT-032": Cause(
        ERROR,
        "Rows have more cells than there are headers and were set aside.",
        "Put texts that contain the separator in quotes, and export again.",
        sets_aside=True,
        same=(),
        stands="more cells than headers",
        should="one cell for each header",
    ),
    "SL-INT-033": Cause(
        NOTE,
        "Rows have fewer cells than there are headers; the missing ones count as blank.",
        "Check the export if cells at the end of rows were meant to be filled.",
        same=(),
        stands="fewer cells than headers",
        should="one cell for each header",
    ),
    "SL-INT-034": Cause(
        NOTE,
        "Rows repeat another row exactly; each was counted once.",
        "Nothing to do, unless the repetition was meant.",
        same=(),
        stands="equal in every column to another row",
        should="each row once",
    ),
    "SL-INT-035": Cause(
        QUERY,
        "Rows of {entity} have the same key ({key}) as another row and differ from it; the last was used.",
        "Check which of them is right.",
        same=("entity",),
        stands="the same key as another row",
        should="one row for each {key}",
    ),
    "SL-INT-036": Cause(
        QUERY,
        'Dates in "{column}" are {where}; they were kept as given.',
        "Check the rows named: a date like that is usually a typing error.",
        same=("side",),
    ),
    "SL-INT-037": Cause(
        QUERY,
        'Numbers in "{column}" are not valid {what}; they were kept as given.',
        "Check the rows named against the source.",
        same=("what",),
    ),
    "SL-INT-039": Cause(
        QUERY,
        '"{column}" of these rows is not in "{table}"; what it would tell is not known for them.',
        "Send the two tables from one export; if the row is missing there, add it.",
        stands="a number the other table does not have",
    ),
    "SL-INT-040": Cause(
        NOTE, "Loose text stands between the elements and was passed over.", "Harmless, but the program that wrote the file should be told."
    ),
    "SL-INT-041": Cause(QUERY, "The file says two things about its period: {stated}. It was read as {claimed}.", "Correct the header."),
    "SL-INT-042": Cause(
        QUERY,
        'Dates in "{column}" are outside the {months} months to {end}: {share} of them.',
        "Check that the extract was made for this period.",
        same=(),
    ),
    "SL-INT-043": Cause(NOTE, '"{table}" was recognised and not kept: {why}', "Nothing to do.", sets_aside=True, same=("why",)),
    "SL-INT-044": Cause(
        NOTE, "The text is not UTF-8; it was read as {encoding}.", "Check accented names; save as UTF-8 to be sure.", same=("encoding",)
    ),
    "SL-INT-045": Cause(
        QUERY,
        "Rows say nothing the common model can keep and were set aside: {why}.",
        "Fill in what is missing at the source.",
        sets_aside=True,
        same=("why",),
    ),
    "SL-INT-046": Cause(
        NOTE,
        "Rows belong to spells that began before this file; no {entity} was made from them, since its first day is not known.",
        "Nothing to do if the file that holds their beginning was submitted, or another list gives it.",
        same=("entity",),
    ),
    "SL-INT-047": Cause(
        QUERY,
        "Rows agree with a later row in {key} and were set aside; the last was used.",
        "Check which of them is right.",
        sets_aside=True,
        same=("key",),
        stands="the same key as another row",
        should="one row for each {key}",
    ),
    "SL-INT-060": Cause(
        BLOCK,
        "Reading the file needed more memory than the {memory} it is allowed, and was stopped.",
        "Remove formatting beyond the data, or split the export. If the file is sound, allow more with SIGHTLINE_LIMIT_MEMORY.",
    ),
    "SL-INT-061": Cause(
        BLOCK,
        "Reading the file took longer than the {minutes} that its size allows, and was stopped.",
        "Split the export, or save it as CSV. If the file is sound and the machine slow, allow more with SIGHTLINE_LIMIT_SECONDS.",
    ),
    "SL-INT-062": Cause(
        BLOCK,
        "The reader failed on the file and was stopped ({how}).",
        "Open the file in a spreadsheet program or editor, save it again and send that; if it fails again, report its kind and size.",
    ),
    "SL-INT-063": Cause(
        BLOCK,
        "Reading the file gave more than {output}, and was stopped.",
        "Split the export. If the file is sound, allow more with SIGHTLINE_LIMIT_OUTPUT.",
    ),
    "SL-INT-064": Cause(
        BLOCK,
        "The sheet claims to reach {cell}, which would be {cells} cells; {why}.",
        "Delete the rows and columns beyond the data (select them to the end, delete, save) and send the file again.",
    ),
    "SL-INT-065": Cause(BLOCK, "This is {found}, not an ordinary file, and was not opened.", "Send a copy of the file itself."),
    "SL-INT-066": Cause(
        NOTE,
        "The name ends as that of {named}, but this is {found}; it was read as what it is.",
        "Give the file the ending that fits what it is.",
    ),
    "SL-INT-067": Cause(
        NOTE, "The workbook holds {what}; only the cells were read.", "Nothing to do; save it as .xlsx without them to be sure."
    ),
    "SL-INT-068": Cause(
        BLOCK,
        "The file is packed as no spreadsheet program packs one: {why}.",
        "Open it in a spreadsheet program, save it as .xlsx and send that.",
    ),
    "SL-INT-069": Cause(
        BLOCK,
        "The file goes beyond what any return needs: {why}.",
        "Export it again; if it was made by hand, compare it with an earlier one.",
    ),
    "SL-INT-050": Cause(
        QUERY,
        "Flags have no definition in {mapping}: {markers}. They were kept, and nobody can say yet what they mean.",
        "Write down under “definitions” in the mapping what each means here: threshold, who applies it, review, end, since when.",
        blocks_release=True,
    ),
    "SL-INT-051": Cause(
        QUERY,
        "Flags began when their definition was not in force: {markers}.",
        "Check the dates, or the dates in force that the mapping gives.",
    ),
    "SL-INT-052": Cause(
        NOTE,
        "The agency takes records back. They, and what hangs on them, leave every figure from the next generation on.",
        "Nothing to do; what was accepted and released before stays as it was.",
        stands="taken back",
    ),
    "SL-INT-053": Cause(
        QUERY,
        "Flags began at an age for which their definition is not used: {markers}.",
        "Check the dates of birth and of the flags, or the ages that the mapping gives.",
    ),
    "SL-INT-054": Cause(
        NOTE,
        'Times in "{column}" stand in the hour that comes twice when clocks go back; the first of the two, in summer time, was taken.',
        "Nothing to do, unless an hour matters here; an export in UTC, or with the offset beside the time, says which it was.",
        same=(),
        should="a time that came once, or one with its offset",
    ),
    "SL-INT-055": Cause(
        QUERY,
        'Times in "{column}" stand in the hour that clocks skip when they go forward; they were read one hour later.',
        "Check whether the source writes UTC (then the mapping says tz: UTC), or its clock was not put forward.",
        same=(),
        should="a time that the local clock showed",
    ),
    "SL-INT-070": Cause(
        NOTE,
        'The column "{column}" was retired before this period; it was understood as before.',
        "Use the current column from now on.",
        same=("column",),
    ),
    "SL-INT-071": Cause(
        NOTE, 'The column "{column}" came into use only after this period.', "Check that the file belongs to this period.", same=("column",)
    ),
    "SL-INT-110": Cause(
        NOTE,
        'Texts in "{column}" that stand in fewer than {fewest} rows were left out, because they might tell who gave them.',
        "Nothing to do.",
        drops=True,
    ),
    **OVER_ROWS,
    "SL-INT-072": Cause(
        BLOCK, "The JSON cannot be read: {why}.", "Export the file again; if it was cut short in transfer, send the whole."
    ),
}


@dataclass
class Report:
    """Collects what is found while a return is read."""

    findings: list[Finding] = field(default_factory=list)
    not_checked: list[NotChecked] = field(default_factory=list)
    _drafts: dict[int, Draft] = field(default_factory=dict, repr=False)

    def add(
        self,
        code: str,
        place: Place,
        *,
        rows: int = 0,
        examples: Sequence[int] = (),
        values: Sequence[str] = (),
        expected: str = "",
        fix: Fix | None = None,
        also: Sequence[Place] = (),
        **words: Any,
    ) -> None:
        """Note one cause. Words go into its text and hint; neither they nor values may hold a raw cell of a personal column.

        A word that no text has (``list``, ``side``) may tell which findings of a cause are the same one; see `Cause.same`.
        """
        cause = CAUSES[code]
        words = {"expected": expected, **words}
        text, hint = cause.says(words)
        finding = Finding(
            code=code,
            severity=cause.severity,
            text=text,
            hint=hint,
            place=place,
            rows=rows,
            examples=tuple(dict.fromkeys(examples))[:EXAMPLES],
            values=(tuple(values) or ((cause.stands,) if cause.stands else ()))[:VALUES],
            expected=expected or cause.should.format(**words),
            fix=fix,
            blocks=cause.blocks,
            also=tuple(also),
        )
        self._drafts[id(finding)] = Draft(finding, cause, words)
        self.findings.append(finding)

    def take(self, other: Report, *, without: Collection[str] = ()) -> None:
        """Take over what another report found, but for some causes."""
        for finding in other.findings:
            if finding.code not in without:
                self.findings.append(finding)
                if id(finding) in other._drafts:
                    self._drafts[id(finding)] = other._drafts[id(finding)]

    @property
    def refused(self) -> bool:
        return any(finding.severity is Severity.BLOCK for finding in self.findings)

    def in_order(self) -> tuple[Finding, ...]:
        """One finding for each cause: what blocks first, then errors, queries and notes; within each, as found."""
        order = list(Severity)
        folded = fold([self._drafts.get(id(finding)) or Draft(finding, _DECLARED, {}) for finding in self.findings])
        return tuple(sorted(folded, key=lambda finding: order.index(finding.severity)))


_DECLARED = Cause(Severity.QUERY, "", "")
"""Stands in for the cause of a finding that a format declares itself, which is never folded."""
