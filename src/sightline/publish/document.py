"""A report before it has a form: sections of plain blocks, which one writer turns into HTML and another into PDF.

Text in a block is text, never markup: writers escape it. So a ward called ``<b>`` or ``#strong`` is printed as it is spelt.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph; ``lead`` sets it larger, for the sentence that opens a section."""

    text: str
    lead: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading below the section's own: level 3 or 4 where the document's title is 1 and a section's is 2; may start a page in print."""

    text: str
    level: int = 3
    new_page: bool = False


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list without order."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """Something to keep in mind while reading what follows."""

    text: str


@dataclass(frozen=True, slots=True)
class DataTable:
    """Numbers in words and figures; the first column names its row, columns from ``numbers_from`` are set to the right.

    The last cell of a row that is shorter than the header stands across the rest: it says once why the row has no number.
    """

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers_from: int = 1


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing made by `sightline.publish.svg`, with the words for people who do not see it."""

    svg: bytes
    alt: str
    caption: str


@dataclass(frozen=True, slots=True)
class Measure:
    """One of the few numbers that open a report: its name, value, unit, how it moved, what it rests on, its shape over time."""

    title: str
    value: str
    unit: str
    change: str
    coverage: str
    shape: Picture | None = None


@dataclass(frozen=True, slots=True)
class Measures:
    """The measures that open a report, side by side."""

    items: tuple[Measure, ...]


Block = Paragraph | Heading | Bullets | Note | DataTable | Picture | Measures


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report with a title; ``id`` is its address; ``new_page`` starts a page in print, set in so many ``columns``."""

    id: str
    title: str
    blocks: tuple[Block, ...]
    new_page: bool = False
    columns: int = 1


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report.

    ``made_at`` is an ISO instant taken from what is reported, never from the clock, so that the same content gives the same bytes.
    ``source`` stands at the foot of every page.
    """

    title: str
    subtitle: str
    made_at: str
    source: str
    sections: tuple[Section, ...]
    keywords: tuple[str, ...] = field(default=())
