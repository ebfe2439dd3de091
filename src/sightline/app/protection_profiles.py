"""Protection profiles in a workspace: which there are, whether a protection lead signed them off, signing one off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sightline.app.workspace import Workspace
from sightline.definitions.protection import ProtectionProfile, load_profiles, profile_by_id
from sightline.errors import InputRefused, Refused
from sightline.ledger.protection import record_sign_off, sign_off_of, was_signed_before


@dataclass(frozen=True, slots=True)
class ProfileState:
    """A profile, and who signed off its present wording, if anybody did."""

    profile: ProtectionProfile
    signed_by: str | None = None
    signed_at: datetime | None = None
    changed_since_signed: bool = False

    @property
    def words(self) -> str:
        """Whether it may be used to publish, as a person reads it."""
        if self.signed_by is not None and self.signed_at is not None:
            return f"signed off by {self.signed_by}, {self.signed_at:%d %B %Y}"
        return "changed since it was signed off" if self.changed_since_signed else "not signed off: to try, not to publish"

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        rules = [
            {"rule": name, "is": rule.value, "source": rule.source, "in_force_from": rule.in_force_from.isoformat()}
            for name, rule in self.profile.all_rules()
        ]
        return {
            "id": self.profile.id,
            "title": self.profile.title,
            "made_for": self.profile.made_for,
            "tier": self.profile.tier,
            "version": self.profile.version,
            "signed_by": self.signed_by,
            "signed_at": self.signed_at and self.signed_at.isoformat(),
            "rules": rules,
        }


class NotSignedOff(Refused):
    """A table was to be published under a profile whose present wording no protection lead has signed off."""

    code = "SL-APP-040"
    hint = "Have a protection lead read it (`sightline profiles show`) and run `sightline profiles sign`. Trying a table needs no sign-off."


def profiles_of(workspace: Workspace | None) -> list[ProfileState]:
    """Every profile; without a workspace only the catalogue's, of which nobody knows whether they are signed."""
    if workspace is None:
        return [ProfileState(profile) for profile in load_profiles().values()]
    return [_state(profile) for profile in load_profiles(workspace.root / "partnership").values()]


def _state(profile: ProtectionProfile) -> ProfileState:
    signed = sign_off_of(profile.id, profile.version)
    if signed is None:
        return ProfileState(profile, changed_since_signed=was_signed_before(profile.id))
    return ProfileState(profile, signed.by, signed.at)


def sign_profile(workspace: Workspace, id: str, *, version: str, note: str, by: str, at: datetime) -> ProfileState:
    """Sign off a profile as it is worded now.

    Args:
        version: The version that was read: a profile that changed meanwhile is not signed.

    Raises:
        NotFound: If there is no such profile.
        InputRefused: If its version is another one now.
    """
    profile = profile_by_id(id, workspace.root / "partnership")
    if version != profile.version:
        raise InputRefused(
            f'The profile "{id}" is now version {profile.version}, and {version} was to be signed off.',
            hint="Read it again with `sightline profiles show`, and name the version that you read.",
        )
    record_sign_off(id, profile.version, note=note, by=by, at=at)
    return _state(profile)


def insist_on_sign_off(profile: ProtectionProfile) -> None:
    """Let only a profile pass whose present wording is signed off.

    Raises:
        NotSignedOff: If it is not.
    """
    state = _state(profile)
    if state.signed_by is None:
        raise NotSignedOff(f'The profile "{profile.id}" (version {profile.version}) is {state.words}.')
