"""What was tried on a release, in plain words for a board: each attack, how often it was tried, and what came of it.

No number that an attack worked out is told here, nor held here: a finding names its place only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sightline.publish.document import Block, Bullets, DataTable, Document, Note, Paragraph, Section

FORMAT = "sightline-attack/1"
"""The name of the form in which a report is kept with its release."""
ATTACK = "attack.json"
"""The file of a release that tells what was tried on it before it was written."""
MOST_LISTED = 50

WORDS: dict[str, tuple[str, str]] = {
    "subtraction": ("Subtraction", "Take the parts that are shown from their total, over and over, until nothing new follows."),
    "bounds": ("All sums at once", "Ask for the least and the most that each withheld number can be, over every sum together."),
    "linked tables": ("Tables put beside each other", "Find two tables that count the same, and read in one what the other withholds."),
    "slivers": ("Areas laid over each other", "Take one area from another that nearly matches it; what is left may be a few streets."),
    "release pairs": (
        "Earlier releases",
        "Subtract an earlier release from this one, to see who was added or which return was taken back.",
    ),
    "unions and complements": (
        "Thousands of combinations",
        "Add up random groups, and take the rest from the total, with and without one of them.",
    ),
    "averaging": ("Asking again", "Look a number up wherever it is shown and ask for it twice; answers that differ would give it away."),
    "percentages": ("Percentages back to counts", "Turn percentages, rates and their ranges back into the counts they were made of."),
    "groups of 0 and 100%": ("All or nobody", "Find groups in which everybody, or nobody, must be counted: then belonging tells the rest."),
    "insiders": (
        "Somebody who is counted",
        "Know one number already, as the only child in it would, or two siblings, and go on from there.",
    ),
    "symbols": ("Numbers as they stand", "Look for small, zero or unrounded numbers, and for anything else the method cannot make."),
    "chart geometry": ("Measuring the charts", "Measure each bar, point, mark and colour, and compare with what the words say."),
    "tooltips and attributes": ("What the eye does not see", "Look in the page itself, behind each place that says withheld."),
    "maps": ("Maps", "Look for points instead of areas, and for numbers among the outlines."),
    "narrative": ("Numbers in sentences", "Read every sentence for a number that the tables do not show."),
    "empty and withheld": (
        "Empty or withheld",
        "Compare what is left empty with what is withheld: the difference would tell that nobody is there.",
    ),
    "order of rows": ("The order of rows", "See whether rows are sorted by size, so that a withheld one lies between its neighbours."),
    "outside totals": ("Other publications", "Put totals that others publish beside this release's."),
    "presence": ("The finest combinations", "Lay two breakdowns over each other, to learn that somebody is in both."),
    "headers and errors": (
        "Around the answers",
        "Ask a server for what there is not, and look at every header, for a number that nothing shown explains.",
    ),
    "timing": (
        "Timing",
        "Ask a server for what it answers with the same numbers, over and over, and see whether some of it takes longer.",
    ),
}
"""For each attack its title and what it does, in the order of the report."""


@dataclass(frozen=True, slots=True)
class TriedLine:
    """One attack, ready to be read."""

    title: str
    does: str
    tried: str
    came_of_it: str
    findings: tuple[tuple[str, str], ...]


def read_attack(content: bytes) -> dict[str, Any]:
    """A report that was kept with a release.

    Raises:
        ValueError: If it is of another form.
    """
    report: dict[str, Any] = json.loads(content)
    if report.get("format") != FORMAT:
        raise ValueError("not a report of attacks")
    return report


def lines_of(report: Mapping[str, Any]) -> list[TriedLine]:
    """Each attack of a report that `AttackReport.as_dict` gave, in plain words."""
    return [_line(each) for each in report["attacks"]]


def _line(each: Mapping[str, Any]) -> TriedLine:
    title, does = WORDS.get(each["attack"], (str(each["attack"]), ""))
    findings = tuple((str(found["where"]), str(found["what"])) for found in each["findings"])
    if not each["tried"] and each["not_tried"]:
        return TriedLine(title, does, "not tried", str(each["not_tried"]), ())
    came = f"{len(findings):,} found" if findings else "nothing found"
    if each["closer_than_five"]:
        came += f"; {each['closer_than_five']:,} small numbers lie among fewer than six possible ones"
    if each["not_tried"]:
        came += f". Not tried: {each['not_tried']}"
    return TriedLine(title, does, f"{each['tried']:,}", came, findings)


def summary_of(report: Mapping[str, Any]) -> str:
    """The outcome in one sentence."""
    tried = [each for each in report["attacks"] if each["tried"]]
    left = len(report["attacks"]) - len(tried)
    found = report["found"]
    outcome = "none found anything" if not found else f"{found:,} place{'s' if found != 1 else ''} gave something away"
    return f"{len(tried)} attacks were tried on {report['release']} and {outcome}; {left} could not be tried."


def attack_report(report: Mapping[str, Any], *, made_at: str = "") -> Document:
    """The report as a document, for people who decide whether a release may go out."""
    lines = lines_of(report)
    found = [line for line in lines if line.findings]
    sections = [Section("outcome", "What came of it", tuple(_opening(report)))]
    if found:
        sections.append(Section("found", "What gave something away", tuple(_found(found))))
    table = DataTable(
        "Each attack on this release",
        ("Attack", "What it does", "Times tried", "What came of it"),
        tuple((line.title, line.does, line.tried, line.came_of_it) for line in lines),
        numbers_from=4,
    )
    sections.append(Section("tried", "What was tried", (table,)))
    sections.append(Section("limits", "What this does not show", (Bullets(_LIMITS),)))
    return Document(
        title=f"What was tried on {report['release']}",
        subtitle="Attacks by a reader who holds only what is shown",
        made_at=made_at,
        source=f"Sightline, attacks on {report['release']}, made safe by {report['method']}.",
        sections=tuple(sections),
    )


_LIMITS = (
    "An attack that finds nothing does not prove that nothing can be found; it shows that this way, tried so often, leads nowhere.",
    "What an attack could not try is told as not tried, with the reason.",
    "Somebody who knows a child well may recognise them in a number that no arithmetic gives away.",
    "A number that was worked out is never written into this report: it names the indicator and the breakdown only.",
)


def _opening(report: Mapping[str, Any]) -> Iterable[Block]:
    yield Paragraph(summary_of(report), lead=True)
    yield Paragraph(
        "Before numbers about children go out, Sightline plays a reader who wants to find out what they hide. That reader has the files "
        "and pages, knows the method by which they were made safe, and nothing else. Each attack below was made by a program, every time "
        "in the same way."
    )
    yield Paragraph(f"Read: {_listed(report['read'])}." if report["read"] else "Nothing was read.")
    if report["beside"]:
        yield Paragraph(f"Together with: {_listed(report['beside'])}.")
    if report["unread"]:
        yield Note(f"Not read, and so not attacked: {_listed(report['unread'])}.")


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:12])
    return shown if len(names) <= 12 else f"{shown} and {len(names) - 12:,} more"


def _found(lines: Iterable[TriedLine]) -> Iterable[Block]:
    for line in lines:
        rows = line.findings[:MOST_LISTED]
        yield DataTable(f"{line.title}: {len(line.findings):,}", ("Where", "What a reader can do"), rows, numbers_from=2)
        if len(line.findings) > MOST_LISTED:
            yield Note(f"{len(line.findings) - MOST_LISTED:,} more of these are in the JSON of this report.")
