"""A rotation file made at the agency: every token that was sent beside its successor, and nothing else."""

from __future__ import annotations

import hashlib
import re

import pytest

from sightline.app.make_rotation import make_rotation
from sightline.errors import Refused
from sightline.model.rotations import Rotation, RotationBroken
from sightline.privacy.keyed import KeyUnusable
from sightline.store.packages import TABLES, unpack
from tests.support.prepared import KEY, SECRETS, made, request

NEW = bytes(range(40, 72)).hex()
ANY_TOKEN = re.compile(rb"t:[0-9a-f]{32}|(?<![0-9a-f:])[0-9a-f]{20}(?![0-9a-f])")


def new_key(folder):
    path = folder / "new.key"
    path.write_text(NEW, encoding="ascii")
    return path


def tokens_in(package):
    members = unpack(package.read_bytes())
    return {found.decode() for name, text in members.items() if name.startswith(TABLES) for found in ANY_TOKEN.findall(text)}


def rotated(folder, **more):
    return make_rotation(request(folder, **more), new_key(folder), out=folder / "rotation.txt")


@pytest.mark.parametrize("tokens", [None, "fields", "composite"])
def test_it_pairs_exactly_the_tokens_of_the_package_with_those_of_the_new_key(tmp_path, tokens):
    made(tmp_path, tokens=tokens)
    pairs = rotated(tmp_path, tokens=tokens).rotation.pairs
    made(tmp_path, tokens=tokens, out="new.zip", key_file=new_key(tmp_path))

    assert set(pairs) == tokens_in(tmp_path / "package.zip")
    assert set(pairs.values()) == tokens_in(tmp_path / "new.zip")
    assert len(set(pairs.values())) == len(pairs) >= 5


def test_it_holds_nothing_of_anybody_and_neither_key(tmp_path):
    found = rotated(tmp_path, tokens="fields")
    content = found.file.read_text(encoding="ascii")
    assert [secret for secret in (*SECRETS, KEY, NEW) if secret.casefold() in content.casefold()] == []
    assert all(re.fullmatch(r"(t:[0-9a-f]{32} t:[0-9a-f]{32}|[0-9a-f]{20} [0-9a-f]{20})", line) for line in content.splitlines()[1:-1])
    assert Rotation.from_bytes(found.file.read_bytes()) == found.rotation
    assert (tmp_path / "rotation.txt.sha256").read_text() == f"{found.sha256}  rotation.txt\n"


def test_it_is_the_same_bytes_each_time(tmp_path):
    first = rotated(tmp_path, tokens="fields").file.read_bytes()
    again = make_rotation(request(tmp_path, tokens="fields"), new_key(tmp_path), out=tmp_path / "again.txt")
    assert again.file.read_bytes() == first


def test_it_needs_two_keys_apart_from_the_files_and_a_name_of_its_own(tmp_path):
    asked = request(tmp_path, tokens="fields")
    with pytest.raises(KeyUnusable, match="are the same key"):
        make_rotation(asked, tmp_path / "partnership.key", out=tmp_path / "rotation.txt")
    with pytest.raises(KeyUnusable, match="cannot be read"):
        make_rotation(asked, tmp_path / "no.key", out=tmp_path / "rotation.txt")
    with pytest.raises(KeyUnusable, match="lies among the files"):
        make_rotation(asked, asked.files[0], out=tmp_path / "rotation.txt")
    assert not (tmp_path / "rotation.txt").exists()
    rotated(tmp_path)
    with pytest.raises(Refused, match="a file of that name"):
        rotated(tmp_path)
    with pytest.raises(Refused, match="hold no tokens"):
        make_rotation(request(tmp_path, mode="aggregate_only"), new_key(tmp_path), out=tmp_path / "counts.txt")


def line(number):
    return "t:" + f"{number:032x}"


GOOD = Rotation("police", "markers", "2026-Q1", "00112233", "44556677", {line(1): line(8), line(2): line(9), "0" * 20: "1" * 20})


def retold(**told):
    return Rotation(**{name: getattr(GOOD, name) for name in ("agency", "dataset", "period", "old_key", "new_key", "pairs")} | told)


def with_hash(body):
    return body + f"sha256 {hashlib.sha256(body).hexdigest()}\n".encode()


BODY = GOOD.to_bytes()[: GOOD.to_bytes().rindex(b"sha256")]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "does not begin as one"),
        (b"given_name,family_name\n", "does not begin as one"),
        (GOOD.to_bytes()[:-30], "breaks off"),
        (GOOD.to_bytes()[:-1], "breaks off"),
        (BODY, "breaks off"),
        (GOOD.to_bytes().replace(line(9).encode(), line(7).encode()), "hash is not that"),
        (with_hash(BODY + f"{line(2)} {line(5)}\n".encode()), "a second new one"),
        (with_hash(BODY + f"{line(3)} {line(9)}\n".encode()), "gives two tokens one new one"),
        (with_hash(BODY + b"Ada Lovelace\n"), "is no pair of tokens"),
        (with_hash(BODY + f"{line(3)} {'2' * 20}\n".encode()), "is no pair of tokens"),
        (with_hash(BODY + f"{line(3)} {line(6)}\n".encode()), "another number of pairs"),
        (with_hash(BODY.replace(b'"pairs":3', b'"note":"Ada","pairs":3')), "does not say what it is for"),
        (with_hash(BODY.replace(b"police", b"../etc")), "does not say what it is for"),
        (retold(new_key="00112233").to_bytes(), "its two keys are one"),
        (with_hash(BODY.replace(b'{"agency"', b'{ "agency"')), "not written as Sightline writes one"),
        ("sightline-rotation/1 é".encode(), "other characters"),
    ],
)
def test_what_is_no_rotation_file_is_refused_in_words_that_quote_nothing(content, why):
    with pytest.raises(RotationBroken) as told:
        Rotation.from_bytes(content)
    assert why in told.value.why
    assert "Ada" not in told.value.why
