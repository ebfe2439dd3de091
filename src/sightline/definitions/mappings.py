"""The language in which formats and mappings are written, as frozen objects. `docs/reference/mapping-language.md` tells it in words.

A format the sector shares (Annex A) and one agency's own extract are written in the same language, so there is one class for both.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from sightline.definitions.cross_checks import CrossCheck
from sightline.definitions.loading import Definition

ColumnType = Literal["text", "code", "date", "datetime", "integer", "number", "boolean", "postcode", "nhs_number", "upn"]
FileKind = Literal["csv", "workbook", "xml", "json"]
Span = Literal["birth", "event", "review", "any"]
TimeZone = Literal["Europe/London", "UTC"]
Unmapped = Literal["not_recorded", "other", "quarantine", "fail"]


ROW_IN_RETURN, FILE_NAME = "row_in_return", "file_name"
OF_THE_ROW = (ROW_IN_RETURN, FILE_NAME)
"""What a row rule may take besides columns: period, file and row as a reference where rows have none of their own; the file's name."""


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Texts = Annotated[tuple[str, ...], BeforeValidator(_as_list)]


class InUse(Definition):
    """From when and until when something was in use; empty where it always was, or still is."""

    since: date | None = None
    until: date | None = None


class CodeValue(InUse):
    """One code: the words for it, other spellings, when it was in use and what it says besides (``also``).

    ``years`` says when single spellings were in use, ``titles`` from which day the code was called something else; both, and the dates of
    the code itself, come from the files of the years (see `sightline.definitions.years`).
    """

    title: str = ""
    spellings: Texts = ()
    also: dict[str, str] = Field(default_factory=dict)
    years: dict[str, InUse] = Field(default_factory=dict)
    titles: dict[date, str] = Field(default_factory=dict)

    def title_on(self, day: date) -> str:
        """What the code was called on a day."""
        later = [first for first in self.titles if first <= day]
        return self.titles[max(later)] if later else self.title


def _code_value(value: Any) -> Any:
    """A list is short for its spellings, a text for its title."""
    if isinstance(value, str):
        return {"title": value}
    return {"spellings": value} if isinstance(value, list) else ({} if value is None else value)


class CodeList(Definition):
    """Codes an agency uses, each under the common code it means.

    ``common`` names a list of `sightline.model.codes`; without it the keys are the format's own common codes.
    """

    common: str | None = None
    values: dict[str, Annotated[CodeValue, BeforeValidator(_code_value)]]


class Column(InUse):
    """One column of an extract: where it is found and how its cells are read.

    ``from`` lists headers, alternative headers and ``/patterns/i``; in XML, element names or paths (``/…`` from the record, ``../…``
    from the parent, ``.`` the element itself). ``required``: the return is refused without it; ``optional``: nobody is told when it is
    absent. ``tz``: by which clock a date-time was written. ``fewest``: a text that stands in fewer rows than this is left out, because it
    might tell who gave it. ``json_list``: a cell holds a JSON list of codes. ``symbols`` stand where a number is withheld or not known; a
    row rule gets them as ``column@symbol``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    headers: Texts = Field(alias="from")
    type: ColumnType = "text"
    codes: str | None = None
    map: dict[str, str] = Field(default_factory=dict)
    unmapped: Unmapped = "not_recorded"
    required: bool = False
    optional: bool = False
    filled: bool = False
    formats: Texts = ()
    open_if: Texts = ()
    tz: TimeZone | None = None
    span: Span = "event"
    separator: str | None = None
    fewest: int | None = None
    symbols: Texts = ()
    json_list: bool = False


class Melt(Definition):
    """A table with a column for every measure becomes a row for every measure: its header in column ``name``, its cell in ``value``."""

    name: str
    value: str


class Lookup(Definition):
    """Columns taken from another table of the same return: the pupil behind a row of exclusions."""

    table: str
    on: str
    to: str | None = None
    take: Texts


class Joined(Definition):
    """Rows of one person that follow each other without a gap are one spell: from the first's start to the last's end.

    ``begins_when`` keeps only spells whose first row fulfils it, so that a file which begins in the middle of a spell makes none.
    """

    start: str
    end: str
    begins_when: str | None = None


class RowRule(Definition):
    """Rows of the common model made from each row of a table.

    ``from`` gives each field a column, or ``column@word`` for what the column's code says besides (``also``); ``set`` gives constants.
    No row is made where ``when`` does not hold or a column of ``needs`` is empty. ``each`` makes one row for every code in a column that
    holds several.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    entity: str
    when: str | None = None
    needs: Texts = ()
    each: str | None = None
    joined: Joined | None = None
    sources: dict[str, str] = Field(default_factory=dict, alias="from")
    set: dict[str, str] = Field(default_factory=dict)


class Check(Definition):
    """A rule about a row: it is broken where ``when`` holds. ``rule`` is the id its publisher gives it, where it has one.

    ``{column}`` in the message stands for the header of a column, never for what a cell says.
    """

    id: str
    severity: Literal["block", "error", "query", "note"] = "query"
    rule: str = ""
    when: str
    message: str
    hint: str = "Correct it in the source system, or confirm that it is right."


class Find(Definition):
    """How a table is recognised: sheet names, file names (texts with ``*``, or ``/patterns/i``), or its path in the XML record."""

    sheet: Texts = ()
    file: Texts = ()
    path: str | None = None
    header_row: str = "auto"


class NeedSaid(Definition):
    """A column in which a need or a category is said, and the days between which it held."""

    column: str
    started: str
    ended: str | None = None


class Table(InUse):
    """One table of an extract, its columns, and what is made of its rows.

    ``person`` is the column with the agency's own number for the person; ``dated_by`` the date that places a row in time (it shows whether
    a file belongs to the period claimed); ``derive`` gives columns worked out from others of the
    row; ``unused`` says why no row of the common model is made from it. ``key``: of
    rows that agree in these columns only the last is kept.
    """

    title: str = ""
    find: Find = Find()
    required: bool = False
    person: str | None = None
    coalesce: dict[str, Texts] = Field(default_factory=dict)
    derive: dict[str, str] = Field(default_factory=dict)
    dated_by: str | None = None
    columns: dict[str, Column]
    lookups: tuple[Lookup, ...] = ()
    melt: Melt | None = None
    key: Texts = ()
    needs_said: tuple[NeedSaid, ...] = ()
    rows: tuple[RowRule, ...] = ()
    checks: tuple[Check, ...] = ()
    across: tuple[CrossCheck, ...] = ()
    unused: str = ""


class SourceDefinition(Definition):
    """What a flag means at this agency; two agencies may use one word for different things.

    ``review`` is an ISO 8601 duration (``P12W``); ``ages_from`` and ``ages_to`` the ages, in whole years, at which it is used; ``gaps`` who
    is known not to get it. ``caveat`` is what a reader of a number must know.
    """

    title: str
    exploitation_type: Texts = ()
    certainty: Literal["known", "suspected", "at_risk"]
    threshold: str
    applied_by: str
    applied_when: str = ""
    review: str = ""
    ends: str = ""
    ages_from: int | None = Field(default=None, ge=0, le=25)
    ages_to: int | None = Field(default=None, ge=0, le=25)
    gaps: str = ""
    in_force_from: date | None = None
    in_force_to: date | None = None
    caveat: str = ""


class ExploitationFromCodes(Definition):
    """A code that means exploitation although its column is about something else, kept as a flag with a definition of its own.

    It is looked for in ``column`` of ``table``; where it names none, in every column that a table of the format lists under ``needs_said``:
    formats share one list of texts. Of several entries that fit a text the last one speaks, so a mapping's own before a shared one.
    """

    table: str = ""
    column: str = ""
    match: Texts
    type: str
    certainty: Literal["known", "suspected", "at_risk"] = "suspected"
    started: str = ""
    ended: str | None = None
    definition: str


class Xml(Definition):
    """How an XML file is cut: the root element, the record that repeats (a child), and elements read once (a header)."""

    root: str
    record: str


class Read(Definition):
    """What kind of files these are and how their text is read."""

    kinds: Annotated[tuple[FileKind, ...], BeforeValidator(_as_list)]
    encoding: str = "auto"
    delimiter: str = "auto"
    dates: Literal["day_first", "month_first", "iso"] = "day_first"
    null_values: Texts = ("", "NULL", "N/A", "n/a", "#N/A")
    xml: Xml | None = None


class PeriodStated(Definition):
    """Where a file says which period it is about: a table read once, its reference date and its year."""

    table: str
    reference_date: str | None = None
    year: str | None = None


class Keyed(Definition):
    """Fields replaced by keyed tokens, beyond those that are anyway. ``key_ref`` names the key; the key itself is in a file of its own."""

    fields: Texts = ()
    method: Literal["hmac_sha256"] = "hmac_sha256"
    key_ref: str = ""


class CountsShared(Definition):
    """How counts are given where counts are all that is shared: never with less protection than a release has."""

    threshold: int = Field(default=10, ge=10)
    breakdowns: Texts = ("sex", "age_band", "exploitation", "ward")


class Privacy(Definition):
    """What is made less exact before anything leaves the agency, and with which key people are pseudonymised (`sightline prepare`).

    ``mode`` is how much the agreement lets leave; ``agreed`` names fields that may leave as they are, ``degrade`` a rule for a field. What
    neither names follows the safe default for its privacy class; `sightline.privacy.rules` knows the names and the rules. ``k`` is the
    smallest class the k-anonymity report does not warn of.
    """

    mode: Literal["record_level", "pseudonymised", "aggregate_only"] | None = None
    agreed: Texts = ()
    degrade: dict[str, str] = Field(default_factory=dict)
    pseudonymise: Keyed = Keyed()
    counts: CountsShared = CountsShared()
    k: int = Field(default=5, ge=2)
    on_failure: Literal["release_nothing"] = "release_nothing"


class Retention(Definition):
    """How long rows are kept, and the columns (of truth values, in any table that has them) by which the agency takes a row back.

    One that is true is enough: a table of what belongs to an episode names the episode's own beside the row's.
    """

    years: int | None = None
    purge_field: Texts = ()


class SignOff(Definition):
    """Who confirmed the mapping, when, and which unmapped codes they accepted."""

    by: str
    on: date
    unmapped_accepted: Texts = ()


class Format(Definition):
    """A format or a mapping: how the files of one dataset become rows of the common model.

    ``covers_months`` is how far back from the end of its period a return reaches.
    """

    id: str
    title: str
    version: str
    publisher: str = ""
    agency: str | None = None
    source: Texts = ()
    covers_months: int = 3
    read: Read
    period: PeriodStated | None = None
    codes: dict[str, CodeList] = Field(default_factory=dict)
    tables: dict[str, Table]
    definitions: dict[str, SourceDefinition] = Field(default_factory=dict)
    exploitation_from_codes: tuple[ExploitationFromCodes, ...] = ()
    privacy: Privacy | None = None
    retention: Retention | None = None
    sign_off: SignOff | None = None

    def signals_in(self, table_id: str) -> tuple[ExploitationFromCodes, ...]:
        """What tells of exploitation in one table's columns, each entry with its column and days; the one that goes before others first."""
        said = self.tables[table_id].needs_said
        found = []
        for entry in self.exploitation_from_codes:
            if entry.table == table_id:
                found.append(entry)
            elif not entry.table:
                found += [
                    entry.model_copy(update={"table": table_id, "column": need.column, "started": need.started, "ended": need.ended})
                    for need in said
                ]
        return tuple(reversed(found))

    @property
    def mapping_version(self) -> str:
        """The name that rows carry: which mapping read them, and which version of it."""
        return f"{self.id}@{self.version}"


Mapping = Format
