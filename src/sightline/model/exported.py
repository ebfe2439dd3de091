"""Texts as they may stand in a table that a spreadsheet program opens: never as a formula."""

from __future__ import annotations

import re

_STARTS = "=+-@\uff1d\uff0b\uff0d\uff20\u2212\ufe62\ufe63\ufe66\ufe6b"
"""What begins a formula or a command in some program, with the full-width and small forms that programs turn into the plain ones."""
_PASSED_OVER = re.compile(r"[\s\x00-\x20\x7f-\xa0\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff'\"`\u2018-\u201f\uff02\uff07]*")
"""Space, invisible characters and quotes, which programs drop before they look at the first character."""
_NUMBER = re.compile(r"[-+]?\d+([.,]\d+)*%?", re.ASCII)
_BEGINS_A_LINE = ("\t", "\r", "\n")


def harmless_text(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet program might calculate it. Every writer of CSV, XLSX and ODS uses this.

    Numbers (``-5``, ``+1.5%``) stay as they are: they are values, not formulas. What has its apostrophe already gets no second one.
    An apostrophe rather than a space, because programs drop a space; rather than leaving the text out, because nothing is lost so.

    Source: OWASP, "CSV Injection".

    >>> harmless_text("=1+1"), harmless_text("-5"), harmless_text(" \\uff1dcmd"), harmless_text("A - B")
    ("'=1+1", '-5', "' \\uff1dcmd", 'A - B')
    """
    return f"'{text}" if may_be_calculated(text) else text


def may_be_calculated(text: str) -> bool:
    """Whether a spreadsheet program might take a text for a formula or a command."""
    if text.startswith("'") or text == "-" or _NUMBER.fullmatch(text):
        return False
    if text.startswith(_BEGINS_A_LINE):
        return True
    first = _PASSED_OVER.match(text)
    rest = text[first.end() if first else 0 :]
    return rest[:1] in _STARTS if rest else False
