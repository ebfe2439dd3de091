"""The linkage statement: what somebody who reads linked figures should know of how they were linked, in the order of GUILD.

Every count in it has passed the gate, every share is made of such counts or is an estimate of a group large enough to be shown.

Source of the sections: Gilbert and others, *GUILD: GUidance for Information about Linking Data sets*, Journal of Public Health 40 (2018).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from sightline.model.findings import NotChecked
from sightline.publish.document import Block, Bullets, DataTable, Document, Heading, Note, Paragraph, Section
from sightline.publish.words import day_in_words

_NOT_OF_A_RELEASE = (
    "People are counted here whatever their age and whenever a record names them; releases count children of a quarter or a year. So no "
    "number of this statement stands in a release too, but one: people without a home ward, and that is the same number in both."
)
_GUILD = "This statement follows GUILD, the GUidance for Information about Linking Data sets (Gilbert and others, 2018)."
NOT_KNOWN = "not known"
Number = int | str
"""A count that may be shown, or the word in its place."""
FORMAT = "sightline-linkage-statement/1"
BREAKDOWNS = {
    "sex": "Sex",
    "age": "Age",
    "ethnicity": "Ethnicity",
    "ward": "Ward",
    "deprivation": "Deprivation of the home ward",
    "agency": "Source: agency that knows them",
}


@dataclass(frozen=True, slots=True)
class Share:
    """A share, 0 to 1, with its 95% interval and what it rests on."""

    value: float
    lower: float
    upper: float
    basis: str = ""

    def __str__(self) -> str:
        return f"{percent(self.value)} ({percent(self.lower)} to {percent(self.upper)})"


Shown = Share | str
"""A share, or the word in its place."""


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One group of people. ``of_linked`` and ``of_alone`` are the group's parts of those known to several agencies and to one only."""

    breakdown: str
    group: str
    people: Number
    linked: Shown
    precision: Shown
    recall: Shown
    of_linked: Shown
    of_alone: Shown


@dataclass(frozen=True, slots=True)
class CutLine:
    """People and linked pairs if the cut were another, named by the expected precision of what it accepts."""

    expected_precision: Shown
    people: Number
    links: Number
    is_in_use: bool


@dataclass(frozen=True, slots=True)
class MissLine:
    """Two agencies, pairs of theirs whose numbers agree, and the share of those that names, dates and homes alone would not have linked."""

    one: str
    other: str
    pairs: Number
    missed: Shown


@dataclass(frozen=True, slots=True)
class LinkageStatement:
    """What is said, made safe to show."""

    partnership: str
    generation: str
    linkage: int
    made_at: str
    made_by: str
    model: str
    about_model: str
    records: tuple[tuple[str, Number], ...]
    people: Number
    linked_people: Number
    links: Number
    comparisons: tuple[tuple[str, str], ...]
    methods: tuple[tuple[str, Number], ...]
    forbidden: tuple[tuple[str, Number], ...]
    reviewed: str
    expected_precision: Shown
    precision: Shown
    recall: Shown
    groups: tuple[GroupLine, ...]
    cuts: tuple[CutLine, ...]
    missed: tuple[MissLine, ...]
    not_checked: tuple[NotChecked, ...]
    format: str = FORMAT


def percent(share: float) -> str:
    """A share in per cent with one decimal; what is not all is never rounded to all, what is not nothing never to nothing.

    >>> percent(0.9996), percent(1.0), percent(0.0001), percent(0.5)
    ('over 99.9%', '100%', 'under 0.1%', '50.0%')
    """
    if share in {0.0, 1.0}:
        return f"{share * 100:.0f}%"
    if share >= 0.9995:
        return "over 99.9%"
    return "under 0.1%" if share < 0.0005 else f"{share * 100:.1f}%"


def linkage_statement_json(statement: LinkageStatement) -> bytes:
    """As JSON, shares as numbers."""
    return (json.dumps(as_payload(statement), ensure_ascii=False, indent=2) + "\n").encode()


def as_payload(statement: LinkageStatement) -> dict[str, Any]:
    """As plain data; shares have four decimals."""
    payload = _rounded(asdict(statement))
    return payload if isinstance(payload, dict) else {}


def quality_tables(statement: LinkageStatement) -> Iterable[DataTable]:
    """The tables of the statement that tell of quality, for a terminal."""
    for section in (_quality(statement), _fairness(statement), _sensitivity(statement)):
        yield from (block for block in section.blocks if isinstance(block, DataTable))


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    return [_rounded(each) for each in value] if isinstance(value, list | tuple) else value


def linkage_statement(statement: LinkageStatement) -> Document:
    """Put it in the order of GUILD: the data, how they were linked, how right that is and for whom, what is not known."""
    return Document(
        title=f"{statement.partnership}: linkage statement",
        subtitle=f"How records of one child at several agencies were brought together, and how far to rely on it: {statement.generation}",
        made_at=statement.made_at,
        source=f"{statement.partnership}, {statement.generation}, linkage {statement.linkage}, model {statement.model}.",
        sections=(
            _in_short(statement),
            _what(statement),
            _how(statement),
            _quality(statement),
            _fairness(statement),
            _linked_and_not(statement),
            _sensitivity(statement),
            _not_known(statement),
        ),
        keywords=("data linkage", "GUILD", statement.partnership),
    )


def _in_short(s: LinkageStatement) -> Section:
    several = f"{_counted(s.linked_people, 'of them')} are known to two agencies or more"
    lead = f"{_counted(s.people, 'people')} stand behind the linked figures; {several[:1].lower()}{several[1:]}."
    words = (
        "Precision is the share of linked pairs that are one person; recall is the share of pairs that are one person and were linked. "
        "Expected precision is what the cut in use promises."
    )
    table = DataTable(
        "How right the links are, with 95% intervals", ("Measure", "Estimate", "Estimated from"), tuple(key_lines(s)), numbers_from=3
    )
    return Section("in-short", "In short", (Paragraph(lead, lead=True), Paragraph(words), table, Note(s.reviewed)))


def _what(s: LinkageStatement) -> Section:
    made = f"Linkage {s.linkage} was made by {s.made_by} on {day_in_words(s.made_at)} from the returns of {s.generation}."
    table = DataTable("Records linked, by agency", ("Agency", "People as the agency knows them"), _worded(s.records))
    return Section(
        "what",
        "What was linked, and by whom",
        (Paragraph(f"{made} Agencies sent what they record anyway."), Paragraph(_GUILD), table, Note(_NOT_OF_A_RELEASE)),
    )


def _how(s: LinkageStatement) -> Section:
    prepared = (
        "Names are taken in all forms an agency recorded, former and other names too; accents, order and common spellings do not matter.",
        "Dates of birth are used as far as they are known; days that stand for “unknown” are left out.",
        "NHS numbers and unique pupil numbers count only where their check digit or letter is right; temporary ones are left out.",
        "Words that name nobody (“unborn”, “baby”, “twin 1”) and homes shared by very many are left out.",
        "Names, dates, numbers and addresses are used for linking only; they are not in the linked data.",
    )
    tables: list[Block] = [
        DataTable("What is compared", ("Compared", "From most alike to least"), s.comparisons, numbers_from=2),
        DataTable("What put records where they are", ("Rule", "Records"), _worded(s.methods)),
        DataTable("Pairs that looked alike and were kept apart", ("Reason", "Pairs"), _worded(s.forbidden)),
    ]
    words = (
        f"The model is {s.model}: {s.about_model}",
        "Evidence for and against is added up; a shared number with another agreeing fact joins at once. Records that hang together are "
        "one person only if nothing among them forbids it; twins, brothers and sisters are kept apart.",
    )
    before: list[Block] = [Heading("How the records were prepared"), Bullets(prepared), Heading("Comparisons and rules")]
    return Section("how", "How it was linked", (*before, *map(Paragraph, words), *tables))


def _quality(s: LinkageStatement) -> Section:
    shown = [line for line in s.missed if isinstance(line.pairs, int)]
    rows = [
        (f"{line.one} and {line.other}" if line.one != line.other else f"within {line.one}", _word(line.pairs), str(line.missed))
        for line in shown
    ]
    others = len(s.missed) - len(shown)
    between = f"Between other agencies ({others} of {len(s.missed)} pairs of agencies) the numbers are too small to be shown. "
    too_few = between if others else ""
    header = ("Agencies", "Pairs whose numbers agree", "Not linked by likeness alone")
    words = (
        f"Precision is {s.precision}; recall is {s.recall}. A missed link leaves one child as two; a wrong one makes two children one.",
        "Where two records carry the same believable number it is known that they are one person. The table says how many of those pairs "
        "would have been missed without it.",
    )
    table = DataTable("Missed where no number helps, by two agencies", header, tuple(rows))
    return Section("quality", "Quality of the links", (*map(Paragraph, words), table, Note(f"{too_few}{s.reviewed}")))


def _fairness(s: LinkageStatement) -> Section:
    note = (
        "Where links are missed more often in one group, its children look known to fewer agencies than they are. Intervals that overlap "
        "are no difference to rely on."
    )
    blocks: list[Block] = [Note(note)]
    for title, lines in _by_breakdown(s):
        rows = tuple((line.group, _word(line.people), str(line.linked), str(line.precision), str(line.recall)) for line in lines)
        header = (title.split(":")[0], "People", "Known to two agencies or more", "Precision", "Recall")
        blocks.append(DataTable(f"{title}: how many are linked, and how rightly, with 95% intervals", header, rows))
    return Section("fairness", "Whether linking works alike for everybody", tuple(blocks))


def _linked_and_not(s: LinkageStatement) -> Section:
    lead = (
        "Who is known to several agencies, and who to one only. A difference may be real, or come of links that were missed: recall in the "
        "section before tells how likely the second is."
    )
    blocks: list[Block] = [Paragraph(lead)]
    for title, lines in _by_breakdown(s):
        rows = tuple((line.group, str(line.of_linked), str(line.of_alone)) for line in lines)
        header = (title.split(":")[0], "Of those linked", "Of those not linked")
        blocks.append(DataTable(f"{title}: of those linked, and of those not", header, rows))
    return Section("linked", "Linked and not linked", tuple(blocks))


def _by_breakdown(s: LinkageStatement) -> Iterable[tuple[str, list[GroupLine]]]:
    for id, title in BREAKDOWNS.items():
        if lines := [line for line in s.groups if line.breakdown == id]:
            yield title, lines


def _sensitivity(s: LinkageStatement) -> Section:
    rows = []
    for line in s.cuts:
        rows.append((f"{_precision(line.expected_precision)}{', in use' if line.is_in_use else ''}", _word(line.people), _word(line.links)))
    words = (
        "The cut says how sure linking must be. It is given as the share of accepted pairs that are expected to be one person, from the "
        "least strict to the strictest."
    )
    table = DataTable("People and linked pairs at other cuts", ("Expected precision", "People", "Linked pairs"), tuple(rows))
    return Section("sensitivity", "What another cut would change", (Paragraph(words), table))


def _not_known(s: LinkageStatement) -> Section:
    known = [f"{each.what[:1].upper()}{each.what[1:]}: {each.reason}" for each in s.not_checked]
    always = (
        "Children whom no agency recorded are in none of the figures.",
        "Recall among people without any number is learnt from those who have one; they may be recorded better.",
        "A cut that would accept less likely pairs is judged by the pairs that were weighed; rarer ones may have been left out before.",
        "What links leave open about each linked figure is in the range it carries; this statement is about the links themselves.",
    )
    return Section("not-known", "What is not known", (Bullets((*known, *always)),))


def _precision(share: Shown) -> str:
    """To a hundredth of a per cent, because cuts differ by little."""
    if not isinstance(share, Share):
        return share
    return "over 99.99%" if 0.99995 < share.value < 1 else f"{share.value * 100:.2f}%"


def _basis(share: Shown) -> str:
    return share.basis if isinstance(share, Share) else "nothing"


def _worded(rows: Iterable[tuple[str, Number]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, _word(number)) for name, number in rows)


def _word(number: Number) -> str:
    return f"{number:,}" if isinstance(number, int) else number


def _counted(number: Number, noun: str) -> str:
    return f"About {number:,} {noun}" if isinstance(number, int) else f"A number ({number}) {noun}"


def key_lines(s: LinkageStatement) -> Iterable[tuple[str, str, str]]:
    """The measures that open the statement, for a terminal."""
    yield "Expected precision", str(s.expected_precision), _basis(s.expected_precision)
    yield "Precision", str(s.precision), _basis(s.precision)
    yield "Recall", str(s.recall), _basis(s.recall)
