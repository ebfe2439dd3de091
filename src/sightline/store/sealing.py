"""Seal a stream of bytes in frames, so that a large file is encrypted and read back in flat memory.

The construction is STREAM: each frame is AES-256-GCM under the object's own key, with a nonce that says which frame it is and whether it is
the last. A frame that is changed, moved, left out, put in twice or taken from another object does not open, and neither does a file that
ends early. ``about`` (the object's name) is bound to every frame.

::

    SLSEAL1\\n | 7 random bytes | frame | frame | …      frame: up to 1 MiB, and 16 bytes that vouch for it

Source: Hoang, Reyhanitabar, Rogaway and Vizár (2015), "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance";
docs/methods/encryption-at-rest.md.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import BinaryIO, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

FRAME = 1 << 20
KEY_BYTES = 32
_MAGIC = b"SLSEAL1\n"
_PREFIX = 7
_TAG = 16
_HEADER = len(_MAGIC) + _PREFIX
_Piece = TypeVar("_Piece")


class SealBroken(Exception):
    """The bytes are not those that were sealed, or the key is another."""


def seal(content: Iterable[bytes | memoryview], file: BinaryIO, *, key: bytes, about: bytes) -> None:
    """Write ``content`` sealed.

    Args:
        content: The bytes in order, each piece of `FRAME` bytes but the last; see `pieces`.
        file: Where to.
        key: 32 bytes, used for this object only.
        about: What the object is called.
    """
    header, cipher = _MAGIC + os.urandom(_PREFIX), AESGCM(key)
    file.write(header)
    for position, (piece, is_last) in enumerate(_with_last(iter(content))):
        file.write(cipher.encrypt(_nonce(header, position, is_last), piece, header + about))


def unseal(file: BinaryIO, *, key: bytes, about: bytes) -> Iterator[bytes]:
    """Give the bytes that were sealed, a frame at a time; a frame is given only once it is vouched for.

    Raises:
        SealBroken: At the first frame that is not what was written, or at an end that is not the end.
    """
    header, cipher = file.read(_HEADER), AESGCM(key)
    if len(header) < _HEADER or not header.startswith(_MAGIC):
        raise SealBroken
    opened = 0
    for position, (frame, is_last) in enumerate(_with_last(iter(lambda: file.read(FRAME + _TAG), b""))):
        opened += 1
        try:
            yield cipher.decrypt(_nonce(header, position, is_last), frame, header + about)
        except InvalidTag as problem:
            raise SealBroken from problem
    if not opened:
        raise SealBroken


def pieces(content: bytes | memoryview) -> Iterator[memoryview]:
    """Cut bytes in memory into frames; nothing at all is one empty frame."""
    view = memoryview(content).cast("B")
    for start in range(0, max(view.nbytes, 1), FRAME):
        yield view[start : start + FRAME]


def pieces_of(file: BinaryIO) -> Iterator[bytes]:
    """Cut a file into frames as it is read."""
    first = file.read(FRAME)
    yield first
    if len(first) == FRAME:
        while piece := file.read(FRAME):
            yield piece


def size_within(sealed: int) -> int:
    """How many bytes a sealed file of so many bytes holds."""
    frames = -(-(sealed - _HEADER) // (FRAME + _TAG))
    return sealed - _HEADER - frames * _TAG


def _nonce(header: bytes, position: int, is_last: bool) -> bytes:
    return header[-_PREFIX:] + position.to_bytes(4, "big") + bytes([is_last])


def _with_last(content: Iterator[_Piece]) -> Iterator[tuple[_Piece, bool]]:
    """Each piece, and whether it is the last; of nothing at all, nothing."""
    ahead = next(content, None)
    while ahead is not None:
        piece, ahead = ahead, next(content, None)
        yield piece, ahead is None
