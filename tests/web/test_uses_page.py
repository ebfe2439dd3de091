"""What came of returns: counted from the ledger and the audit, told to the agency that sent them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sightline.app.roles import Role
from sightline.app.uses import uses_in_words, uses_of
from sightline.ledger import audit
from sightline.ledger.models import Generation, GenerationReturn, ReturnVersion
from sightline.ledger.states import State
from sightline.model.figures import NotAvailable
from sightline.model.releases import Coverage
from sightline.web.release_source import source
from tests.web.reading import words_of

NOW = datetime(2026, 5, 15, 9, tzinfo=UTC)


@pytest.fixture
def sent(pages, db) -> None:
    """Two returns of the police in the generation that the example release is made of."""
    generation = Generation.objects.create(number=pages.all()[0].generation, digest="d" * 64, published_at=NOW, published_by="t")
    for place, period in enumerate(("2025-Q4", "2026-Q1")):
        version = ReturnVersion.objects.create(
            id=f"police-{period}",
            agency="police",
            dataset="occurrences",
            period=period,
            period_from=NOW.date(),
            period_to=NOW.date() + timedelta(days=90),
            version=1,
            state=State.ACCEPTED,
            idempotency_key=period,
            received_at=NOW,
            rows_read=1,
            rows_kept=1,
            submitted_by="t",
        )
        GenerationReturn.objects.create(generation=generation, return_version=version, position=place)


def record(action: str, object: str, **detail: object) -> None:
    with audit.writing():
        audit.record(action, object, by="t", at=NOW, detail=detail)


def test_figures_reports_and_reads_of_a_release_are_counted_for_the_agency_that_fed_it(sent, pages):
    number, first = pages.all()[0].number, pages.release.indicators[0].id
    pages.release = replace(pages.release, coverage=(Coverage(first, "2026-Q1", ("csc", "police")), Coverage(first, "2025-Q4", ("csc",))))
    record("report_made", f"release {number}")
    record("report_made", "release 99")
    for role, release in (("Analyst", number), ("Analyst", number), ("Strategic lead", number), ("Analyst", 99)):
        record("page_read", "/", role=role, release=release)
    record("page_refused", "/", role="Analyst", release=number)

    newest = uses_of("police", source().all(), source().numbered)[0]
    of_first = [each for each in pages.release.figures if (each.indicator, each.period) == (first, "2026-Q1")]
    assert newest.figures == sum(not isinstance(each.count, NotAvailable) for each in of_first)
    assert newest.indicators == (pages.release.indicators[0].title,)
    assert newest.figures > 0
    assert [each.period for each in newest.returns] == ["2026-Q1", "2025-Q4"]
    assert (newest.reports, newest.times_read, newest.read_by) == (1, 3, (("Analyst", 2), ("Strategic lead", 1)))
    assert uses_in_words(newest).endswith("1 report was made of it; its pages and files were read 3 times (Analyst 2, Strategic lead 1).")
    assert uses_of("housing", source().all(), source().numbered) == []


def test_the_page_tells_an_officer_of_the_own_agency_only(sent, pages, sign_in):
    officer = sign_in(Role.AGENCY_DATA_OFFICER, agency="police")
    told = words_of(officer.get("/data/uses"))

    assert "Returns in it 2" in told
    assert "Actions that a partnership decided on are not kept yet" in told
    assert officer.get("/data/uses?agency=csc").status_code == 404
    everybody = sign_in(Role.STRATEGIC_LEAD)
    assert "No release has a return of this agency" in words_of(everybody.get("/data/uses?agency=housing"))
    assert everybody.get("/data/uses?agency=none").status_code == 404


def test_where_there_is_no_release_the_page_says_so(empty_pages, sign_in):
    assert "There is nothing to tell yet" in words_of(sign_in(Role.STRATEGIC_LEAD).get("/data/uses"))
