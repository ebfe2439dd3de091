"""Keyed tokens: what stands in a prepared package where a number or a name stood. Made in `privacy`, recognised in `linkage`."""

from __future__ import annotations

import re

PREFIX = "t:"
_TOKEN = re.compile(r"t:[0-9a-f]{32}")


def is_token(text: str | None) -> bool:
    """Whether a text is a keyed token, and nothing else.

    >>> is_token("t:" + "0a" * 16), is_token("9434765919"), is_token(None)
    (True, False, False)
    """
    return text is not None and _TOKEN.fullmatch(text) is not None
