"""What once broke a reader, or was built to, is read again in every run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.readers import CORPUS, READERS

KEPT = sorted(path for path in CORPUS.glob("*/*") if path.is_file())


@pytest.mark.parametrize("path", KEPT, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_is_kept_is_answered(path: Path) -> None:
    READERS[path.parent.name](path.read_bytes())


def test_every_reader_has_a_corpus_of_small_files() -> None:
    assert {path.parent.name for path in KEPT} == set(READERS)
    assert [path.name for path in KEPT if path.stat().st_size > 100_000] == []
    assert [path.name for path in KEPT if path.name.startswith("found-")] == [], "name what was found for what it is"
