"""The key to be replaced and the one that replaces it, at work together at the agency: each token made is noted with its successor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sightline.model.tokens import LINKING, short
from sightline.privacy.keyed import KeyUnusable, TokenKey


@dataclass(frozen=True, slots=True, kw_only=True)
class BothKeys(TokenKey):
    """Makes tokens as the old key does, and notes in ``pairs`` what each of them is under the new one."""

    new: TokenKey = field(repr=False)
    pairs: dict[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, old: TokenKey, new: TokenKey) -> BothKeys:
        """Both keys.

        Raises:
            KeyUnusable: If they are one key.
        """
        if old.fingerprint == new.fingerprint:
            raise KeyUnusable("The old and the new key are the same key.", hint="Give the old one first, then the new one.")
        return cls(secret=old.secret, ref=old.ref, new=new)

    def tokens(self, *purpose: str) -> Callable[[str], str]:
        old, new = TokenKey.tokens(self, *purpose), self.new.tokens(*purpose)
        stands = short if purpose[0] == LINKING else str

        def token(value: str) -> str:
            made = old(value)
            self.pairs[stands(made)] = stands(new(value))
            return made

        return token
