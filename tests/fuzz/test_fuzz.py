"""Readers meet what nobody would write: Hypothesis builds files from grammars, and damages good ones byte by byte.

The ordinary run takes a handful of examples, always the same. `SIGHTLINE_FUZZ_EXAMPLES=5000` takes that many others, and
`SIGHTLINE_FUZZ_KEEP=name` keeps what breaks a reader as `corpus/<reader>/found-name`; rename it for what it is and it is replayed for good.
"""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.fuzz import grammars
from tests.fuzz.readers import CORPUS, EXAMPLES, READERS, keep

LONG = EXAMPLES > 100
SETTINGS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=not LONG,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)


def answer(reader: str, content: bytes) -> None:
    try:
        READERS[reader](content)
    except BaseException:
        keep(reader, content)
        raise


@pytest.mark.parametrize("reader", READERS)
@SETTINGS
@given(data=st.data())
def test_a_reader_answers_whatever_a_grammar_builds(reader, data):
    answer(reader, data.draw(grammars.GRAMMARS[reader], label="content"))


@pytest.mark.parametrize("reader", READERS)
@SETTINGS
@given(data=st.data())
def test_a_reader_answers_a_good_file_that_was_damaged(reader, data):
    seeds = [*grammars.GOOD_FILES[reader], *(path.read_bytes() for path in sorted((CORPUS / reader).glob("[!f]*")))]
    content = data.draw(st.sampled_from([seed for seed in seeds if len(seed) < 100_000]), label="seed")
    seed = data.draw(st.integers(0, 2**32), label="damage")
    answer(reader, grammars.damaged(content, random.Random(seed)))
