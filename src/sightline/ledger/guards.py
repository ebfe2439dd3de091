"""What the database itself refuses, whatever program asks it: changing an audit event, and (PostgreSQL) seeing another agency's rows.

Made from the models, each time after migrations have run, so that a new table of an agency has its rule from its first day. Both databases
refuse to change or take away an audit event. PostgreSQL shows rows that carry an agency only to a transaction that says it is for that
agency (`ledger.scope`), also where it belongs to whoever asks (FORCE), and nothing where nothing was said. The role that the program signs
in with owns nothing and can neither change nor take away what is a fact.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from sightline.ledger.append_only import AppendOnly
from sightline.ledger.scope import EVERYTHING, SETTING

APP_ROLE, AUDITOR_ROLE = "sightline_app", "sightline_auditor"
AUDIT = "ledger_auditevent"
SHARED: dict[str, str] = {
    "user": "found by name before anybody knows the agency",
    "quarantine": "asked before anybody is let in",
    "legalhold": "whoever erases has to see every hold",
    "outputrequest": "checkers of other agencies decide on it",
    "outputdecision": "counted over agencies: two have to agree",
    "erasure": "asked of returns by their ids, of one agency or several; pages show an officer those of the own agency's",
    "breakglass": "an emergency at one agency is told to the others",
    "breakglasstold": "written for other agencies by the one that has the emergency",
    "breakglassreview": "each agency says what it thinks of another's emergency",
    "breakglassrefused": "protection officers of all agencies are to see what was tried",
    "generationreturn": "names returns by their ids, and every page says how many a generation has",
}
"""Tables that carry an agency, or belong to a return, and are for the whole partnership, each with the reason."""
_REFUSED = "an audit event is a fact: it is not changed and not taken away"


def policies() -> dict[str, str]:
    """Each table whose rows are of an agency → the condition under which one is seen."""
    found: dict[str, str] = {}
    waiting = [model for model in apps.get_app_config("ledger").get_models() if model._meta.model_name not in SHARED]
    while True:
        more = {model: condition for model in waiting if (condition := _condition(model, found))}
        if not more:
            return dict(sorted(found.items()))
        found |= {model._meta.db_table: condition for model, condition in more.items()}
        waiting = [model for model in waiting if model not in more]


def _condition(model: type[models.Model], known: dict[str, str]) -> str:
    """By its own agencies if it carries any, else by the row that it belongs to; empty where it is of no agency (yet known)."""
    fields = [field for field in model._meta.concrete_fields if field.name == "agency" or field.name.endswith("_agency")]
    if fields:
        return " or ".join(f"sightline_sees({field.column})" for field in fields)
    of_return_first = sorted(model._meta.concrete_fields, key=lambda field: field.name != "return_version")
    for field in of_return_first:
        parent: Any = field.related_model
        if parent is not None and parent is not model and parent._meta.db_table in known:
            table, key = parent._meta.db_table, parent._meta.pk.column
            return f"exists (select 1 from {table} as whose where whose.{key} = {model._meta.db_table}.{field.column})"
    return ""


def put_in_place(connection: BaseDatabaseWrapper) -> None:
    """Give the database its rules; what is there already is made anew."""
    statements = {"sqlite": on_sqlite, "postgresql": on_postgresql}.get(connection.vendor)
    if statements is None or AUDIT not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        for statement in statements():
            cursor.execute(statement)


def on_sqlite() -> Iterator[str]:
    """Audit events stay: one trigger for each way to bend them."""
    for what in ("update", "delete"):
        yield (f"create trigger if not exists audit_event_no_{what} before {what} on {AUDIT} begin select raise(abort, '{_REFUSED}'); end")


def on_postgresql() -> Iterator[str]:
    """Audit events stay; rows of an agency are seen by a transaction for it."""
    yield (
        "create or replace function sightline_fact_stays() returns trigger language plpgsql as "
        f"$$ begin raise exception '{_REFUSED}' using errcode = 'restrict_violation'; end $$"
    )
    for name, when in (("event", "update or delete on {} for each row"), ("events", "truncate on {} for each statement")):
        yield f"drop trigger if exists audit_{name}_stay on {AUDIT}"
        yield f"create trigger audit_{name}_stay before {when.format(AUDIT)} execute function sightline_fact_stays()"
    yield (
        "create or replace function sightline_sees(agency text) returns boolean language sql stable as "
        f"$$ select coalesce(current_setting('{SETTING}', true), '') in (agency, '{EVERYTHING}') "
        f"and coalesce(current_setting('{SETTING}', true), '') <> '' $$"
    )
    for table, condition in policies().items():
        yield f"alter table {table} enable row level security"
        yield f"alter table {table} force row level security"
        yield f"drop policy if exists of_agency on {table}"
        yield f"create policy of_agency on {table} using ({condition})"


def roles() -> Iterator[str]:
    """The roles that people of the database give to whom the program signs in as: they own nothing and no rule is lifted for them.

    Facts can be added and read. What the program itself moves on (states, sessions, the end of the chain) can be changed, too.
    """
    for role in (APP_ROLE, AUDITOR_ROLE):
        yield (f"do $$ begin if not exists (select from pg_roles where rolname = '{role}') then create role {role}; end if; end $$")
        yield f"alter role {role} nologin nosuperuser nobypassrls nocreatedb nocreaterole noreplication"
        yield f"revoke all on all tables in schema public from {role}"
        yield f"grant usage on schema public to {role}"
    yield "revoke create on schema public from public"
    yield f"grant usage on all sequences in schema public to {APP_ROLE}"
    for model in sorted(apps.get_models(include_auto_created=True), key=lambda model: model._meta.db_table):
        yield f"grant {_allowed(model)} on {model._meta.db_table} to {APP_ROLE}"
    yield f"grant select on django_migrations to {APP_ROLE}"
    yield f"grant select on {AUDIT}, ledger_audithead to {AUDITOR_ROLE}"


_STAY = frozenset({"audithead", "returnversion", "releaserecord", "currentgeneration", "user"})
"""Rows that move on and are never taken away."""


def _allowed(model: type[models.Model]) -> str:
    if issubclass(model, AppendOnly):
        return "select, insert"
    return "select, insert, update" if model._meta.model_name in _STAY else "select, insert, update, delete"
