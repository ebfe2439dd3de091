"""How allauth fits in here: what it keeps of second factors is encrypted, and nobody makes a sign-in for themselves."""

from __future__ import annotations

import base64

from allauth.account.adapter import DefaultAccountAdapter  # type: ignore[import-untyped]
from allauth.core import context  # type: ignore[import-untyped]
from allauth.mfa.adapter import DefaultMFAAdapter  # type: ignore[import-untyped]
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.http import HttpRequest


class Accounts(DefaultAccountAdapter):  # type: ignore[misc]
    """People are added by an administrator."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class SecondFactors(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of second factors lie encrypted in the ledger: a copy of the ledger without the workspace's keys gives nobody a code."""

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode("ascii")

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": context.request.get_host().partition(":")[0], "name": "Sightline"}

    def get_public_key_credential_user_entity(self, user: AbstractUser) -> dict[str, object]:
        return {"id": str(user.pk).encode(), "display_name": user.get_username(), "name": user.get_username()}


def _cipher() -> Fernet:
    """From the key that signs sessions: who replaces that ends every session, and every second factor is set up anew."""
    derived = HKDF(SHA256(), 32, salt=None, info=b"sightline second factors").derive(settings.SECRET_KEY.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
