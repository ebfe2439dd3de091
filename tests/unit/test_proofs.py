"""Two people at one command line: each proves who they are, and an option that names somebody is no proof."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from sightline.app.proofs import MOST_TRIES, WAIT, NotProved, TooManyTries, asked_for, prove
from sightline.app.publish_generation import publish_generation
from sightline.app.quarantine import end_quarantine, put_in_quarantine
from sightline.app.roles import Role
from sightline.app.second_factors import demo_code, give_app, new_recovery_codes, new_secret
from sightline.app.withdraw_return import withdraw_return
from sightline.cli.main import app
from sightline.errors import InputRefused, NotFound, Refused
from sightline.ledger import audit
from sightline.ledger.erasures import SecondPersonNeeded
from sightline.ledger.models import AuditEvent, ReturnVersion, User
from sightline.ledger.states import State
from tests.support.partnership import NOW, referral

pytestmark = pytest.mark.django_db
OFFICERS = frozenset({Role.DATA_PROTECTION_OFFICER})


def person(name, role=Role.DATA_PROTECTION_OFFICER, *, agency="", app_key=True):
    """Somebody of the demo, so that a code can be asked for; the password is the name twice over."""
    user = User(username=name, role=role, agency=agency, is_invented=True)
    user.set_password(name * 2)
    user.save()
    if app_key:
        give_app(user, new_secret(), at=NOW)
    return user


def code(workspace, name, at=None):
    return demo_code(workspace, name, at=at or datetime.now(UTC))


def proved(name, secret, *, at=NOW, roles=OFFICERS):
    return prove(name, secret, roles=roles, about="agreeing to erasure 1", login="root", at=at)


def told(action):
    return [(event.actor, event.object, event.detail["about"]) for event in AuditEvent.objects.filter(action=action)]


def test_a_code_proves_somebody_once_and_is_in_the_audit_with_the_login_it_was_typed_under(workspace):
    person("ben")
    shown = code(workspace, "ben", NOW)

    assert proved("ben", shown) == "ben"
    with pytest.raises(NotProved):
        proved("ben", shown)

    assert told("person_proved") == [("root", "ben", "agreeing to erasure 1")] == told("person_not_proved")
    assert shown not in str(list(AuditEvent.objects.values_list("detail", "object")))
    audit.verify()


@pytest.mark.parametrize("secret", ["", "benben", "000000", "not a code at all", "١٢٣٤٥٦"])
def test_whoever_has_an_app_is_proved_by_its_code_and_by_nothing_that_lasts(workspace, secret):
    person("ben")

    with pytest.raises(NotProved, match="code of the authenticator app"):
        proved("ben", secret)


def test_nobody_of_an_agency_in_quarantine_proves_who_they_are(workspace):
    person("ben", agency="police")
    shown = code(workspace, "ben", NOW)
    put_in_quarantine(workspace, "police", reason="a sign-in was stolen", by="root", at=NOW)

    with pytest.raises(Refused, match="ben may not sign in: the agency is in quarantine"):
        proved("ben", shown)
    end_quarantine(workspace, "police", reason="found", by="root", at=NOW)
    assert proved("ben", shown) == "ben"


def test_a_recovery_code_stands_in_once_and_a_password_where_there_is_no_app(workspace):
    recovery = new_recovery_codes(person("ben"), at=NOW)[0]
    person("cy", app_key=False)

    assert proved("ben", recovery) == "ben"
    with pytest.raises(NotProved):
        proved("ben", recovery)
    assert asked_for("cy") == "the password"
    assert proved("cy", "cycy") == "cy"
    with pytest.raises(NotProved):
        proved("cy", "cy")


def test_nobody_another_role_and_somebody_who_may_not_sign_in_are_refused_before_anything_is_compared(workspace):
    person("ann", Role.ANALYST)
    User.objects.filter(username=person("gone").username).update(is_active=False)

    with pytest.raises(NotFound):
        proved("nobody", "x")
    with pytest.raises(NotFound):
        proved("gone", "gonegone")
    with pytest.raises(Refused, match="signs in as analyst"):
        proved("ann", code(workspace, "ann", NOW))
    assert told("person_not_proved") == []


def test_guessing_ends_for_a_quarter_of_an_hour_even_with_the_right_code(workspace):
    person("ben")
    for _ in range(MOST_TRIES):
        with pytest.raises(NotProved):
            proved("ben", "000000")
    with pytest.raises(TooManyTries):
        proved("ben", code(workspace, "ben", NOW))

    later = NOW + WAIT + timedelta(seconds=1)
    assert proved("ben", code(workspace, "ben", later), at=later) == "ben"


@pytest.fixture
def withdrawn(workspace, submit):
    receipt = submit(referral=[referral("A1")])
    submit(agency="police", dataset="police", referral=[referral("P1")])
    withdraw_return(workspace, return_id=receipt.return_id, reason="wrong", by="t", at=NOW + timedelta(hours=1))
    publish_generation(workspace, by="t", at=NOW + timedelta(hours=2))
    return receipt.return_id


def test_erasing_at_the_command_line_takes_two_who_each_prove_it(workspace, withdrawn):
    person("ann")
    person("ben")
    person("col", Role.AGENCY_DATA_OFFICER, agency="police")

    def run(*words, secret=None, refused=None):
        done = CliRunner().invoke(app, ["erase", *words, "-w", str(workspace.root)], input=None if secret is None else f"{secret}\n")
        assert type(done.exception) is (refused or type(None)), (done.output, done.exception)
        return done.output

    ask = ("ask", withdrawn, "--reason", "the agency asked")
    run(*ask, refused=InputRefused)
    run(*ask, "--by", "ann", refused=NotProved)
    run(*ask, "--by", "col", secret=code(workspace, "col"), refused=Refused)
    said = run(*ask, "--by", "ann", secret=code(workspace, "ann"))
    assert "Erasure 1 is asked for" in said

    again = datetime.now(UTC) + timedelta(seconds=30)
    run("agree", "1", "--by", "ann", secret=code(workspace, "ann", again), refused=SecondPersonNeeded)
    run("agree", "1", "--by", "ben", secret="000000", refused=NotProved)
    run("agree", "1", "--by", "ben", refused=NotProved)
    run("agree", "1", "--by", "nobody", secret="x", refused=NotFound)
    assert ReturnVersion.objects.get(id=withdrawn).state == State.WITHDRAWN

    assert "carried out" in run("agree", "1", "--by", "ben", secret=code(workspace, "ben"))
    assert ReturnVersion.objects.get(id=withdrawn).state == State.ERASED
    assert {event[1:] for event in told("person_proved")} >= {
        ("ann", "asking that returns be erased"),
        ("ben", "agreeing to erasure 1"),
    }
