"""The motivated-intruder checklist as one HTML page, for those who sign it and those who ask afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sightline.publish.document import DataTable, Document, Note, Paragraph, Section
from sightline.publish.write_html import write_html


def checklist_page(told: Mapping[str, Any]) -> bytes:
    """The page of a checklist as its JSON has it."""
    tried = tuple((each["what"], each["times"], each["came_of_it"]) for each in told["tried"])
    questions = tuple(_question(each) for each in told["questions"])
    signed = f"Signed by {told['signed_by']}, {told['signed_at']}." if told["signed_by"] else "Nobody has signed this yet."
    sections = (
        Section(
            "tried",
            "What was tried automatically",
            (
                Paragraph(f"{told['found']:,} places gave something away." if told["found"] else "Nothing was found.", lead=True),
                DataTable("Each attempt", ("What was tried", "Times", "What came of it"), tried, numbers_from=3),
            ),
        ),
        Section(
            "answered",
            "What a person must answer",
            (
                Note("A program knows no neighbours, newspapers or colleagues. These questions are for somebody who does."),
                DataTable("Each question", ("Question", "What it is asked for", "Answer", "By"), questions, numbers_from=4),
            ),
        ),
        Section("signed", "Sign-off", (Paragraph(signed),)),
    )
    title = f"Could somebody be found in {told['subject']}?"
    return write_html(Document(title, "Motivated-intruder checklist", told["signed_at"] or "", f"Sightline, {told['subject']}", sections))


def _question(each: Mapping[str, Any]) -> tuple[str, str, str, str]:
    answer = each["answer"]
    by = f"{answer['by']}, {answer['at'][:10]}" if answer else ""
    return each["question"], each["asks"], answer["text"] if answer else "not answered", by
