"""Protection profiles: data with a source and a day for each rule, refused with the line where wrong, signed off before they publish."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sightline.app.protection_profiles import NotSignedOff, insist_on_sign_off, profiles_of, sign_profile
from sightline.app.workspace import Workspace
from sightline.cli.main import app
from sightline.definitions.catalogue import load_catalogue
from sightline.definitions.protection import CAUSING_HARM, load_profiles
from sightline.errors import CatalogueProblems, InputRefused
from sightline.ledger.models import AuditEvent
from tests.support.partnership import NOW

GOOD = """
- id: ours
  title: Ours
  made_for: Us
  tier: export
  method: {is: withheld, source: our own, in_force_from: 2026-01-01}
  rules:
    smallest_shown: {is: 5, source: our own, in_force_from: 2026-01-01}
    withheld_as: {is: withheld, source: our own, in_force_from: 2026-01-01}
    zeros: {is: shown, source: our own, in_force_from: 2026-01-01}
    width: {is: 5, source: our own, in_force_from: 2026-01-01}
    finest_area: {is: ward, source: our own, in_force_from: 2026-01-01}
"""


def own(folder: Path, text: str) -> Path:
    (folder / "protection_profiles.yml").write_text(text, encoding="utf-8")
    return folder


def test_every_rule_of_every_profile_says_where_it_is_written_and_since_when_it_holds() -> None:
    profiles = load_profiles()

    assert list(profiles) == ["operational", "strategic", "community", "dfe_export", "nhs_export", "opensafely_like"]
    for profile in profiles.values():
        for name, rule in profile.all_rules():
            assert len(rule.source) > 20, (profile.id, name)
            assert date(2010, 1, 1) < rule.in_force_from <= date(2026, 11, 21)


def test_bodies_get_their_own_signs_and_steps() -> None:
    profiles = load_profiles()
    dfe, nhs, community = (profiles[id].rules for id in ("dfe_export", "nhs_export", "community"))

    assert (dfe.smallest_shown.value, dfe.withheld_as.value, dfe.totals_to.value) == (6, "c", 10)
    assert (nhs.smallest_shown.value, nhs.withheld_as.value, nhs.round_to.value) == (8, "*", 5)
    assert community.base.value == 10
    assert community.zeros.value == "with_small"


@pytest.mark.parametrize(
    ("was", "becomes", "line", "says"),
    [
        ("smallest_shown: {is: 5", "smallest_shown: {is: five", 8, "smallest_shown.is"),
        ("source: our own, in_force_from: 2026-01-01}\n    zeros", "source: our own}\n    zeros", 9, "withheld_as.in_force_from"),
        ("    zeros: {is: shown", "    zeros: {is: hidden", 10, "zeros.is"),
        ("    finest_area", "    finest_place: x\n    finest_area", 12, "finest_place"),
        ("    withheld_as: {is: withheld, source: our own, in_force_from: 2026-01-01}\n", "", 2, "needs the rule withheld_as"),
        ("    zeros:", "    base: {is: 5, source: our own, in_force_from: 2026-01-01}\n    zeros:", 2, "has no rule base"),
        ("tier: export", "tier: community", 2, "is rounded, to a base of at least 10"),
        ("id: ours", "id: strategic", 2, "there twice"),
    ],
)
def test_a_mistake_is_told_with_its_file_and_line(tmp_path: Path, was: str, becomes: str, line: int, says: str) -> None:
    assert was in GOOD

    with pytest.raises(CatalogueProblems) as told:
        load_profiles(own(tmp_path, GOOD.replace(was, becomes)))

    assert says in str(told.value)
    assert f"protection_profiles.yml, line {line}" in str(told.value)


def test_a_partnership_adds_profiles_of_its_own(tmp_path: Path) -> None:
    assert list(load_profiles(own(tmp_path, GOOD)))[-1] == "ours"


def test_another_wording_is_another_version(tmp_path: Path) -> None:
    first = load_profiles(own(tmp_path, GOOD))["ours"].version

    assert load_profiles(own(tmp_path, GOOD.replace("{is: 5, source: our own", "{is: 5, source: our rule")))["ours"].version != first


def test_the_community_is_told_nothing_of_people_who_cause_harm() -> None:
    known = {each.id: each for each in load_catalogue().indicators}
    profiles = load_profiles()

    assert set(known) >= CAUSING_HARM
    assert not any(profiles["community"].may_tell(id) for id in CAUSING_HARM)
    assert profiles["community"].may_tell("children_with_known_concern")
    assert profiles["strategic"].may_tell("suspects_under_18")
    telling = {id for id, each in known.items() if any(word in f"{id} {each.title}".lower() for word in ("suspect", "offence", "disrupt"))}
    assert telling <= CAUSING_HARM


@pytest.mark.django_db
def test_a_sign_off_is_of_one_wording_and_is_in_the_audit(workspace: Workspace) -> None:
    folder = own(workspace.root / "partnership", GOOD)
    profile = load_profiles(folder)["ours"]
    with pytest.raises(NotSignedOff, match="not signed off"):
        insist_on_sign_off(profile)
    with pytest.raises(InputRefused, match="is now version"):
        sign_profile(workspace, "ours", version="an older one", note="", by="lead", at=NOW)

    sign_profile(workspace, "ours", version=profile.version, note="read with the board", by="lead", at=NOW)

    insist_on_sign_off(profile)
    event = AuditEvent.objects.order_by("-seq").first()
    assert event is not None
    assert (event.action, event.actor, event.detail["version"]) == ("profile_signed", "lead", profile.version)
    own(folder, GOOD.replace("is: 5, source: our own", "is: 4, source: our own"))
    with pytest.raises(NotSignedOff, match="changed since it was signed off"):
        insist_on_sign_off(load_profiles(folder)["ours"])
    assert [each.words for each in profiles_of(workspace)][-1] == "changed since it was signed off"


@pytest.mark.django_db
def test_the_commands_list_show_and_sign(workspace: Workspace) -> None:
    def run(*words: str) -> dict[str, object]:
        done = CliRunner().invoke(app, ["profiles", *words, "--workspace", str(workspace.root), "--json"])
        assert done.exit_code == 0, done.output
        return json.loads(done.output)

    version = run("show", "dfe_export")["version"]
    assert run("sign", "dfe_export", "--version", str(version), "--by", "lead")["signed_by"] == "lead"
    signed = {each["id"]: each["signed_by"] for each in run("list")["profiles"]}
    assert signed["dfe_export"] == "lead"
    assert signed["community"] is None


def test_without_a_workspace_the_catalogue_is_listed(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["profiles", "list", "--workspace", str(tmp_path / "none"), "--json"])

    assert [each["id"] for each in json.loads(done.output)["profiles"]][:2] == ["operational", "strategic"]
