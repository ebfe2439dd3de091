"""Reading a page as a person does: its words, its tables."""

from __future__ import annotations

from lxml import html


def document(response) -> html.HtmlElement:
    return html.fromstring(response.content.decode())


def text_of(node: html.HtmlElement) -> str:
    """All words a reader meets, with single spaces; scripts and styles are not words."""
    copy = html.fromstring(html.tostring(node))
    for silent in copy.xpath("//script | //style"):
        silent.drop_tree()
    return " ".join(" ".join(copy.itertext()).split())


def words_of(response) -> str:
    return text_of(document(response))


def table(response, caption: str) -> list[list[str]]:
    """The cells of the table with that caption, heading row first."""
    for each in document(response).xpath("//table"):
        if caption in text_of(each.find("caption")):
            return [[text_of(cell) for cell in row.xpath("./th | ./td")] for row in each.xpath(".//tr")]
    raise AssertionError(f"no table called {caption}")
