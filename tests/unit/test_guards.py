"""The rules that the database itself is given: made from the models, so that a new table of an agency cannot be forgotten."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import models
from typer.testing import CliRunner

from sightline.cli.main import app
from sightline.errors import Refused
from sightline.ledger import guards
from sightline.ledger.append_only import AppendOnly
from sightline.ledger.models import ReturnVersion

LEDGER = list(apps.get_app_config("ledger").get_models())
STATEMENTS = list(guards.on_postgresql())


def test_rows_of_returns_are_seen_by_the_agency_that_sent_them() -> None:
    found = guards.policies()

    assert found["ledger_returnversion"] == "sightline_sees(agency)"
    whose = "exists (select 1 from ledger_returnversion as whose where whose.id = {}.return_version_id)"
    for table in ("ledger_returnobject", "ledger_keyedreturn", "ledger_tokenrotation", "ledger_tombstone"):
        assert found[table] == whose.format(table)
    assert found["ledger_linkreviewpair"] == "sightline_sees(left_agency) or sightline_sees(right_agency)"
    assert "ledger_linkreviewundo" in found, "a row of a row of a row"


@pytest.mark.parametrize("model", LEDGER, ids=lambda model: model.__name__)
def test_a_table_that_carries_an_agency_has_a_policy_that_holds_for_its_owner_too_or_a_reason_why_all_see_it(model) -> None:
    table = model._meta.db_table
    carries = [field for field in model._meta.concrete_fields if "agency" in field.name or field.related_model is ReturnVersion]
    if model is ReturnVersion or not [field for field in carries if field.related_model is not model]:
        return

    if model._meta.model_name in guards.SHARED:
        assert table not in guards.policies()
        return
    assert f"alter table {table} enable row level security" in STATEMENTS
    assert f"alter table {table} force row level security" in STATEMENTS
    assert any(each.startswith(f"create policy of_agency on {table} using (") for each in STATEMENTS)


def test_every_table_that_all_see_exists_and_says_why() -> None:
    assert set(guards.SHARED) <= {model._meta.model_name for model in LEDGER}
    assert all(guards.SHARED.values())


def test_a_new_table_of_an_agency_gets_its_policy_by_itself(monkeypatch) -> None:
    class Visit(models.Model):
        agency = models.CharField(max_length=64)

        class Meta:
            app_label = "nowhere"

        def __str__(self) -> str:
            return self.agency

    monkeypatch.setattr(guards.apps.get_app_config("ledger"), "get_models", lambda: [Visit])

    assert guards.policies() == {"nowhere_visit": "sightline_sees(agency)"}


@pytest.mark.parametrize("model", LEDGER, ids=lambda model: model.__name__)
def test_a_fact_can_be_added_and_read_and_nothing_else(model) -> None:
    granted = [
        each for each in guards.roles() if each.startswith("grant ") and each.endswith(f" on {model._meta.db_table} to sightline_app")
    ]

    assert len(granted) == 1
    if issubclass(model, AppendOnly):
        assert granted[0].startswith("grant select, insert on")


def test_no_rule_is_lifted_for_a_role_and_the_auditor_reads_the_audit_alone() -> None:
    said = list(guards.roles())

    for role in ("sightline_app", "sightline_auditor"):
        assert f"alter role {role} nologin nosuperuser nobypassrls nocreatedb nocreaterole noreplication" in said
    to_auditor = [each for each in said if each.endswith("to sightline_auditor") and " on schema " not in each]
    assert to_auditor == ["grant select on ledger_auditevent, ledger_audithead to sightline_auditor"]


@pytest.mark.django_db
def test_the_command_prints_the_statements_and_makes_no_roles_where_the_ledger_is_a_file() -> None:
    shown = CliRunner().invoke(app, ["database", "prepare", "--show"])

    assert shown.exit_code == 0
    assert "create policy of_agency on ledger_returnversion using (sightline_sees(agency));" in " ".join(shown.output.split())
    assert isinstance(CliRunner().invoke(app, ["database", "prepare"]).exception, Refused)
