"""Counting through numbers and names tells nothing: what is another's, and what is none, are answered alike."""

from __future__ import annotations

import re

import pytest

from sightline.app import outputs
from sightline.app.roles import Role
from sightline.web.release_source import WorkspaceSource, _read, using
from tests.support.outputs import asked, with_release
from tests.support.partnership import referral

pytestmark = pytest.mark.django_db
ANY_ROLE = [Role.PRACTITIONER, Role.ELECTED_MEMBER, Role.ADMINISTRATOR]
FULL, NONE = "1", "987"


def told(answer, asked_for: str) -> tuple[int, str, str]:
    """All that somebody learns of an answer, without what they sent themselves and the token of the form."""
    body = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", answer.content.decode("utf-8", "replace")).replace(asked_for, "…")
    return answer.status_code, answer.headers.get("Location", "").replace(asked_for, "…"), body


@pytest.fixture
def town(workspace, submit):
    """A workspace with one release and one output that waits."""
    sent = submit(referral=[referral("A1")])
    with_release(workspace, returns=(sent.return_id,))
    asked(workspace)
    with using(WorkspaceSource(workspace.root)):
        yield workspace
    _read.cache_clear()


HIDDEN = ("/outputs/{}", "/outputs/{}/file", "/data/links/review/{}", "/data/returns/police/police/{}", "/audit/events.{}")
NUMBERED = ("/releases/{}", "/releases/{}/figures.csv", "/releases/{}/attacked", "/outputs/{}", "/outputs/{}/file", "/data/links/review/{}")


def told_of(client, address: str) -> tuple[int, str, str]:
    return told(client.get(address), address)


def test_what_a_role_may_not_see_is_refused_alike_whether_or_not_it_is_there(town, sign_in):
    for role in ANY_ROLE:
        client = sign_in(role)
        for address in HIDDEN:
            there, not_there = (told_of(client, address.format(which)) for which in (FULL, NONE))
            assert there == not_there, address
            assert there[0] == 403


def test_nobody_who_is_not_signed_in_is_told_which_numbers_there_are(town, client):
    for address in NUMBERED:
        there, not_there = (told_of(client, address.format(which)) for which in (FULL, NONE))
        assert there == not_there, address
        assert there[0] == 302


def test_what_is_another_s_and_what_is_none_are_answered_alike(pages, sign_in):
    """The example has findings of the police for 2026-Q1 and none of anybody for 2031-Q1."""
    client = sign_in(Role.AGENCY_DATA_OFFICER, "housing")

    for ending in ("", "/findings.json", "/findings.html"):
        answers = [told_of(client, f"/data/returns/police/police/{period}{ending}") for period in ("2026-Q1", "2031-Q1")]
        assert answers[0] == answers[1]
        assert answers[0][0] == 404


def test_a_file_that_waits_and_one_that_is_none_are_answered_alike_to_who_asks(town, sign_in):
    client = sign_in(Role.ANALYST, "csc")
    assert outputs.list_outputs()[0].number == 1

    answers = [client.get(f"/outputs/{number}/file").status_code for number in (1, 987)]

    assert answers == [404, 404]


def test_a_number_beyond_what_the_ledger_holds_is_not_found(town, sign_in):
    analyst, protection = sign_in(Role.ANALYST, "csc"), sign_in(Role.DATA_PROTECTION_OFFICER)

    for number in ("0", "2147483648", "9223372036854775808", "9" * 60, "9" * 3999):
        assert {analyst.get(address.format(number)).status_code for address in NUMBERED} == {404}, number[:20]
        assert protection.get(f"/audit?before={number}").status_code in (200, 404)
    assert protection.get(f"/audit?before={'9' * 5000}").status_code == 400


def test_a_sign_in_name_is_not_told_by_trying_it(client, django_user_model):
    django_user_model.objects.create_user("alex", password="a long enough password", role=Role.ANALYST)

    answers = [told(client.post("/sign-in", {"username": name, "password": "wrong"}), name) for name in ("alex", "blex")]

    assert answers[0] == answers[1]
