"""Tokens made by other rules than the partnership's: refused at the door, left out of linking where they are, and never half compared."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from sightline.app import link_people as linking
from sightline.app import prepare as preparing
from sightline.app import token_rules
from sightline.app.linkage_statement import assemble_statement
from sightline.app.publish_generation import publish_generation
from sightline.app.tables import NotReproducible
from sightline.app.token_rules import TokenRulesDiffer
from sightline.cli.main import app
from sightline.intake.prepared import PackageRefused
from sightline.ledger.models import AuditEvent, Linkage, ReturnVersion
from sightline.linkage import tokens
from sightline.linkage.tokens import TOKEN_RULES
from sightline.model.packages import Manifest
from sightline.model.tokens import RULES
from sightline.store.packages import MANIFEST, README, unpack
from tests.support.changing_keys import AGENCIES, Q4, SPRING, WINTER, Agencies, link_all, new_workspace, people_of, send
from tests.support.prepared import rewritten

NEXT = str(int(TOKEN_RULES) + 1)
MEMBER = "tables/identity_record.jsonl"


@pytest.fixture(scope="module")
def agencies(tmp_path_factory):
    return Agencies(tmp_path_factory.mktemp("agencies"))


@pytest.fixture
def workspace(tmp_path, db):
    return new_workspace(tmp_path)


@pytest.fixture
def winter(workspace, agencies):
    """The winter's returns of three agencies, by the rules of this version, and people linked."""
    for agency in AGENCIES:
        send(workspace, agencies.package(agency, Q4, "first"), agency, Q4, at=WINTER)
    return people_of(workspace, link_all(workspace, at=WINTER))


def of_version(monkeypatch, rules, *places):
    """As if these parts were of a version of Sightline with other rules."""
    for place in places:
        monkeypatch.setattr(place, "TOKEN_RULES", rules)


def made_by(rules, agencies, tmp_path):
    """The police's package as a version with these rules makes it; None: one from before rules had a version."""
    now = f'\\"{RULES}\\":\\"{TOKEN_RULES}\\"'.encode()
    then = b"" if rules is None else f'\\"{RULES}\\":\\"{rules}\\"'.encode()

    def change(members):
        assert members[MEMBER].count(now) == 4
        members[MEMBER] = members[MEMBER].replace(b"," + now if rules is None else now, then)

    out = tmp_path / "package.zip"
    out.write_bytes(rewritten(agencies.package("police", Q4, "first").read_bytes(), change))
    return out


def test_a_package_tells_by_which_rules_its_tokens_were_made(agencies):
    members = unpack(agencies.package("police", Q4, "first").read_bytes())
    names, *rows = members[MEMBER].decode().splitlines()
    place = json.loads(names).index("link_tokens")

    assert {json.loads(json.loads(row)[place])[RULES] for row in rows} == {TOKEN_RULES}
    assert f"token rules {TOKEN_RULES}" in members[README].decode()
    (field,) = [one for one in Manifest.from_bytes(members[MANIFEST]).fields if one.field == "link_tokens"]
    assert f"token rules {TOKEN_RULES}" in field.why


def test_a_package_by_later_rules_is_refused_at_the_door_and_only_the_refusal_is_kept(workspace, agencies, winter, tmp_path):
    with pytest.raises(TokenRulesDiffer, match=f"Police made the tokens of this package by rules {NEXT}.*{TOKEN_RULES}.*which are older"):
        send(workspace, made_by(NEXT, agencies, tmp_path), "police", Q4, at=SPRING)

    assert ReturnVersion.objects.filter(agency="police").count() == 1
    assert (AuditEvent.objects.last().action, AuditEvent.objects.last().detail) == ("return_refused", {"findings": ["SL-LNK-014"]})
    assert people_of(workspace, link_all(workspace, at=SPRING)) == winter


def test_a_package_by_earlier_rules_is_refused_with_what_helps(workspace, agencies, monkeypatch):
    of_version(monkeypatch, NEXT, token_rules)
    with pytest.raises(TokenRulesDiffer, match="Let the agency prepare the package again with the partnership's version"):
        send(workspace, agencies.package("csc", Q4, "first"), "csc", Q4, at=WINTER)
    assert not ReturnVersion.objects.exists()


def test_a_package_from_before_rules_had_a_version_was_made_by_the_first(workspace, agencies, winter, tmp_path):
    send(workspace, made_by(None, agencies, tmp_path), "police", Q4, at=SPRING)

    assert TOKEN_RULES == "1"
    assert ReturnVersion.objects.filter(agency="police").count() == 2
    assert people_of(workspace, link_all(workspace, at=SPRING)) == winter


def test_what_is_no_token_is_refused_whatever_rules_it_says(workspace, agencies, tmp_path):
    def change(members):
        members[MEMBER] = members[MEMBER].replace(b'\\"given\\":\\"', b'\\"given\\":\\"Zebedee ')

    out = tmp_path / "package.zip"
    out.write_bytes(rewritten(agencies.package("police", Q4, "first").read_bytes(), change))
    with pytest.raises(PackageRefused, match="its tokens for linking are not tokens") as told:
        send(workspace, out, "police", Q4, at=WINTER)
    assert "Zebedee" not in str(told.value)


def test_returns_by_earlier_rules_are_left_out_by_name_and_the_others_linked(workspace, agencies, winter, monkeypatch, tmp_path):
    """Two agencies have prepared their returns again with the next version, which the partnership has too; the police have not."""
    of_version(monkeypatch, NEXT, tokens, token_rules, linking, preparing)
    others = Agencies(tmp_path)
    for agency in ("csc", "health"):
        send(workspace, others.package(agency, Q4, "first"), agency, Q4, at=SPRING)
    done = link_all(workspace, at=SPRING, seed=2)
    people = people_of(workspace, done)

    assert [str(one) for one in done.left_out] == [f"police markers 2025-Q4 (token rules {TOKEN_RULES})"]
    assert Linkage.objects.last().summary["left_out"][0]["rules"] == TOKEN_RULES
    assert people == {identity: person for identity, person in winter.items() if identity in people}
    assert len(people) == 8
    (gap,) = [one for one in assemble_statement(workspace).not_checked if "police" in one.what]
    assert (f"rules {TOKEN_RULES}" in gap.reason, "left out of linking" in gap.reason) == (True, True)

    said = CliRunner().invoke(app, ["link", "--workspace", str(workspace.root), "--at", "2026-04-20T09:00", "--by", "tester"])
    assert said.exit_code == 0
    words = " ".join(said.output.split())
    assert f"Left out of linking, because their tokens were made by other rules than those of this version, {NEXT}: police" in words
    assert "prepare these returns again" in words

    send(workspace, others.package("police", Q4, "first"), "police", Q4, at=SPRING)
    done = link_all(workspace, at=SPRING, seed=3)
    assert (done.left_out, people_of(workspace, done)) == ((), winter)


def test_while_every_return_is_by_earlier_rules_nothing_is_linked_and_the_links_stay(workspace, winter, monkeypatch):
    of_version(monkeypatch, NEXT, tokens, token_rules, linking)
    publish_generation(workspace, by="tester", at=SPRING)
    before = list(Linkage.objects.values())

    said = CliRunner().invoke(app, ["link", "--workspace", str(workspace.root), "--at", "2026-04-20T09:00", "--by", "tester"])
    assert isinstance(said.exception, NotReproducible)
    assert "the links made before stay as they are" in str(said.exception)
    assert "prepare these returns again" in str(said.exception)
    assert list(Linkage.objects.values()) == before
