"""Which letters texts hold, as numbers that many pairs of texts can be compared by at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

_FIRST = 8
# Letters at a time: a few overlong texts must not make the table of all of them as wide.
_AT_A_TIME = 2_000_000
_LOW_BITS = np.uint64(0x0101010101010101)

Array = NDArray[Any]


def letters_of(texts: pa.ChunkedArray) -> dict[str, Array]:
    """Of each text its ``length``, the ``letters`` it holds (a bit for each, 64 in all) and its ``first`` eight (a byte for each).

    Two letters may share a bit or a byte, so that two texts can seem nearer than they are but never further apart. Each different text is
    looked at once. A text that is missing counts as empty.
    """
    encoded = texts.combine_chunks().dictionary_encode()
    known = encoded.dictionary
    which = pc.fill_null(encoded.indices, len(known)).to_numpy(zero_copy_only=False)
    length = np.append(pc.utf8_length(known).to_numpy(zero_copy_only=False), 0).astype(np.int32)
    letters, first = (np.zeros(len(known) + 1, np.uint64) for _ in range(2))
    by_length = np.argsort(length[:-1], kind="stable")
    start = 0
    while start < len(by_length):
        # as many as fit when all are as long as the longest of them
        reach = by_length[start : start + _AT_A_TIME // _FIRST]
        widths = np.maximum(length[reach], _FIRST).astype(np.int64)
        some = reach[: max(1, int(np.searchsorted(widths * (np.arange(len(reach)) + 1), _AT_A_TIME)))]
        points = np.array(known.take(pa.array(some)).to_pylist(), dtype=f"U{int(widths[len(some) - 1])}")
        points = points.view(np.uint32).reshape(len(some), -1)
        bits = np.where(points > 0, np.uint64(1) << (points % 64).astype(np.uint64), np.uint64(0))
        letters[some] = np.bitwise_or.reduce(bits, axis=1)
        first[some] = np.ascontiguousarray((points[:, :_FIRST] % 256).astype(np.uint8)).view("<u8").ravel()
        start += len(some)
    return {"length": length[which], "letters": letters[which], "first": first[which]}


def letters_that_differ(one: Array, other: Array) -> Array:
    """At how many of their first eight places texts differ."""
    differ = one ^ other
    for step in (4, 2, 1):
        differ = differ | (differ >> np.uint64(step))
    return np.asarray(np.bitwise_count(differ & _LOW_BITS))
