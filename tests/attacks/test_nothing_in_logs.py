"""Nothing that anybody types reaches a log of the server, wherever they type it; a failure leaves where it was, and no value."""

from __future__ import annotations

import io
import logging
import ssl

import pytest
from django.http import HttpRequest, HttpResponse
from tests.support.logs import written_by_the_server
from tests.web.conftest import empty_pages, pages, sign_in  # noqa: F401 - fixtures
from tests.web.reading import document
from tests.web.test_permissions import ADDRESSES

from sightline.app.failure_log import LOGGER, FailureFormatter
from sightline.app.roles import Role
from sightline.ledger.models import AuditEvent
from sightline.web.permissions import PAGES, PUBLIC, may_see, may_send

CANARY = "Zebediah-Quillfeather"
FIELDS = ("next", "person", "agency", "kind", "since", "before", "dataset", "purpose", "area", "period", "row", "column", "q", "username")
HEADERS = {"HTTP_REFERER": f"http://localhost/{CANARY}", "HTTP_USER_AGENT": CANARY, "HTTP_X_REQUEST_ID": CANARY}
READERS = ((Role.ANALYST, ""), (Role.AGENCY_DATA_OFFICER, "police"), (Role.DATA_PROTECTION_OFFICER, ""), (Role.PRACTITIONER, "csc"))
WHY = {"words", "reason"}
"""What is asked for so that it is kept: why something was done."""


@pytest.fixture
def log():
    """All that any logger would write, down to the last detail, as the server would write it and as Python does by itself."""
    written = io.StringIO()
    handlers = [logging.StreamHandler(written), logging.StreamHandler(written)]
    handlers[0].setFormatter(FailureFormatter())
    root, level = logging.getLogger(), logging.getLogger().level
    for each in handlers:
        root.addHandler(each)
    root.setLevel(logging.INFO)
    yield written
    root.setLevel(level)
    for each in handlers:
        root.removeHandler(each)


def names_in_forms(answer: HttpResponse) -> set[str]:
    return {str(each) for each in document(answer).xpath("//form//*[@name]/@name")} - {"csrfmiddlewaretoken"}


@pytest.mark.parametrize(("role", "agency"), READERS)
def test_what_is_typed_into_any_field_of_any_page_is_in_no_log_and_no_event_and_no_form_leads_to_it(role, agency, pages, sign_in, log):  # noqa: F811
    client = sign_in(role, agency=agency)
    typed = 0

    for name, address in ADDRESSES.items():
        if PAGES[name] is PUBLIC or not may_see(role, name):
            continue
        plain = client.get(address)
        fields = names_in_forms(plain) if plain.headers["Content-Type"].startswith("text/html") and plain.status_code == 200 else set()
        client.get(address, dict.fromkeys({*FIELDS, *fields}, CANARY), **HEADERS)
        if may_send(role, name):
            sent = client.post(address, dict.fromkeys(fields - WHY, CANARY), **HEADERS)
            assert CANARY not in sent.headers.get("Location", ""), name
        typed += len(fields)

    assert typed > 20, "fields were found"
    assert CANARY not in log.getvalue()
    assert not [each for each in AuditEvent.objects.values_list("action", "object", "detail") if CANARY in str(each)]


def broken(request: HttpRequest) -> HttpResponse:
    """A page that fails over what was sent, as somebody's own words for a fault may quote it."""
    try:
        return HttpResponse(int(request.GET["name"]))
    except ValueError as problem:
        raise RuntimeError(f"cannot count {request.GET['name']}") from problem


def test_a_failure_is_written_down_with_its_place_and_without_what_was_sent(pages, sign_in, monkeypatch):  # noqa: F811
    written = written_by_the_server(monkeypatch)
    client = sign_in(Role.ANALYST)
    client.raise_request_exception = False
    monkeypatch.setattr("sightline.web.permissions.PermissionMiddleware.process_view", lambda self, request, *more: broken(request))

    answer = client.get("/agencies", {"name": CANARY})

    told = written.getvalue()
    assert answer.status_code == 500
    assert CANARY not in told + answer.content.decode()
    assert "GET /agencies status 500" in told.splitlines()[0]
    assert [line.strip() for line in told.splitlines() if "Error" in line] == ["builtins.RuntimeError", "builtins.ValueError"]
    assert f"{__file__}:" in told
    assert "in broken" in told


def test_a_wrong_host_is_written_down_without_the_name_that_was_sent(client, monkeypatch, db):
    written = written_by_the_server(monkeypatch)

    assert client.get("/", HTTP_HOST=f"{CANARY}.example").status_code == 400
    assert "django.security.DisallowedHost" in written.getvalue()
    assert CANARY.casefold() not in written.getvalue().casefold()


def test_our_own_words_are_kept_and_what_would_be_filled_into_them_is_not():
    problem = ssl.SSLCertVerificationError(1, f"certificate of {CANARY}")
    try:
        raise problem
    except ssl.SSLCertVerificationError:
        record = logging.getLogger(LOGGER).makeRecord(
            LOGGER, logging.ERROR, "", 0, "Nobody answered %s.", (CANARY,), (type(problem), problem, None)
        )

    told = FailureFormatter().format(record)

    assert told.splitlines()[0].endswith("ERROR sightline.failures Nobody answered %s.")
    assert "ssl.SSLCertVerificationError" in told
    assert CANARY not in told
