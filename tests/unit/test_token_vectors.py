"""The published vectors of tokens hold, and bind the version of the rules: what gives a value other tokens needs a new version."""

from __future__ import annotations

import json

import pytest

from sightline.linkage import names, tokens
from sightline.linkage.tokens import TOKEN_RULES
from tests.support import golden_tokens
from tests.support.golden_tokens import TOKENS, as_text, changed, vectors

PUBLISHED = json.loads(TOKENS.read_text(encoding="utf-8"))


def test_tokens_are_those_published_for_this_version_of_the_rules():
    made = vectors()

    assert PUBLISHED["rules"] == TOKEN_RULES, "write the vectors of the new rules: python -m tests.support.golden_tokens"
    assert changed(PUBLISHED, made) == [], "values have other tokens than packages made before: raise TOKEN_RULES, then write the vectors"
    assert as_text(made) == TOKENS.read_text(encoding="utf-8"), "add the new vectors: python -m tests.support.golden_tokens"


@pytest.mark.parametrize(
    ("module", "name", "other"),
    [
        (names, "fold", lambda text: text.lower()),
        (tokens, "slips", lambda name: [name] if name else []),
        (tokens, "composites", lambda row: []),
    ],
    ids=["the normaliser", "what is laid out beforehand", "composite keys"],
)
def test_a_change_of_what_tokens_are_made_of_shows(monkeypatch, module, name, other):
    monkeypatch.setattr(module, name, other)

    assert changed(PUBLISHED, vectors())


def test_vectors_are_not_written_over_under_the_same_rules_and_are_under_the_next(monkeypatch, tmp_path):
    path = tmp_path / "tokens.json"
    path.write_text(TOKENS.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(golden_tokens, "TOKENS", path)
    monkeypatch.setattr(tokens, "slips", lambda name: [name] if name else [])

    assert "raise TOKEN_RULES first" in golden_tokens.main()
    assert path.read_text(encoding="utf-8") == TOKENS.read_text(encoding="utf-8")
    monkeypatch.setattr(golden_tokens, "TOKEN_RULES", "2")
    assert golden_tokens.main() is None
    assert json.loads(path.read_text(encoding="utf-8"))["rules"] == "2"
