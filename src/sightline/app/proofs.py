"""Who gives a command that two people are needed for: proved by what they sign in with, since ``--by`` alone can name anybody.

Somebody who has an authenticator app proves it with the code that it shows, or with a recovery code: both are used once, so that nothing
that lasts is typed at another person's keyboard. Somebody without one proves it with the password. Every proof and every refusal is an
event of the audit, with the login under which the command ran.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sightline.app.roles import Role
from sightline.app.second_factors import (
    APP,
    RECOVERY,
    WORDS,
    factors_of,
    has_second_factor,
    is_right_code,
    is_right_recovery_code,
)
from sightline.app.sign_in_standing import against_signing_in
from sightline.errors import NotFound, Refused
from sightline.ledger import audit
from sightline.ledger.models import AuditEvent, User

MOST_TRIES = 5
WAIT = timedelta(minutes=15)
CODE, PASSWORD = "the code of the authenticator app, or a recovery code", "the password"
PROVED, NOT_PROVED = "person_proved", "person_not_proved"


class NotProved(Refused):
    """Whoever gives a command did not prove that they are the person they name."""

    code = "SL-USR-010"
    hint = "Nothing was changed. The person named has to type it themselves; on the pages nobody has to."


class TooManyTries(Refused):
    """Somebody was not proved several times in a row."""

    code = "SL-USR-011"
    hint = "Wait a quarter of an hour. If it was not that person who tried, tell them: the audit says when and under which login."


def asked_for(name: str) -> str:
    """What somebody proves themselves with, in words.

    Raises:
        NotFound: If nobody signs in by that name.
    """
    return CODE if has_second_factor(_person(name)) else PASSWORD


def is_a_person(name: str) -> bool:
    """Whether somebody signs in by that name."""
    return User.objects.filter(username=name, is_active=True).exists()


def prove(name: str, secret: str, *, roles: Collection[Role], about: str, login: str, at: datetime) -> str:
    """Make sure that it is a person of one of these roles who does this; their name.

    Args:
        name: Their sign-in name.
        secret: What `asked_for` says. It is compared and kept nowhere.
        roles: Whose task it is.
        about: What they do, for the audit: "agreeing to erasure 3".
        login: The login of the operating system under which the command runs.
        at: Now, by the clock of this machine and not by an instant that somebody gives: codes hold for a moment only.

    Raises:
        NotFound: If nobody signs in by that name.
        Refused: If something stands against their signing in, or their role does not do this.
        TooManyTries: If they were not proved too often just now.
        NotProved: If what was typed is not right.
    """
    user = _person(name)
    if against := against_signing_in(user, at=at):
        raise Refused(f"{name} may not sign in: {against.removeprefix('no: ')}.", hint="What needs a sign-in needs one that is open.")
    if user.role not in roles:
        wanted = " or ".join(sorted(role.label.lower() for role in roles))
        raise Refused(f"{name} signs in as {user.get_role_display().lower()}.", hint=f"This is done by a {wanted}.")
    tried = AuditEvent.objects.filter(action=NOT_PROVED, object=name, at__gt=at - WAIT).count()
    if tried >= MOST_TRIES:
        raise TooManyTries(f"{name} was not proved {tried} times within a quarter of an hour.")
    how = _how(user, secret, at)
    with audit.writing():
        audit.record(PROVED if how else NOT_PROVED, name, by=login, at=at, detail={"about": about, "with": how or "nothing that is right"})
    if not how:
        raise NotProved(f"That is not {asked_for(name)} of {name}.")
    return name


def _person(name: str) -> User:
    user = User.objects.filter(username=name, is_active=True).first()
    if user is None:
        raise NotFound(f'Nobody signs in as "{name}".', hint="Name with --by who does this; `sightline users list` names everybody.")
    return user


def _how(user: User, secret: str, at: datetime) -> str:
    """With what somebody is proved; nothing if it is not right."""
    if not secret:
        return ""
    if not has_second_factor(user):
        return "a password" if user.check_password(secret) else ""
    if factors_of(user).has_app and is_right_code(user, secret, at=at):
        return WORDS[APP]
    return WORDS[RECOVERY] if is_right_recovery_code(user, secret, at=at) else ""
