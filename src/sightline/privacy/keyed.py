"""Keyed tokens: the same number at two agencies becomes the same token, and nobody without the key can tell which number it was.

HMAC-SHA256 and never a plain hash: there are only so many NHS numbers, and a plain hash of each can be tried. The key is made by one
agency, given to the others by hand and held by agencies only; it is never in a package, and a repr of it shows nothing.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

from sightline.errors import InputRefused
from sightline.model.tokens import PREFIX

_SHORTEST = 32
_FEWEST_DIFFERENT = 8
_SEPARATOR = "\x1f"


class KeyUnusable(InputRefused):
    """The partnership's key is missing or is no key."""

    code = "SL-PRE-004"
    hint = "Give the partnership's key file with --key; one agency makes it with `sightline prepare-key`. Nothing was written."


@dataclass(frozen=True, slots=True)
class TokenKey:
    """The partnership's key. ``ref`` is the name the mapping gives it."""

    secret: bytes = field(repr=False)
    ref: str = ""

    @property
    def fingerprint(self) -> str:
        """Eight characters that tell two keys apart and nothing about either."""
        return hmac.new(self.secret, b"sightline key fingerprint", sha256).hexdigest()[:8]

    def tokens(self, *purpose: str) -> Callable[[str], str]:
        """A function from a value to its token, for one purpose: the same text as an NHS number and as a case number gives two tokens."""
        begun = hmac.new(self.secret, (_SEPARATOR.join(purpose) + _SEPARATOR).encode(), sha256)

        def token(value: str) -> str:
            made = begun.copy()
            made.update(value.encode())
            return PREFIX + made.hexdigest()[:32]

        return token


def read_key(text: str, *, ref: str = "") -> TokenKey:
    """The key in the text of a key file: at least 32 bytes, written in hexadecimal.

    Raises:
        KeyUnusable: If it is none. The text is never quoted.
    """
    compact = re.sub(r"\s", "", text)
    if not re.fullmatch(r"(?:[0-9a-fA-F]{2})+", compact) or len(compact) < 2 * _SHORTEST:
        raise KeyUnusable(f"The key file does not hold a key of at least {_SHORTEST} bytes in hexadecimal.")
    secret = bytes.fromhex(compact)
    if len(set(secret)) < _FEWEST_DIFFERENT:
        raise KeyUnusable("The key file holds a pattern, not a key.")
    return TokenKey(secret, ref)
