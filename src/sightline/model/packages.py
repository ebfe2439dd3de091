"""What a prepared package says about itself: what it was made of, what became of every column, and what was looked for in it."""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

FORM: Literal["sightline-prepared/1"] = "sightline-prepared/1"
Outcome = Literal["kept", "degraded", "keyed", "dropped"]
Text = Field(max_length=2000)
Digest = Field(pattern=r"^[0-9a-f]{64}$")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class FileTold(_Part):
    """A file, an input or a member of the package, by name and content."""

    name: str = Text
    sha256: str = Digest
    bytes: int = Field(ge=0)


class TableTold(_Part):
    """How many rows of an entity intake gave, and how many leave."""

    entity: str = Text
    rows_before: int = Field(ge=0)
    rows_after: int = Field(ge=0)


class SourceColumn(_Part):
    """What became of one column of the agency's own files."""

    file: str = Text
    sheet: str | None = Text
    column: str = Text
    outcome: Outcome
    how: str = Text


class FieldTold(_Part):
    """What became of one field of the common model, and in how many rows it was given before and after."""

    entity: str = Text
    field: str = Text
    outcome: Outcome
    how: str = Text
    why: str = Text
    given_before: int = Field(ge=0)
    given_after: int = Field(ge=0)


class KeyTold(_Part):
    """Which key made the tokens: its name and a fingerprint, never the key."""

    ref: str = Text
    fingerprint: str = Field(pattern=r"^[0-9a-f]{8}$")


class Manifest(_Part):
    """The whole proof. ``looked_for`` says how many values of each kind were searched for in the finished package and not found.

    ``findings``, ``not_checked`` and ``mapped`` are those of intake at the agency, in the JSON of `sightline.model.findings`.
    """

    form: Literal["sightline-prepared/1"] = FORM
    agency: str = Text
    dataset: str = Text
    period: str = Field(pattern=r"^\d{4}-Q[1-4]$")
    mode: Literal["record_level", "pseudonymised", "aggregate_only"]
    mapping: str = Text
    mapping_title: str = Text
    sightline: str = Text
    prepared_at: str = Text
    key: KeyTold | None = None
    inputs: list[FileTold]
    rows_read: int = Field(ge=0)
    rows_kept: int = Field(ge=0)
    tables: list[TableTold]
    columns: list[SourceColumn]
    fields: list[FieldTold]
    findings: list[dict[str, Any]]
    not_checked: list[dict[str, str]]
    mapped: list[dict[str, str | None]]
    k_anonymity: dict[str, Any] | None = None
    looked_for: dict[str, int]
    members: list[FileTold]

    def to_bytes(self) -> bytes:
        """The one way to write it, for people as well: a line for each value."""
        return (json.dumps(self.model_dump(mode="json"), sort_keys=True, indent=1, ensure_ascii=False) + "\n").encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> Manifest:
        """Read a manifest, which is foreign.

        Raises:
            ValueError: If it is none.
        """
        return cls.model_validate_json(content)
