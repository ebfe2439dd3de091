"""A document as HTML that needs nothing else: styles and drawings inside, no script, no request, and a layout for paper."""

from __future__ import annotations

from importlib.resources import files

from sightline.publish.document import (
    Block,
    Bullets,
    DataTable,
    Document,
    Heading,
    Measure,
    Measures,
    Note,
    Paragraph,
    Picture,
    Section,
)
from sightline.publish.svg import element, plain


def write_html(document: Document) -> bytes:
    """The whole document as one file."""
    contents = [element("li", element("a", plain(s.title), href=f"#{s.id}")) for s in document.sections]
    return _page(document, document.title, contents, [_section(section) for section in document.sections])


def write_pages(document: Document) -> dict[str, bytes]:
    """The document as a folder of pages, one for each section: the first is ``index.html``, the others have their section's id."""
    names = ["index.html", *(f"{section.id}.html" for section in document.sections[1:])]
    pages = {}
    for here, section in zip(names, document.sections, strict=True):
        contents = [
            element("li", element("a", plain(s.title), href=name, aria_current="page" if name == here else None))
            for name, s in zip(names, document.sections, strict=True)
        ]
        pages[here] = _page(document, f"{section.title} - {document.title}", contents, [_section(section)])
    return pages


def _page(document: Document, title: str, contents: list[str], body: list[str]) -> bytes:
    style = files("sightline.publish").joinpath("document.css").read_text(encoding="utf-8")
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>{plain(title)}</title><style>{style}</style>"
    )
    page = (
        '<a class="skip" href="#main">Skip to main content</a>'
        f'<header><p class="subtitle">{plain(document.subtitle)}</p><h1>{plain(document.title)}</h1></header>'
        f'<nav aria-label="Contents"><h2>Contents</h2><ol>{"".join(contents)}</ol></nav>'
        f'<main id="main">{"".join(body)}</main>'
        f"<footer><p>{plain(document.source)}</p></footer>"
    )
    return f'<!DOCTYPE html>\n<html lang="en-GB"><head>{head}</head><body>{page}</body></html>\n'.encode()


def _section(section: Section) -> str:
    blocks = "".join(_block(block) for block in section.blocks)
    if section.columns > 1:
        blocks = element("div", blocks, class_="columns")
    return (
        f'<section id="{plain(section.id)}" aria-labelledby="{plain(section.id)}-h"{" class=new-page" if section.new_page else ""}>'
        f'<h2 id="{plain(section.id)}-h">{plain(section.title)}</h2>{blocks}</section>'
    )


def _block(block: Block) -> str:
    html = ""
    match block:
        case Paragraph(text, lead):
            html = element("p", plain(text), class_="lead" if lead else None)
        case Heading(text, level, new_page):
            html = element(f"h{level}", plain(text), class_="new-page" if new_page else None)
        case Bullets(items) if items:
            html = element("ul", *(element("li", plain(item)) for item in items))
        case Note(text):
            html = element("p", plain(text), class_="note")
        case DataTable():
            html = _table(block)
        case Picture():
            html = _picture(block)
        case Measures(items) if items:
            html = element("ul", *(_measure(item) for item in items), class_="measures")
    return html


def _table(table: DataTable) -> str:
    def number(column: int) -> str | None:
        return "number" if column >= table.numbers_from else None

    header = [element("th", plain(words), scope="col", class_=number(column)) for column, words in enumerate(table.header)]

    def cell(row: tuple[str, ...], column: int) -> str:
        words = plain(row[column])
        if column == 0:
            return element("th", words, scope="row")
        if column == len(row) - 1 < len(table.header) - 1:
            return element("td", words, colspan=str(len(table.header) - column))
        return element("td", words or " ", class_=number(column))

    rows = [element("tr", *(cell(row, column) for column in range(len(row)))) for row in table.rows]
    caption, head, body = (
        element("caption", plain(table.caption)),
        element("thead", element("tr", *header)),
        f"<tbody>{''.join(rows)}</tbody>",
    )
    whole = element("table", caption, head, body)
    return element("div", whole, class_="scroll", tabindex="0", role="region", aria_label=table.caption)


def _picture(picture: Picture) -> str:
    return element("figure", picture.svg.decode(), element("figcaption", plain(picture.caption)) if picture.caption else "")


def _measure(measure: Measure) -> str:
    return element(
        "li",
        element("h3", plain(measure.title)),
        element("p", plain(measure.value), class_="value"),
        element("p", plain(measure.unit), class_="unit"),
        measure.shape.svg.decode() if measure.shape else "",
        element("p", plain(measure.change), class_="change"),
        element("p", plain(measure.coverage), class_="coverage"),
    )
