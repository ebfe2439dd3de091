"""People who sign in."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth import authenticate
from django.test import RequestFactory

from sightline.app.roles import needs_second_factor
from sightline.app.second_factors import demo_code
from sightline.app.sign_in_standing import Against, against_signing_in
from sightline.app.users import add_user, create_demo_users, limit_sign_in, list_users, set_password
from sightline.errors import InputRefused, NotFound, Refused
from sightline.ledger.models import AuditEvent, Role, User
from tests.support.partnership import NOW

GOOD = "three-long-words-1234"


def add(workspace, **changes: object) -> None:
    request = {"name": "ada", "password": GOOD, "role": "analyst", "agency": None, "by": "t", "at": NOW}
    add_user(workspace, **request | changes)


def test_every_role_has_somebody_in_the_demo_who_can_sign_in(workspace):
    cast = create_demo_users(workspace, at=NOW)
    again = create_demo_users(workspace, at=NOW)

    assert {person.role for person in cast} == set(Role.values)
    assert {one.password for one in cast} & {one.password for one in again} == set()
    person = next(one for one in again if one.role == Role.AGENCY_DATA_OFFICER)
    user = authenticate(RequestFactory().post("/"), username=person.name, password=person.password)
    assert (user.role, user.agency) == ("agency_data_officer", "police")
    assert User.objects.count() == len(cast)
    needing = {person.name for person in cast if needs_second_factor(person.role)}
    assert {person.name for person in cast if person.app_key} == needing
    assert {person.name for person in list_users(at=NOW) if person.has_second_factor} == needing
    assert len(demo_code(workspace, "analyst", at=NOW)) == 6


def test_passwords_are_kept_as_argon2_and_never_in_the_audit(workspace):
    add(workspace)

    assert User.objects.get(username="ada").password.startswith("argon2")
    assert GOOD not in str(list(AuditEvent.objects.values()))


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"role": "king"}, NotFound, "strategic_lead"),
        ({"agency": "navy"}, NotFound, "police"),
        ({"role": "agency_data_officer"}, InputRefused, "--agency"),
        ({"password": "short"}, InputRefused, "too short"),
        ({"password": "password1234"}, InputRefused, "common"),
        ({"name": "a b;"}, InputRefused, "Nobody was added"),
    ],
)
def test_what_is_wrong_with_a_new_person_is_said(workspace, changes, error, says):
    with pytest.raises(error) as problem:
        add(workspace, **changes)

    assert says in str(problem.value)
    assert GOOD not in str(problem.value)
    assert User.objects.count() == 0


def test_a_name_belongs_to_one_person(workspace):
    add(workspace)

    with pytest.raises(Refused, match="may sign in already"):
        add(workspace, role="checker")
    assert User.objects.get().role == "analyst"


def test_a_lost_password_is_replaced_and_what_will_not_do_is_said(workspace):
    add(workspace)
    set_password(workspace, "ada", "four-other-words-99", by="admin", at=NOW)

    assert User.objects.get().check_password("four-other-words-99")
    assert AuditEvent.objects.get(action="password_changed").actor == "admin"
    with pytest.raises(NotFound, match="Nobody signs in"):
        set_password(workspace, "bob", GOOD, by="admin", at=NOW)
    with pytest.raises(InputRefused, match="too short"):
        set_password(workspace, "ada", "short", by="admin", at=NOW)


@pytest.mark.parametrize(("field", "against"), [("role_until", Against.ROLE_ENDED), ("trained_until", Against.UNTRAINED)])
def test_the_last_day_of_a_role_or_of_training_ends_access_and_a_later_one_gives_it_back(workspace, field, against):
    add(workspace)
    last, none = date(2026, 6, 30), {"role_until": None, "trained_until": None}
    midnight_here = datetime(2026, 6, 30, 23, tzinfo=UTC)

    def stands(at):
        return against_signing_in(User.objects.get(username="ada"), at=at)

    assert stands(midnight_here) is None
    limit_sign_in("ada", **none | {field: last}, by="t", at=NOW)
    assert stands(midnight_here - timedelta(seconds=1)) is None
    assert stands(midnight_here) is against
    assert [(person.against, getattr(person, field)) for person in list_users(at=midnight_here)] == [(against, last)]
    limit_sign_in("ada", **none | {field: last + timedelta(days=1)}, by="t", at=NOW)
    assert stands(midnight_here) is None
    assert str(last) in AuditEvent.objects.filter(action="sign_in_limited").order_by("seq").first().detail["told"]
    with pytest.raises(InputRefused):
        limit_sign_in("ada", **none, by="t", at=NOW)
    with pytest.raises(NotFound):
        limit_sign_in("nobody", **none | {field: last}, by="t", at=NOW)
