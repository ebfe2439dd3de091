"""What programs can ask of the pages: described whole, and answered as described whatever is asked."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from sightline.app.roles import Role
from sightline.web.openapi import DATA, describe, is_data
from sightline.web.permissions import PUBLIC, may_see
from tests.web.example import ExampleSource

HELD = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
READERS = ((Role.ANALYST, ""), (Role.AGENCY_DATA_OFFICER, "police"), (Role.DATA_PROTECTION_OFFICER, ""))
PATIENTLY = settings(
    max_examples=3,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
REAL = {"number": 1, "agency": "police", "dataset": "police", "period": "2026-Q1"}
DESCRIBED = schemathesis.openapi.from_dict(describe())
OPERATIONS = {each.ok().definition.raw["operationId"]: each.ok() for each in DESCRIBED.get_all_operations()}
NEED_A_WORKSPACE = {"assessment_file", "output_file", "output_record", "subject_access_file"}
"""Which these pages are without: test_assessment_pages.py and test_outputs_pages.py take these files."""


def name_of(operation: str) -> str:
    return operation.partition(".")[0]


def real_id(source: ExampleSource, name: str) -> str:
    if name == "whole_table_file":
        return source.asked[0].id
    if found := [each.id for each in source.release.analyses_of(name.removesuffix("_file"))]:
        return found[0]
    return "missing_episodes"


def cookies_of_a_reader(sign_in, name: str) -> dict[str, str]:
    role, agency = next(each for each in READERS if may_see(each[0], name))
    return {"sessionid": sign_in(role, agency).cookies["sessionid"].value}


@pytest.fixture
def ask(pages, sign_in):
    """Ask for one operation as somebody who may, over WSGI, and hold the answer against its description."""
    application, token = get_wsgi_application(), "t" * 32

    def asked(operation: str, case: Any) -> Any:
        answer = case.call(app=application, cookies=cookies, headers={"X-CSRFToken": token}, base_url="http://localhost")
        case.validate_response(answer, checks=HELD)
        return answer

    cookies: dict[str, str] = {}

    def by(operation: str):
        cookies.update({"csrftoken": token}, **cookies_of_a_reader(sign_in, name_of(operation)))
        return lambda case: asked(operation, case)

    return by


def test_every_address_of_data_is_described_for_every_ending_and_nothing_else():
    names = {pattern.name for pattern in get_resolver().url_patterns if is_data(pattern)}

    assert names <= DATA.keys()
    assert {name_of(each) for each in OPERATIONS} == names
    assert {name for name in names if name.endswith("_file")} == {
        each.name for each in get_resolver().url_patterns if each.name.endswith("_file")
    }


@pytest.mark.parametrize("operation", sorted(each for each in OPERATIONS if name_of(each) not in NEED_A_WORKSPACE))
def test_what_is_there_is_answered_as_described(operation, ask, pages):
    described = OPERATIONS[operation]
    wanted = [each["name"] for each in described.definition.raw["parameters"] if each["in"] == "path"]
    values = {**REAL, "id": real_id(pages, name_of(operation))}
    body = (
        {"body": {"reason": "a subject asked"}, "media_type": "application/x-www-form-urlencoded"} if DATA[name_of(operation)].form else {}
    )

    answer = ask(operation)(described.Case(path_parameters={name: values[name] for name in wanted}, **body))

    assert answer.status_code == 200


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_whatever_is_asked_no_answer_is_a_failure_of_the_server(operation, ask, pages):
    described = OPERATIONS[operation]
    call = ask(operation)
    real = {**REAL, "id": real_id(pages, name_of(operation))}
    modes = [GenerationMode.POSITIVE, *([GenerationMode.NEGATIVE] if described.definition.raw["parameters"] else [])]

    for mode in modes:

        @PATIENTLY
        @given(case=described.as_strategy(generation_mode=mode), is_real=st.booleans())
        def asked(case, is_real):
            if is_real and case.path_parameters and case.query:
                case.path_parameters = {name: real.get(name, value) for name, value in case.path_parameters.items()}
            call(case)

        asked()


@pytest.mark.django_db
@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_nobody_who_is_not_signed_in_is_given_data(operation, client, pages):
    from sightline.web.permissions import PAGES  # the table as it is now

    described = OPERATIONS[operation]
    if PAGES[name_of(operation)] is PUBLIC:
        return
    values = {**{name: str(value) for name, value in REAL.items()}, "id": "missing_episodes"}

    answer = client.generic(described.method.upper(), described.path.format(**values))

    assert (answer.status_code, answer.url.partition("?")[0]) == (302, "/sign-in")
