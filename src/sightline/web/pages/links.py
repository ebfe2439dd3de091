"""How records of one child were brought together: the linkage statement as a page, and to take along as a file.

Every number of it has passed the gate before it comes here.
"""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from sightline.app.linkage_statement import CONTENT_TYPES, statement_file
from sightline.app.token_keys import KeyTold, keys_told
from sightline.model.figures import WITHHELD_WORD
from sightline.publish.document import Block, Bullets, DataTable, Heading, Note, Paragraph
from sightline.publish.linkage_statement import NOT_KNOWN, linkage_statement
from sightline.publish.words import day_in_words
from sightline.web.page import current_release, home, page
from sightline.web.permissions import may_see, role_of
from sightline.web.release_source import source

_KINDS: dict[type, str] = {Paragraph: "paragraph", Heading: "heading", Bullets: "bullets", Note: "note", DataTable: "table"}


def links(request: HttpRequest) -> HttpResponse:
    """The statement, section by section; while nothing is linked, what to do."""
    statement = source().linkage_statement()
    document = linkage_statement(statement) if statement else None
    workspace = source().workspace
    sections = [(section, [(_kind(block), block) for block in section.blocks]) for section in (document.sections if document else ())]
    return page(
        request,
        "pages/links.html",
        title="How records were linked",
        release=current_release(),
        crumbs=[home(), ("Returns and quality", reverse("returns"))],
        section="links",
        statement=statement,
        document=document,
        sections=sections,
        words_for_numbers=(WITHHELD_WORD, NOT_KNOWN),
        files=[(kind.upper(), reverse("links_file", args=[kind])) for kind in CONTENT_TYPES],
        keys=[_key(told) for told in keys_told(workspace, timezone.now())] if workspace is not None else (),
        may_review=may_see(role_of(request), "link_reviews"),
    )


def links_file(request: HttpRequest, kind: str) -> HttpResponse:
    """The same as a file."""
    statement = source().linkage_statement()
    if kind not in CONTENT_TYPES or statement is None:
        raise Http404("There is no such file.")
    response = HttpResponse(statement_file(statement, kind), content_type=CONTENT_TYPES[kind])
    response["Content-Disposition"] = f'attachment; filename="linkage-statement-{statement.linkage}.{kind}"'
    return response


def _key(told: KeyTold) -> dict[str, object]:
    """One key of tokens as a row of the table."""
    key = told.key
    days = day_in_words(key.from_date.isoformat()) + (f" until {day_in_words(key.until.isoformat())}" if key.until else "")
    ended = f" on {day_in_words(key.ended_at.isoformat())}" if key.ended_at else ""
    state = f"{told.state.value.capitalize()}{ended}"
    return {"id": key.key_id, "state": state, "days": days, "returns": f"{told.returns:,}", "waiting": told.waiting_named}


def _kind(block: Block) -> str:
    return _KINDS[type(block)]
