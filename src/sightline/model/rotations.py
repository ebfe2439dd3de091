"""A rotation file: for one return, each token it was sent with and the token of the same value under another key, and nothing else.

Text that anybody can read: a line that says what it is for, a line for each pair in order of the old token, and the hash of all before.
Reading accepts exactly what writing makes, so that nothing can hide in it and a file that was cut shows.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from sightline.model.tokens import is_any_token

FORM = "sightline-rotation/1"
_KEY_ID = re.compile(r"[0-9a-f]{8}")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_PERIOD = re.compile(r"\d{4}-Q[1-4]")
_FORMS = {"agency": _NAME, "dataset": _NAME, "period": _PERIOD, "old_key": _KEY_ID, "new_key": _KEY_ID}


class RotationBroken(ValueError):
    """Bytes that are not a rotation file in its one form. ``why`` never quotes what is in them."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Rotation:
    """The pairs of one return: ``pairs`` from each token under ``old_key`` to the one under ``new_key``; keys by their ids."""

    agency: str
    dataset: str
    period: str
    old_key: str
    new_key: str
    pairs: Mapping[str, str]

    def to_bytes(self) -> bytes:
        """The one way to write it."""
        told = {name: getattr(self, name) for name in _FORMS} | {"pairs": len(self.pairs)}
        lines = [f"{FORM} {json.dumps(told, sort_keys=True, separators=(',', ':'))}"]
        lines += [f"{old} {new}" for old, new in sorted(self.pairs.items())]
        body = "\n".join(lines) + "\n"
        return f"{body}sha256 {hashlib.sha256(body.encode('ascii')).hexdigest()}\n".encode("ascii")

    @classmethod
    def from_bytes(cls, content: bytes) -> Rotation:
        """Read a rotation file, which is foreign.

        Raises:
            RotationBroken: If it is none, was changed or cut, or maps a token twice.
        """
        try:
            lines = content.decode("ascii").split("\n")
        except UnicodeDecodeError:
            raise RotationBroken("it holds other characters than a rotation file has") from None
        if not lines[0].startswith(f"{FORM} "):
            raise RotationBroken("it does not begin as one")
        if len(lines) < 3 or lines.pop() or not lines[-1].startswith("sha256 "):
            raise RotationBroken("it breaks off before its end")
        body = content[: content.rindex(b"sha256 ")]
        if lines.pop() != f"sha256 {hashlib.sha256(body).hexdigest()}":
            raise RotationBroken("its hash is not that of its lines: it was changed")
        told = _told(lines[0].removeprefix(f"{FORM} "))
        read = cls(**{name: str(told[name]) for name in _FORMS}, pairs=_pairs(lines[1:]))
        if told["pairs"] != len(read.pairs):
            raise RotationBroken("it has another number of pairs than it says")
        if read.to_bytes() != content:
            raise RotationBroken("it is not written as Sightline writes one")
        return read


def _told(text: str) -> dict[str, object]:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        raise RotationBroken("its first line does not say what it is for") from None
    if not isinstance(told, dict) or set(told) != {*_FORMS, "pairs"}:
        raise RotationBroken("its first line does not say what it is for")
    if not all(isinstance(told[name], str) and form.fullmatch(told[name]) for name, form in _FORMS.items()):
        raise RotationBroken("its first line does not say what it is for")
    if told["old_key"] == told["new_key"]:
        raise RotationBroken("its two keys are one")
    return told


def _pairs(lines: list[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    news: set[str] = set()
    for number, line in enumerate(lines, 2):
        old, _, new = line.partition(" ")
        if not (is_any_token(old) and is_any_token(new) and len(old) == len(new)):
            raise RotationBroken(f"line {number} is no pair of tokens")
        if old in pairs:
            raise RotationBroken(f"line {number} gives a token a second new one")
        if new in news:
            raise RotationBroken(f"line {number} gives two tokens one new one")
        pairs[old] = new
        news.add(new)
    return pairs
