"""Ask a table: rows, columns, filters and a period of one indicator, as a form without a script; the answer, its chart and its files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from sightline.app.ask_table import AskedWrongly, Question, ask, completed, period_words, tables_for
from sightline.app.cubes import file_of
from sightline.model.cubes import Axis, ReleasedTable
from sightline.model.figures import WITHHELD_WORD, Withheld
from sightline.model.releases import Release
from sightline.publish.asked_table import ASKED_KINDS, NUMBERS, SHOWN_AS, AskedTable, asked_chart, asked_file
from sightline.web import words
from sightline.web.downloads import release_of
from sightline.web.drawings import inline
from sightline.web.page import current_release, home, release_page
from sightline.web.release_source import source

WHERE = "where-"
NOT_UNDERSTOOD = 400


@dataclass(frozen=True, slots=True)
class Tab:
    """One table, as a link."""

    name: str
    says: str
    address: str
    current: bool


@dataclass(frozen=True, slots=True)
class Filter:
    """The boxes of one axis, by way of looking; ``chosen`` says how many are ticked."""

    name: str
    title: str
    groups: list[tuple[str, list[dict[str, Any]]]]
    chosen: int
    error: str = ""


def ask_table(request: HttpRequest, id: str) -> HttpResponse:
    """The page: everything that is asked is in the address, so an answer can be kept, sent and printed."""
    release = current_release()
    crumbs = [home(), ("Indicators", reverse("indicators"))]
    if release is None:
        return release_page(request, "", title="Ask a table", release=None, crumbs=crumbs, section="indicators")
    indicator = next((each for each in release.indicators if each.id == id), None)
    if indicator is None:
        raise Http404("This release has no such indicator.")
    crumbs.append((indicator.title, reverse("indicator", kwargs={"id": id})))
    own = tables_for(source().tables(release), id)
    context: dict[str, Any] = {"indicator": indicator, "asked": None, "errors": {}}
    if own:
        context |= _asked(request, release, own, id)
    response = release_page(
        request, "pages/ask_table.html", title="Ask a table", release=release, crumbs=crumbs, section="indicators", **context
    )
    if context["errors"]:
        response.status_code = NOT_UNDERSTOOD
    return response


def _asked(request: HttpRequest, release: Release, own: Sequence[ReleasedTable], id: str) -> dict[str, Any]:
    question, errors, asked = question_of(request, id), {}, None
    try:
        asked = ask(release, own, question)
        question = completed(own, question)[1]
    except AskedWrongly as wrongly:
        errors = wrongly.mistakes
    table = next((each for each in own if each.id == question.table), own[0])
    return {
        "says": table.says,
        "question": question,
        "tabs": [_tab(each, id, current=each is table) for each in own],
        "row_choices": _ways(table),
        "column_choices": [{"value": "", "text": "Nothing: one column"}, *_ways(table)],
        "period_choices": [{"value": each, "text": period_words(each)} for each in reversed(table.periods(id))],
        "show_choices": [{"value": each, "text": title} for each, title in SHOWN_AS.items()],
        "filters": [_filter(axis, question.where.get(axis.id, ()), errors.get(f"{WHERE}{axis.id}", "")) for axis in table.axes],
        "errors": errors,
        "error_list": [{"text": message, "href": f"#{part}"} for part, message in errors.items()],
        "asked": asked,
        "chart": inline(asked_chart(asked)) if asked is not None and asked.cells else None,
        "printed": [[name, *map(_cell, cells)] for name, *cells in asked.printed()] if asked is not None else [],
        "files": _files(release, asked, question) if asked is not None and asked.cells else [],
        "start_again": f"{reverse('ask_table', kwargs={'id': id})}?{urlencode({'table': table.id})}",
    }


def _cell(text: str) -> object:
    """A number already written out, or the word that it is withheld: a row of nothing else says it once."""
    return Withheld.WITHHELD if text == WITHHELD_WORD else words.Bare(text)


def question_of(request: HttpRequest, id: str) -> Question:
    """What the address asks."""
    asked = request.GET
    where = {name.removeprefix(WHERE): tuple(asked.getlist(name)) for name in asked if name.startswith(WHERE)}
    shown_as = asked.get("show") or NUMBERS
    return Question(id, asked.get("table", ""), asked.get("period", ""), asked.get("rows", ""), asked.get("columns", ""), where, shown_as)


def ask_table_file(request: HttpRequest, number: int, id: str, kind: str) -> HttpResponse:
    """The same answer of one release as a file."""
    release = release_of(number)
    if kind not in ASKED_KINDS:
        raise Http404("There is no such file.")
    try:
        asked = ask(release, source().tables(release), question_of(request, id))
    except AskedWrongly as wrongly:
        raise Http404(str(wrongly)) from None
    response = HttpResponse(asked_file(asked, kind), content_type=ASKED_KINDS[kind])
    response["Content-Disposition"] = f'attachment; filename="{id}-{asked.table}-release-{number}.{kind}"'
    return response


def whole_table_file(request: HttpRequest, number: int, id: str) -> HttpResponse:
    """A whole table of one release, for programs: the protected atoms that every answer is a sum of, as they are kept."""
    release = release_of(number)
    may_be_taken = any(table.id == id and table.serves_atoms for table in source().tables(release))
    content = source().attachment(release, file_of(id)) if may_be_taken else None
    if content is None:
        raise Http404("This release has no such table.")
    response = HttpResponse(content, content_type="application/vnd.apache.parquet")
    response["Content-Disposition"] = f'attachment; filename="{id}-release-{number}.parquet"'
    return response


def _tab(table: ReleasedTable, id: str, *, current: bool) -> Tab:
    return Tab(table.title, table.says, f"{reverse('ask_table', kwargs={'id': id})}?{urlencode({'table': table.id})}", current)


def _ways(table: ReleasedTable) -> list[dict[str, str]]:
    return [{"value": way, "text": title} for axis in table.axes for way, title in axis.ways]


def _filter(axis: Axis, ticked: Sequence[str], error: str) -> Filter:
    groups = [
        (title, [{"value": code, "text": axis.words(code), "checked": code in ticked} for code in axis.along(way)])
        for way, title in axis.ways
    ]
    return Filter(f"{WHERE}{axis.id}", axis.title, groups, len(ticked), error)


def _files(release: Release, asked: AskedTable, question: Question) -> list[tuple[str, str]]:
    query: Mapping[str, object] = {
        "table": question.table,
        "period": question.period,
        "rows": question.rows,
        "columns": question.columns,
        "show": question.shown_as,
        **{f"{WHERE}{axis}": list(codes) for axis, codes in question.where.items()},
    }
    kept = urlencode({name: value for name, value in query.items() if value}, doseq=True)
    address = {"number": release.number, "id": asked.indicator.id}
    return [(kind.upper(), f"{reverse('ask_table_file', kwargs={**address, 'kind': kind})}?{kept}") for kind in ASKED_KINDS]
