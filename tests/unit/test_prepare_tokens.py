"""Tokens for linking in a prepared package: there, of the right form, and nothing of the person in them."""

from __future__ import annotations

import json

import pytest

from sightline.app.prepare import prepare
from sightline.intake.prepared import read_package_apart
from sightline.model.tokens import KEY as KEY_NAME
from sightline.model.tokens import RULES, TOKEN_FLAGS, is_field_tokens
from sightline.privacy.keyed import KeyUnusable
from tests.support.prepared import KEY, SECRETS, made, request


def tokens_of(folder, out="package.zip"):
    return read_package_apart(folder / out)[1]["identity_record"]["link_tokens"].to_pylist()


def test_without_being_asked_for_there_are_none(tmp_path):
    made(tmp_path)
    assert "link_tokens" not in read_package_apart(tmp_path / "package.zip")[1]["identity_record"].column_names


def test_every_row_about_a_person_carries_the_tokens_of_the_fields_that_do_not_leave(tmp_path):
    prepared = made(tmp_path, tokens="fields")
    told = [json.loads(text) for text in tokens_of(tmp_path)]
    assert all(map(is_field_tokens, tokens_of(tmp_path)))
    assert all({"given", "family", "dob", "postcode", "given_slips", "dob_slips", "near_years"} <= set(each) for each in told)
    assert len({each["family"] for each in told}) >= 2
    assert {each[KEY_NAME] for each in told} == {prepared.manifest.key.fingerprint}
    outcome = next(one for one in prepared.manifest.fields if one.field == "link_tokens")
    assert (outcome.given_before, outcome.given_after) == (3, 3)


@pytest.mark.parametrize("tokens", ["fields", "composite"])
def test_nothing_of_the_extract_that_names_anybody_is_in_the_package(tmp_path, tokens):
    made(tmp_path, tokens=tokens)
    content = (tmp_path / "package.zip").read_bytes().decode("utf-8", errors="replace")
    assert [secret for secret in SECRETS if secret.casefold() in content.casefold()] == []
    assert KEY not in content


def test_composite_keys_say_nothing_of_any_single_field(tmp_path):
    made(tmp_path, tokens="composite")
    told = [json.loads(text) for text in tokens_of(tmp_path)]
    assert all(set(each) == {KEY_NAME, RULES, "composites"} for each in told)
    assert all(len(each["composites"]) == 4 for each in told)


def test_the_same_extract_gives_the_same_tokens_and_another_key_others(tmp_path):
    made(tmp_path, tokens="fields")
    made(tmp_path, tokens="fields", out="again.zip")
    assert tokens_of(tmp_path) == tokens_of(tmp_path, "again.zip")
    other = tmp_path / "other.key"
    other.write_text("0f1e2d3c4b5a69788796a5b4c3d2e1f00112233445566778899aabbccddeeff0", encoding="ascii")
    made(tmp_path, tokens="fields", out="other.zip", key_file=other)
    ours, theirs = (json.loads(tokens_of(tmp_path, out)[0]) for out in ("package.zip", "other.zip"))
    assert set(ours) == set(theirs)
    assert [name for name in ours if name not in (*TOKEN_FLAGS, RULES) and ours[name] == theirs[name]] == []


def test_tokens_need_the_key(tmp_path):
    with pytest.raises(KeyUnusable, match="no key was given"):
        prepare(request(tmp_path, tokens="fields", key_file=None), out=tmp_path / "package.zip")
    assert not (tmp_path / "package.zip").exists()
