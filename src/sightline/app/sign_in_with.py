"""Who signs in through an organisation's provider: it says who somebody is, and an administrator here says what they may see.

Nobody gets at data by being known to a provider. Whoever is new is written down as waiting, and opens nothing until an administrator lets
them in; whose claims name another role than the one they were given is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sightline.app import database

# isort: split
from allauth.socialaccount.models import SocialAccount, SocialApp  # type: ignore[import-untyped]
from django.conf import settings
from django.core.exceptions import ValidationError

from sightline.app.sign_in_standing import Against, against_signing_in
from sightline.app.workspace import Workspace
from sightline.definitions.sign_in import Provider, load_settings
from sightline.errors import NotFound, Refused, SightlineError
from sightline.ledger import audit
from sightline.ledger.models import Role, User

__all__ = ["LetIn", "NotLetIn", "approve", "database", "let_in", "offered", "provider_app", "providers"]

OPENID_CONNECT = "openid_connect"
_SAID = {
    Against.NOT_LET_IN: "You are known here now, and nobody has let you in yet.",
    Against.QUARANTINE: "Nobody of your agency is let in at present.",
    Against.NOT_REVIEWED: "An emergency that you opened was not reviewed in time. You are let in again once it is.",
    Against.ROLE_ENDED: "The last day of your role here has passed.",
    Against.UNTRAINED: "Your training in handling such data is out of date. You are let in again once it was done again.",
}
"""Told to somebody whom their provider has vouched for."""


class NotLetIn(Refused):
    """The provider knows who it is, and they may not sign in here."""

    code = "SL-USR-005"
    hint = "Ask the person who looks after sign-ins in your partnership."


@dataclass(frozen=True, slots=True)
class LetIn:
    """Somebody who may go on; ``with_second_factor``: the provider asked them for one."""

    user: User
    with_second_factor: bool


def providers() -> tuple[Provider, ...]:
    """The providers that the workspace's settings name.

    Raises:
        CatalogueProblems: If the settings file is not as it should be.
        NotFound: If it maps to a role that does not exist.
    """
    found = load_settings(Path(settings.WORKSPACE)).sign_in_with if settings.WORKSPACE else ()
    for each in found:
        unknown = sorted(set(each.roles.values()) - set(Role.values))
        if unknown:
            raise NotFound(
                f"{each.name} maps to roles that do not exist: {', '.join(unknown)}.", hint=f"They are: {', '.join(Role.values)}."
            )
    return found


def offered() -> tuple[Provider, ...]:
    """Those that the sign-in page offers; a settings file that cannot be read takes nobody their password."""
    try:
        return providers()
    except SightlineError:
        return ()


def provider_app(provider: Provider) -> SocialApp:
    """A provider as allauth wants it. The secret is read from its file each time, so that a new one holds at once.

    Raises:
        NotFound: If the file is not there.
    """
    path = Path(settings.WORKSPACE or "") / provider.secret_file
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except OSError as problem:
        raise NotFound(f"The secret of provider {provider.id} cannot be read.", hint="Check secret_file in settings.yml.") from problem
    asked = {"server_url": provider.issuer, "oauth_pkce_enabled": True, "fetch_userinfo": False, "scope": ["openid", "profile"]}
    return SocialApp(
        provider=OPENID_CONNECT, provider_id=provider.id, name=provider.name, client_id=provider.client_id, secret=secret, settings=asked
    )


def let_in(provider: Provider, claims: Mapping[str, Any], *, at: datetime) -> LetIn:
    """Find the person of a verified token, and whether they may go on.

    Raises:
        NotLetIn: If not, with the reason for the person; somebody new is written down as waiting.
    """
    subject, name = str(claims["sub"]), str(claims.get(provider.name_claim) or "")
    roles = _roles(provider, claims)
    account = SocialAccount.objects.filter(provider=provider.id, uid=subject).select_related("user").first()
    user = account.user if account else _introduce(provider, subject, name, roles, at=at)
    if against := against_signing_in(user, at=at):
        raise NotLetIn(_SAID[against])
    if provider.roles and user.role not in roles:
        with audit.writing():
            detail = {"provider": provider.id, "role": user.role, "claimed": sorted(roles)}
            audit.record("sign_in_role_differs", user.username, by=user.username, at=at, detail=detail)
        raise NotLetIn(f"{provider.name} does not name you as {Role(user.role).label.lower()}, which you are here.")
    return LetIn(user, _has_second_factor(provider, claims))


def approve(workspace: Workspace, name: str, *, role: str, agency: str | None, by: str, at: datetime) -> None:
    """Let somebody in who waits, in a role that an administrator names.

    Raises:
        NotFound: If nobody of that name waits, or there is no such role or agency.
    """
    if role not in Role.values:
        raise NotFound(f'There is no role "{role}".', hint=f"The roles are: {', '.join(Role.values)}.")
    if agency:
        workspace.partnership.agency(agency)
    elif role == Role.AGENCY_DATA_OFFICER:
        raise NotFound("An agency's data officer belongs to an agency.", hint="Name it with --agency.")
    with audit.writing():
        user = User.objects.filter(username=name, is_active=False).first()
        if user is None:
            raise NotFound(f'Nobody waits as "{name}".', hint="`sightline users list` shows who may not sign in yet.")
        user.role, user.agency, user.is_active = role, agency or "", True
        user.save(update_fields=["role", "agency", "is_active"])
        audit.record("user_added", name, by=by, at=at, detail={"role": role, "agency": agency or ""})


def _introduce(provider: Provider, subject: str, name: str, roles: frozenset[str], *, at: datetime) -> User:
    """Write somebody new down as waiting. A name that somebody has is never taken over, whatever a provider says of it."""
    user = User(username=name, role=min(roles, default=""), is_active=False)
    user.set_unusable_password()
    try:
        User.username_validator(name)
    except ValidationError as problem:
        raise NotLetIn(f"{provider.name} sends no name by which you could sign in here.") from problem
    if provider.roles and not roles:
        raise NotLetIn(f"{provider.name} names no role for you here.")
    with audit.writing():
        if User.objects.filter(username=name).exists():
            raise NotLetIn(f"Somebody signs in here by the name that {provider.name} sends for you.")
        user.save()
        SocialAccount.objects.create(user=user, provider=provider.id, uid=subject)
        audit.record("user_waits", name, by=name, at=at, detail={"provider": provider.id, "claimed": sorted(roles)})
    return user


def _roles(provider: Provider, claims: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(provider.roles[value] for value in _values(claims.get(provider.role_claim)) if value in provider.roles)


def _has_second_factor(provider: Provider, claims: Mapping[str, Any]) -> bool:
    asked = provider.second_factor
    return bool(set(_values(claims.get("amr"))) & set(asked.amr) or set(_values(claims.get("acr"))) & set(asked.acr))


def _values(claim: object) -> list[str]:
    return [str(each) for each in claim] if isinstance(claim, list | tuple) else [claim] if isinstance(claim, str) else []
