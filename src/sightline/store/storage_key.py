"""The storage key: what every other key of a workspace is wrapped to, in a file apart from the workspace, and its parts for custodians.

It is not the key that agencies share for tokens: that one never comes here. A file holds one key; while the key is being rotated it holds
the old and the new, so that whatever is wrapped to either can be opened.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sightline.errors import EnvironmentProblem, InputRefused, Place
from sightline.store.sealing import KEY_BYTES

ID_BYTES = 8
_MAGIC = b"SLWRAP1\n"
_NONCE = 12


class StorageKeyMissing(EnvironmentProblem):
    """The storage key is not where it should be, cannot be read, or is another workspace's."""

    code = "SL-STO-005"
    hint = (
        "Put the key file back, or join two custodians' parts of it: sightline storage-key join. SIGHTLINE_KEY_FILE names another place, "
        "and so does --key-file where a workspace is restored. Without it nothing in the workspace can be read, by anybody."
    )


class WrapBroken(Exception):
    """A wrapped key was changed, or wrapped for something else."""


@dataclass(frozen=True)
class StorageKey:
    """One or, while rotating, two keys; the last is the one that wraps."""

    keys: tuple[bytes, ...] = field(repr=False)

    @property
    def id(self) -> str:
        """What tells this key from another and tells nothing of it."""
        return key_id(self.keys[-1]).hex()

    @property
    def is_rotating(self) -> bool:
        return len(self.keys) > 1

    def wrap(self, secret: bytes, *, about: bytes) -> bytes:
        """Seal a short secret so that it opens with this key and for this purpose only."""
        key, nonce = self.keys[-1], os.urandom(_NONCE)
        head = _MAGIC + key_id(key)
        return head + nonce + AESGCM(key).encrypt(nonce, secret, head + about)

    def unwrap(self, wrapped: bytes, *, about: bytes) -> bytes:
        """The secret again.

        Raises:
            StorageKeyMissing: If it was wrapped to another key.
            WrapBroken: If it was changed, or is for another purpose.
        """
        head, nonce = wrapped[: len(_MAGIC) + ID_BYTES], wrapped[len(_MAGIC) + ID_BYTES :][:_NONCE]
        if len(head) + len(nonce) < len(_MAGIC) + ID_BYTES + _NONCE or not head.startswith(_MAGIC):
            raise WrapBroken
        key = next((key for key in self.keys if key_id(key) == head[len(_MAGIC) :]), None)
        if key is None:
            raise StorageKeyMissing("This was sealed with another storage key, or its key file was damaged.")
        try:
            return AESGCM(key).decrypt(nonce, wrapped[len(head) + _NONCE :], head + about)
        except InvalidTag as problem:
            raise WrapBroken from problem

    def is_wrapped_to_this(self, wrapped: bytes) -> bool:
        """Whether something is wrapped to the key that wraps now, and not to the one before it."""
        return wrapped.startswith(_MAGIC + key_id(self.keys[-1]))

    def with_new(self) -> StorageKey:
        """The old key and a new one that wraps from now on."""
        return StorageKey((self.keys[-1], secrets.token_bytes(KEY_BYTES)))

    def newest_only(self) -> StorageKey:
        return StorageKey(self.keys[-1:])


def key_id(key: bytes) -> bytes:
    """What tells one key from another and tells nothing of it."""
    return hashlib.blake2b(key, digest_size=ID_BYTES, person=b"sl-storage").digest()


def new_storage_key() -> StorageKey:
    """A key from the system's own random numbers."""
    return StorageKey((secrets.token_bytes(KEY_BYTES),))


def read_key_file(path: Path) -> StorageKey:
    """The key in a file.

    Raises:
        StorageKeyMissing: If it is not there or not whole.
    """
    try:
        told = json.loads(path.read_text(encoding="ascii"))["sightline_storage_key"]
        keys = tuple(bytes.fromhex(each["key"]) for each in told)
        if not keys or any(len(key) != KEY_BYTES or key_id(key).hex() != each["id"] for key, each in zip(keys, told, strict=True)):
            raise ValueError
    except FileNotFoundError as problem:
        raise StorageKeyMissing("The storage key is not there.", place=Place(file=str(path))) from problem
    except PermissionError as problem:
        hint = "Run this as the account that the key file belongs to, or give that file to the one that runs Sightline."
        raise StorageKeyMissing("This account may not read the storage key.", place=Place(file=str(path)), hint=hint) from problem
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise StorageKeyMissing("The storage key cannot be read, or is damaged.", place=Place(file=str(path))) from problem
    return StorageKey(keys)


def key_file_content(key: StorageKey) -> bytes:
    """What a key file holds."""
    told = [{"id": key_id(each).hex(), "key": each.hex()} for each in key.keys]
    return json.dumps({"sightline_storage_key": told}, indent=1).encode()


def split(key: StorageKey, custodians: Sequence[str]) -> dict[str, bytes]:
    """Give each custodian a part of the key, of which any two together are the key and one alone is nothing.

    For each two custodians the key is split in two on its own: one gets random bytes, the other the key with those bytes added (exclusive
    or). One part alone is random bytes, whoever holds it and however much they compute. Two custodians: both are needed. Three: one may be
    lost.

    Raises:
        InputRefused: If there are fewer than two custodians, or two of one name; or the key is being rotated.
    """
    if len(custodians) < 2 or len(set(custodians)) < len(custodians):
        raise InputRefused("A key is split among two custodians or more, each of another name.", hint="Name at least two.")
    if key.is_rotating:
        raise InputRefused("The storage key is being rotated.", hint="Finish that first: sightline storage-key rotate.")
    parts: dict[str, dict[str, str]] = {name: {} for name in custodians}
    for one, other in combinations(custodians, 2):
        mask = secrets.token_bytes(KEY_BYTES)
        parts[one][other] = mask.hex()
        parts[other][one] = _xor(mask, key.keys[-1]).hex()
    return {
        name: json.dumps({"sightline_key_part": 1, "key_id": key.id, "custodian": name, "with": beside}, indent=1, sort_keys=True).encode()
        for name, beside in parts.items()
    }


def join(first: bytes, second: bytes) -> StorageKey:
    """The key of two custodians' parts.

    Raises:
        InputRefused: If they are not two parts of one key, or one is damaged.
    """
    try:
        one, other = json.loads(first), json.loads(second)
        mask, masked = (bytes.fromhex(a["with"][b["custodian"]]) for a, b in ((one, other), (other, one)))
        made = StorageKey((_xor(mask, masked),))
        if len(mask) != KEY_BYTES or {one["key_id"], other["key_id"]} != {made.id}:
            raise ValueError
    except (ValueError, KeyError, TypeError) as problem:
        raise InputRefused(
            "These are not two custodians' parts of one storage key, or one of them is damaged.",
            hint="Give the parts of two different custodians, both made at the same splitting.",
        ) from problem
    return made


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
