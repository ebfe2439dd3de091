"""The second factor of somebody who signs in: codes of an authenticator app, security keys, and recovery codes for when both are lost.

allauth keeps them. Codes are compared here, because a code may be used once and never again: the step of the last one used is kept with
the secret in the ledger, where allauth would keep it in the memory of one process.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sightline.app import database  # noqa: F401 - sets Django up before allauth's models are imported

# isort: split
from allauth.mfa import app_settings  # type: ignore[import-untyped]
from allauth.mfa.adapter import get_adapter  # type: ignore[import-untyped]
from allauth.mfa.models import Authenticator  # type: ignore[import-untyped]
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes  # type: ignore[import-untyped]
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value  # type: ignore[import-untyped]
from cryptography.fernet import InvalidToken
from qrcode.constants import ERROR_CORRECT_M  # type: ignore[import-untyped]
from qrcode.main import QRCode  # type: ignore[import-untyped]

from sightline.app.roles import needs_second_factor
from sightline.app.workspace import Workspace
from sightline.errors import NotFound, Refused
from sightline.ledger import audit
from sightline.ledger.models import User

APP, KEY, RECOVERY = Authenticator.Type.TOTP.value, Authenticator.Type.WEBAUTHN.value, Authenticator.Type.RECOVERY_CODES.value
WORDS = {APP: "an authenticator app", KEY: "a security key", RECOVERY: "recovery codes"}
_STEP = "last_step"


class WrongCode(Refused):
    """The code is not the one that the app shows, or it was used before."""

    code = "SL-USR-001"
    hint = "Wait for the next code, and check that the clock of the device is right."


class FactorNeeded(Refused):
    """The last second factor of somebody whose role needs one cannot be removed."""

    code = "SL-USR-002"
    hint = "Add another one first, then remove this one."


@dataclass(frozen=True, slots=True)
class Held:
    """One authenticator app or security key that somebody has."""

    id: int
    kind: str
    name: str
    added_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Factors:
    """What somebody has: apps and keys, and how many recovery codes are left."""

    held: tuple[Held, ...]
    recovery_codes_left: int

    @property
    def has_app(self) -> bool:
        return any(each.kind == APP for each in self.held)

    @property
    def has_key(self) -> bool:
        return any(each.kind == KEY for each in self.held)


@dataclass(frozen=True, slots=True)
class Square:
    """A code to be photographed, as one path in a square of ``size`` modules."""

    path: str
    size: int


def factors_of(user: User) -> Factors:
    """What somebody has set up."""
    held, left = [], 0
    for each in Authenticator.objects.filter(user=user).order_by("created_at", "pk"):
        if each.type == RECOVERY:
            left = _codes_left(each)
            continue
        name = "Authenticator app" if each.type == APP else str(each.data.get("name") or "Security key")
        held.append(Held(each.pk, each.type, name, each.created_at, each.last_used_at))
    return Factors(tuple(held), left)


def has_second_factor(user: User) -> bool:
    """Whether somebody is to be asked for a second factor."""
    return bool(Authenticator.objects.filter(user=user, type__in=(APP, KEY)).exists())


def new_secret() -> str:
    """A secret for an authenticator app, 160 bits, in the letters in which it is typed."""
    return str(generate_totp_secret())


def app_address(name: str, secret: str) -> str:
    """What the app reads out of the photographed code."""
    return str(get_adapter().build_totp_url(User(username=name), secret))


def square(text: str) -> Square:
    """Draw a code that a telephone photographs. Only a path is made, so the page needs neither a picture nor a script."""
    code = QRCode(error_correction=ERROR_CORRECT_M, border=4)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return Square(path, len(rows))


def add_app(user: User, secret: str, code: str, *, at: datetime) -> list[str]:
    """Set an authenticator app up, in place of an earlier one, once it has shown a right code.

    Returns:
        Recovery codes, if these are the first; they are shown this once.

    Raises:
        WrongCode: If it has not.
    """
    step = _step_of(secret, code, at, after=0)
    if step is None:
        raise WrongCode("The code is not right.")
    with audit.writing():
        made = give_app(user, secret, at=at)
        made.data[_STEP], made.last_used_at = step, at
        made.save()
        return record_added(user, APP, at=at)


def give_app(user: User, secret: str, *, at: datetime) -> Authenticator:
    """Within a transaction: let somebody have an authenticator app with this secret, in place of an earlier one."""
    Authenticator.objects.filter(user=user, type=APP).delete()
    made = TOTP.activate(user, secret).instance
    made.created_at = at
    made.save()
    return made


def record_added(user: User, kind: str, *, at: datetime) -> list[str]:
    """Within the transaction in which a factor was added: write that down, and make recovery codes where there are none yet.

    Sessions of before end, as they do with a new password: whoever sits in one may be why a factor is added or removed.
    """
    _end_sessions(user)
    audit.record("second_factor_added", WORDS[kind], by=user.get_username(), at=at, detail=_person(user))
    if Authenticator.objects.filter(user=user, type=RECOVERY).exists():
        return []
    return list(RecoveryCodes.activate(user).generate_codes())


def is_right_code(user: User, code: str, *, at: datetime) -> bool:
    """Whether a code is the present one of the person's app, and used for the first time; it cannot be used again afterwards."""
    with audit.writing():
        held = Authenticator.objects.filter(user=user, type=APP).first()
        secret = _secret(held)
        if held is None or secret is None:
            return False
        step = _step_of(secret, code, at, after=int(held.data.get(_STEP, 0)))
        if step is None:
            return False
        held.data[_STEP], held.last_used_at = step, at
        held.save()
    return True


def is_right_recovery_code(user: User, code: str, *, at: datetime) -> bool:
    """Whether a code is one of the person's recovery codes that was not used yet; it is used up then."""
    with audit.writing():
        held = Authenticator.objects.filter(user=user, type=RECOVERY).first()
        if held is None:
            return False
        codes = RecoveryCodes(held)
        try:
            if not codes.validate_code(code):
                return False
        except InvalidToken:
            return False
        left = len(codes.get_unused_codes())
        audit.record("recovery_code_used", "", by=user.get_username(), at=at, detail=_person(user) | {"left": left})
    return True


def new_recovery_codes(user: User, *, at: datetime) -> list[str]:
    """Make recovery codes in place of the earlier ones, which open nothing any more.

    Raises:
        Refused: If the person has no second factor that they could stand in for.
    """
    if not has_second_factor(user):
        raise Refused("Recovery codes stand in for a second factor, and none is set up.", hint="Set one up; codes come with it.")
    with audit.writing():
        Authenticator.objects.filter(user=user, type=RECOVERY).delete()
        codes = list(RecoveryCodes.activate(user).generate_codes())
        audit.record("recovery_codes_made", "", by=user.get_username(), at=at, detail=_person(user))
    return codes


def remove(user: User, id: int, *, at: datetime) -> None:
    """Remove an app or a key; with the last one the recovery codes go as well. Sessions of before end.

    Raises:
        NotFound: If the person has no such app or key.
        FactorNeeded: If it is the last one and the role needs one.
    """
    with audit.writing():
        held = Authenticator.objects.filter(user=user, pk=id, type__in=(APP, KEY)).first()
        if held is None:
            raise NotFound("There is no such app or key.", hint="Go back to your sign-in and choose one of the list.")
        others = Authenticator.objects.filter(user=user, type__in=(APP, KEY)).exclude(pk=id)
        if not others.exists():
            if needs_second_factor(user.role):
                raise FactorNeeded("Your role needs a second factor, and this is the last one.")
            Authenticator.objects.filter(user=user, type=RECOVERY).delete()
        audit.record("second_factor_removed", WORDS[held.type], by=user.get_username(), at=at, detail=_person(user))
        held.delete()
        _end_sessions(user)


def reset(workspace: Workspace, name: str, *, reason: str, by: str, at: datetime) -> None:
    """Take every second factor of somebody who lost them away and end their sessions; they set one up when they next sign in.

    Raises:
        NotFound: If nobody signs in by that name.
        Refused: If they have none.
    """
    with audit.writing():
        user = User.objects.filter(username=name).first()
        if user is None:
            raise NotFound(f'Nobody signs in as "{name}".', hint="`sightline users list` names everybody.")
        gone, _ = Authenticator.objects.filter(user=user).delete()
        if not gone:
            raise Refused(f"{name} has no second factor.", hint="They are led to set one up when they sign in.")
        _end_sessions(user)
        audit.record("second_factor_reset", name, by=by, at=at, detail={"reason": reason.strip()[:200]})


def demo_code(workspace: Workspace, name: str, *, at: datetime) -> str:
    """The code that an app would show now, for a person of the demo and nobody else.

    Raises:
        NotFound: If nobody signs in by that name.
        Refused: If it is nobody of the demo, or they have no app.
    """
    user = User.objects.filter(username=name).first()
    if user is None:
        raise NotFound(f'Nobody signs in as "{name}".', hint="`sightline users list` names everybody.")
    if not user.is_invented:
        raise Refused(f"{name} is a real person: their codes are on their own device.", hint="If it is lost: `sightline users reset-mfa`.")
    held = Authenticator.objects.filter(user=user, type=APP).first()
    secret = _secret(held)
    if held is None or secret is None:
        raise Refused(f"{name} has no authenticator app.", hint="Sign in without a code, or make the demo again.")
    now = _step(at)
    unused = now if now > int(held.data.get(_STEP, 0)) else now + 1
    return str(format_hotp_value(hotp_value(secret, unused)))


def _end_sessions(user: User) -> None:
    user.session_epoch += 1
    user.save(update_fields=["session_epoch"])


def _secret(held: Authenticator | None) -> str | None:
    """None where it cannot be read any more, because the key that it is encrypted with was replaced."""
    try:
        return get_adapter().decrypt(held.data["secret"]) if held is not None else None
    except InvalidToken:
        return None


def _codes_left(held: Authenticator) -> int:
    try:
        return len(RecoveryCodes(held).get_unused_codes())
    except InvalidToken:
        return 0


def _step(at: datetime) -> int:
    return int(at.timestamp()) // int(app_settings.TOTP_PERIOD)


def _step_of(secret: str, code: str, at: datetime, *, after: int) -> int | None:
    """The step of time that a code belongs to, of those near enough and later than the last one used (RFC 6238, 5.2)."""
    typed = "".join(code.split())
    if not (typed.isascii() and typed.isdigit()):
        return None
    now, found = _step(at), None
    for step in range(now - app_settings.TOTP_TOLERANCE, now + app_settings.TOTP_TOLERANCE + 1):
        if secrets.compare_digest(typed, format_hotp_value(hotp_value(secret, step))) and step > after and found is None:
            found = step
    return found


def _person(user: User) -> dict[str, str]:
    return {"role": user.get_role_display(), "agency": user.agency}
