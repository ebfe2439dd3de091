"""Numbers that name a person: which of them can be believed.

A number that fails its own check is a typing error; believing it would join two children or part one. It is left out, never mended.
A keyed token is believed: the agency checked the number before it made the token (`sightline prepare`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from operator import mul

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sightline.model.tokens import is_token

_CHECK_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
_UPN = re.compile(r"[A-Z][0-9]{11}[0-9A-Z]")
_DIGITS_AS_LETTERS = {"O": "0", "I": "1", "L": "1"}
_SPACES = re.compile(r"[\s-]")
_TEN_DIGITS = re.compile(r"[0-9]{10}")
_NHS_WEIGHTS = tuple(range(10, 1, -1))
_UPN_WEIGHTS = tuple(range(2, 14))
_POSTCODE = re.compile(r"([A-Z]{1,2}\d[A-Z\d]?)(\d[A-Z]{2})")


def nhs_number(text: str | None) -> str | None:
    """The ten digits of a believable NHS number, else None.

    The last digit must be the modulus 11 check digit; ten equal digits pass that check and are still nobody's.

    Source: NHS Data Dictionary, "NHS NUMBER" (943 476 5919 is its example); docs/methods/linkage.md.

    >>> nhs_number("943 476 5919")
    '9434765919'
    >>> nhs_number("943 476 5918") is None
    True
    """
    if is_token(text):
        return text
    digits = _SPACES.sub("", text or "")
    if not _TEN_DIGITS.fullmatch(digits) or digits == digits[0] * 10:
        return None
    remainder = _weighted(digits[:9], _NHS_WEIGHTS) % 11
    return digits if (11 - remainder) % 11 == int(digits[9]) else None


def unique_pupil_number(text: str | None) -> str | None:
    """A believable permanent unique pupil number, else None.

    The first letter must be the check letter of the twelve characters after it. A temporary number (its last character a letter) is left
    out: schools give them out more than once, so they neither join nor part.

    Source: Department for Education, "Unique pupil numbers: a guide for schools and local authorities", and the rule of school census
    error 1510; B801200005001 is the example of python-stdnum; docs/methods/linkage.md.

    >>> unique_pupil_number("B801200005001")
    'B801200005001'
    >>> unique_pupil_number("A801200005001") is None
    True
    """
    if is_token(text):
        return text
    number = re.sub(r"\s", "", text or "").upper()
    if not _UPN.fullmatch(number) or not number[12].isdigit():
        return None
    return number if _CHECK_LETTERS[_weighted(number[1:], _UPN_WEIGHTS) % 23] == number[0] else None


def nhs_numbers(texts: pa.Array) -> pa.Array:
    """`nhs_number` of each text; numbers written plainly are checked together.

    >>> nhs_numbers(pa.array(["9434765919", "943 476 5919", "9434765918"])).to_pylist()
    ['9434765919', '9434765919', None]
    """

    def passes(letters: NDArray[np.int64]) -> NDArray[np.bool_]:
        digits = letters - ord("0")
        is_right = (11 - digits[:, :9] @ np.array(_NHS_WEIGHTS) % 11) % 11 == digits[:, 9]
        return np.asarray(is_right & (digits != digits[:, :1]).any(axis=1))

    return _together(texts, "^[0-9]{10}$", 10, passes, nhs_number)


def unique_pupil_numbers(texts: pa.Array) -> pa.Array:
    """`unique_pupil_number` of each text; numbers written plainly are checked together.

    >>> unique_pupil_numbers(pa.array(["B801200005001", "b801200005001", "A801200005001"])).to_pylist()
    ['B801200005001', 'B801200005001', None]
    """
    check_letters = np.frombuffer(_CHECK_LETTERS.encode(), np.uint8)

    def passes(letters: NDArray[np.int64]) -> NDArray[np.bool_]:
        sums = (letters[:, 1:] - ord("0")) @ np.array(_UPN_WEIGHTS)
        return np.asarray(check_letters[sums % len(check_letters)] == letters[:, 0])

    return _together(texts, "^[A-Z][0-9]{12}$", 13, passes, unique_pupil_number)


def _together(
    texts: pa.Array,
    plain: str,
    length: int,
    passes: Callable[[NDArray[np.int64]], NDArray[np.bool_]],
    check: Callable[[str | None], str | None],
) -> pa.Array:
    """Texts of one plain shape by their letters, all at once; the others one by one."""
    is_plain = pc.match_substring_regex(texts, plain)
    written = texts.filter(is_plain).to_numpy(zero_copy_only=False).astype(f"S{length}")
    right = passes(written.view(np.uint8).reshape(-1, length).astype(np.int64))
    checked = pc.replace_with_mask(pa.nulls(len(texts), pa.string()), is_plain, pc.if_else(pa.array(right), texts.filter(is_plain), None))
    is_other = pc.invert(is_plain)
    others = [check(text) for text in texts.filter(is_other).to_pylist()]
    return pc.replace_with_mask(checked, is_other, pa.array(others, pa.string()))


def _weighted(digits: str, weights: tuple[int, ...]) -> int:
    """Each digit times its weight, summed."""
    return int(sum(map(mul, digits.encode(), weights))) - ord("0") * sum(weights)


def postcode(text: str | None) -> str | None:
    """A whole postcode without its space, else None. Part postcodes and words such as "NFA" are left out.

    >>> postcode(" qs4  2ab ")
    'QS42AB'
    """
    compact = re.sub(r"[^A-Z0-9]", "", (text or "").upper())
    # The inward part is a digit and two letters, so that O for 0 and I for 1 can be told there and nowhere else.
    if len(compact) > 4 and compact[-3] in _DIGITS_AS_LETTERS:
        compact = compact[:-3] + _DIGITS_AS_LETTERS[compact[-3]] + compact[-2:]
    return compact if _POSTCODE.fullmatch(compact) else None
