"""A document as a tagged PDF (PDF/UA-1) by typst, with fonts of our own: the same document gives the same bytes on every machine."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.resources import as_file, files
from typing import Any

import typst

from sightline.errors import SightlineError
from sightline.publish.document import Block, Bullets, DataTable, Document, Heading, Measures, Note, Paragraph, Picture

_KINDS: dict[type, str] = {
    Paragraph: "paragraph",
    Heading: "heading",
    Bullets: "bullets",
    Note: "note",
    DataTable: "table",
    Picture: "picture",
    Measures: "measures",
}


class ReportNotWritten(SightlineError):
    """typst could not set a report."""

    code = "SL-PUB-001"
    hint = "The HTML report has the same content; please report this with the message above."


def write_pdf(document: Document) -> bytes:
    """Set the document as PDF/UA-1.

    Raises:
        ReportNotWritten: If typst refuses, for example because a drawing is not valid SVG.
    """
    made = datetime.fromisoformat(document.made_at)
    made = (made if made.tzinfo else made.replace(tzinfo=UTC)).replace(microsecond=0)  # a PDF tells seconds, and typst refuses more
    package = files("sightline.publish")
    template = package.joinpath("document.typ").read_bytes()
    with as_file(package.joinpath("fonts")) as fonts:
        try:
            return bytes(
                typst.compile(
                    template,
                    format="pdf",
                    pdf_standards="ua-1",
                    font_paths=typst.Fonts(include_system_fonts=False, font_paths=[fonts]),
                    sys_inputs={"document": json.dumps(_payload(document, made))},
                    timestamp=made,
                )
            )
        except typst.TypstError as problem:
            raise ReportNotWritten(f"The PDF could not be set: {problem.message}") from problem


def _payload(document: Document, made: datetime) -> dict[str, Any]:
    return {
        "title": document.title,
        "subtitle": document.subtitle,
        "source": document.source,
        "author": "Sightline",
        "keywords": list(document.keywords),
        "date": {"year": made.year, "month": made.month, "day": made.day},
        "sections": [
            {"title": section.title, "new_page": section.new_page, "columns": section.columns, "blocks": list(map(_block, section.blocks))}
            for section in document.sections
        ],
    }


def _block(block: Block) -> dict[str, Any]:
    data = _with_text_drawings(asdict(block))
    return {"kind": _KINDS[type(block)]} | data


def _with_text_drawings(data: dict[str, Any]) -> dict[str, Any]:
    """JSON has no bytes: drawings become text."""
    for key, value in data.items():
        if isinstance(value, bytes):
            data[key] = value.decode()
        elif isinstance(value, dict):
            _with_text_drawings(value)
        elif isinstance(value, tuple | list):
            data[key] = [_with_text_drawings(item) if isinstance(item, dict) else item for item in value]
    return data
