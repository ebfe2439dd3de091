"""Words that anybody who knows the place would try first, and that therefore make no password. docs/how-to/sign-in.md lists them."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError

WORDS = (
    "sightline",
    "safeguarding",
    "safeguard",
    "partnership",
    "children",
    "child",
    "council",
    "police",
    "health",
    "education",
    "housing",
    "probation",
    "social care",
    "analyst",
    "officer",
    "checker",
    "administrator",
    "admin",
    "password",
    "passphrase",
    "welcome",
    "letmein",
    "changeme",
    "secret",
)
LEAST_LEFT = 8
"""Letters and digits that a password must have besides these words, the person's own name and their agency."""
_LETTERS = re.compile(r"[\W_]+")


class OwnWords:
    """A validator of Django's: what is left of a password without words of the place must still be hard to guess."""

    def validate(self, password: str, user: object | None = None) -> None:
        """Refuse a password that is little more than such words.

        Raises:
            ValidationError: If too little is left.
        """
        left = _LETTERS.sub("", password.casefold())
        own = (str(getattr(user, "username", "")), str(getattr(user, "agency", "")))
        for word in sorted({_LETTERS.sub("", each.casefold()) for each in (*WORDS, *own)}, key=len, reverse=True):
            # Names of one or two letters would take every such letter away.
            if len(word) > 2:
                left = left.replace(word, "")
        if len(left) < LEAST_LEFT:
            raise ValidationError("This password is little more than words of this place, which are tried first.", code="own_words")

    def get_help_text(self) -> str:
        """What the validator asks, in words."""
        return "A password must be more than words of this place."
