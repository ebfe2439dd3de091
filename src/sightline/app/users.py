"""People who sign in: add one, or the demo's whole cast."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db.models import F

from sightline.app.roles import needs_second_factor
from sightline.app.second_factors import give_app, has_second_factor, new_secret
from sightline.app.sign_in_standing import Against, against_signing_in
from sightline.app.steward_words import checked_reason
from sightline.app.workspace import Workspace
from sightline.errors import InputRefused, NotFound, Refused
from sightline.ledger import audit
from sightline.ledger.models import AuditEvent, Role, User
from sightline.ledger.outputs import record_training


@dataclass(frozen=True, slots=True)
class DemoUser:
    """A person of the demo; the password is made anew for every demo and printed once."""

    name: str
    password: str
    role: str
    role_title: str
    agency: str
    app_key: str = ""
    """The key of an authenticator app, where the role needs a second factor."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may sign in or might, as an administrator sees them; ``against``: what stands against it."""

    name: str
    role: str
    role_title: str
    agency: str
    against: Against | None
    has_second_factor: bool
    role_until: date | None
    trained_until: date | None


class WrongPassword(Refused):
    """The present password is not right."""

    code = "SL-USR-004"
    hint = "Type the password that you signed in with."


_CAST = (
    ("leader", Role.STRATEGIC_LEAD, ""),
    ("analyst", Role.ANALYST, ""),
    ("officer", Role.AGENCY_DATA_OFFICER, "police"),
    ("practitioner", Role.PRACTITIONER, "csc"),
    ("protection", Role.DATA_PROTECTION_OFFICER, ""),
    ("checker", Role.CHECKER, "health"),
    ("second_checker", Role.CHECKER, "education"),
    ("member", Role.ELECTED_MEMBER, ""),
    ("administrator", Role.ADMINISTRATOR, ""),
)
_WORDS = ("harbour", "lantern", "pebble", "thistle", "copper", "meadow", "willow", "anchor", "juniper", "saddle", "velvet", "compass")


def create_demo_users(workspace: Workspace, *, at: datetime) -> list[DemoUser]:
    """Make one person for each role, all with new passwords; those that exist get a new one."""
    agencies = {agency.id for agency in workspace.partnership.agencies}
    cast = [
        DemoUser(
            name,
            _passphrase(),
            role.value,
            role.label,
            agency if agency in agencies else "",
            new_secret() if needs_second_factor(role) else "",
        )
        for name, role, agency in _CAST
    ]
    with audit.writing():
        for person in cast:
            user = User.objects.filter(username=person.name).first() or User(username=person.name)
            user.role, user.agency = person.role, person.agency
            user.is_invented = True
            user.set_password(person.password)
            user.save()
            if person.app_key:
                give_app(user, person.app_key, at=at)
            audit.record("user_added", person.name, by="demo", at=at, detail={"role": person.role, "agency": person.agency})
            if person.role == Role.CHECKER:
                record_training(person.name, until=at.date() + timedelta(days=365), by="demo", at=at)
    return cast


def add_user(workspace: Workspace, *, name: str, password: str, role: str, agency: str | None, by: str, at: datetime) -> None:
    """Add a person who may sign in.

    Raises:
        NotFound: If there is no such role or agency.
        InputRefused: If the password is too easy to guess.
        Refused: If the name is taken.
    """
    if role not in Role.values:
        raise NotFound(f'There is no role "{role}".', hint=f"The roles are: {', '.join(Role.values)}.")
    if agency:
        workspace.partnership.agency(agency)
    elif role == Role.AGENCY_DATA_OFFICER:
        raise InputRefused("An agency's data officer belongs to an agency.", hint="Name it with --agency.")
    user = User(username=name, role=role, agency=agency or "")
    try:
        User.username_validator(name)
        validate_password(password, user)
    except ValidationError as problem:
        raise InputRefused(" ".join(problem.messages), hint="Nobody was added.") from problem
    user.set_password(password)
    with audit.writing():
        if User.objects.filter(username=name).exists():
            raise Refused(f'"{name}" may sign in already.', hint="Choose another name.")
        user.save()
        audit.record("user_added", name, by=by, at=at, detail={"role": role, "agency": agency or ""})


def list_users(*, at: datetime) -> list[Person]:
    """Everybody who may or might sign in, by name."""
    return [
        Person(
            user.username,
            user.role,
            user.get_role_display(),
            user.agency,
            against_signing_in(user, at=at),
            has_second_factor(user),
            user.role_until,
            user.trained_until,
        )
        for user in User.objects.order_by("username")
    ]


def limit_sign_in(name: str, *, role_until: date | None, trained_until: date | None, by: str, at: datetime) -> None:
    """Name the last day of somebody's role, of their training, or of both; after it they are signed out and sign in no more.

    A later day, once the role goes on or the training was done again, lets them in again.

    Raises:
        NotFound: If nobody signs in by that name.
        InputRefused: If no day is given.
    """
    days = {"role_until": role_until, "trained_until": trained_until}
    given = {field: day for field, day in days.items() if day is not None}
    if not given:
        raise InputRefused(
            "Name the last day of the role, or of the training.", hint="--role-until 2027-03-31, --trained-until 2027-03-31."
        )
    with audit.writing():
        user = User.objects.filter(username=name).first()
        if user is None:
            raise NotFound(f'Nobody signs in as "{name}".', hint="`sightline users list` names everybody.")
        for field, day in given.items():
            setattr(user, field, day)
        user.save(update_fields=list(given))
        words = {"role_until": "their role ends on", "trained_until": "their training is in date until"}
        told = " and ".join(f"{words[field]} {day}" for field, day in given.items())
        audit.record("sign_in_limited", name, by=by, at=at, detail={"told": told})


def change_password(user: User, old: str, new: str, again: str, *, at: datetime) -> None:
    """Give somebody the password that they chose; whoever else is signed in as them no longer is.

    Raises:
        WrongPassword: If the present password is not right.
        InputRefused: If the new one is too easy to guess, the present one, or was typed differently the second time.
    """
    if not user.check_password(old):
        raise WrongPassword("The present password is not right.")
    if new != again:
        raise InputRefused("The new password was typed differently the second time.", hint="Type it twice alike.")
    if new == old:
        raise InputRefused("The new password is the present one.", hint="Choose another.")
    _set_password(user, new, by=user.get_username(), at=at)


def set_password(workspace: Workspace, name: str, password: str, *, by: str, at: datetime) -> None:
    """Give somebody who lost their password another one; every session of theirs ends.

    Raises:
        NotFound: If nobody signs in by that name.
        InputRefused: If it is too easy to guess.
    """
    user = User.objects.filter(username=name).first()
    if user is None:
        raise NotFound(f'Nobody signs in as "{name}".', hint="`sightline users list` names everybody.")
    _set_password(user, password, by=by, at=at)


def has_given_password(user: User) -> bool:
    """Whether somebody's password was chosen by whoever let them in or helped them: it is for one sign-in and no longer."""
    if user.is_invented or not user.has_usable_password():
        return False
    last = AuditEvent.objects.filter(action__in=("user_added", "password_changed"), object=user.get_username()).order_by("-seq").first()
    return last is not None and last.actor != user.get_username()


def end_sessions(names: Collection[str], *, reason: str, by: str, at: datetime) -> int:
    """End every session of these people, or of everybody where none is named; how many people there were.

    Raises:
        NotFound: If nobody signs in by one of the names.
        InputRefused: If no reason is given.
    """
    why = checked_reason(reason)
    with audit.writing():
        people = User.objects.filter(username__in=names) if names else User.objects.all()
        if missing := sorted(set(names).difference(people.values_list("username", flat=True))):
            raise NotFound(f'Nobody signs in as "{missing[0]}".', hint="`sightline users list` names everybody.")
        count = people.update(session_epoch=F("session_epoch") + 1)
        audit.record("sessions_ended", ", ".join(sorted(names)) or "everybody", by=by, at=at, detail={"reason": why})
    return count


def end_own_sessions(user: User, *, at: datetime) -> None:
    """End every session of somebody who asks for it; the one that asks has to be signed anew."""
    with audit.writing():
        user.session_epoch += 1
        user.save(update_fields=["session_epoch"])
        audit.record("sessions_ended", user.get_username(), by=user.get_username(), at=at, detail={"reason": "their own wish"})


def _set_password(user: User, password: str, *, by: str, at: datetime) -> None:
    try:
        validate_password(password, user)
    except ValidationError as problem:
        raise InputRefused(" ".join(problem.messages), hint="The password was not changed.") from problem
    user.set_password(password)
    with audit.writing():
        user.save(update_fields=["password"])
        audit.record("password_changed", user.get_username(), by=by, at=at)


def _passphrase() -> str:
    """Three words and a number: about 20 bits of words more than a demo on this machine only needs, and easy to type."""
    return "-".join([*(secrets.choice(_WORDS) for _ in range(3)), str(secrets.randbelow(9000) + 1000)])
