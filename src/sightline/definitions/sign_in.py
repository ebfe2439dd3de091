"""Sign-in through an organisation's own provider (OpenID Connect), as the workspace's settings file says it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from sightline.definitions.loading import Definition, load
from sightline.definitions.yaml import read_yaml_file
from sightline.errors import CatalogueProblems, Problem

FILE_NAME = "settings.yml"
_HERE = ("localhost", "127.0.0.1", "::1")


def _safe(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _HERE):
        raise ValueError("must begin with https://: what it answers decides who may sign in")
    return address.rstrip("/")


class SecondFactorClaims(Definition):
    """With which methods (``amr``) or levels (``acr``) the provider has asked for a second factor itself."""

    amr: tuple[str, ...] = ()
    acr: tuple[str, ...] = ()


class Provider(Definition):
    """One organisation's provider.

    ``roles`` maps values of ``role_claim`` to roles here. Where it is given, nobody signs in whose claims do not name their own role.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=40)]
    name: str
    issuer: Annotated[str, AfterValidator(_safe)]
    client_id: str
    secret_file: str
    name_claim: str = "preferred_username"
    role_claim: str = "roles"
    roles: dict[str, str] = Field(default_factory=dict)
    second_factor: SecondFactorClaims = SecondFactorClaims()


class Settings(Definition):
    """The workspace's settings file. ``sign_audit_to``: folders elsewhere that the end of the audit is signed into once a day."""

    sign_in_with: tuple[Provider, ...] = ()
    sign_audit_to: tuple[str, ...] = ()


def load_settings(root: Path) -> Settings:
    """The settings of a workspace; those of one without a file.

    Raises:
        CatalogueProblems: If the file is not as it should be, with lines.
    """
    path = root / FILE_NAME
    if not path.is_file():
        return Settings()
    problems: list[Problem] = []
    document = read_yaml_file(path, problems)
    settings = load(Settings, document, file=str(path), problems=problems) if not problems else None
    if problems or settings is None:
        raise CatalogueProblems(problems)
    return settings
