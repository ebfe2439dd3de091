from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from sightline.app.roles import Role
from sightline.web.kept import KeptBodies
from sightline.web.release_source import using
from tests.support.releases import example_release
from tests.support.sessions import open_session
from tests.web.example import ExampleSource, full_source

PASSWORD = "a long enough password"


@pytest.fixture(scope="session", autouse=True)
def _release_shared_by_all_is_not_changed() -> Iterator[None]:
    yield
    assert example_release() == example_release.__wrapped__()


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests put other files beside one and the same release, as no workspace does."""
    monkeypatch.setattr("sightline.web.page._BODIES", KeptBodies())


@pytest.fixture
def pages() -> Iterator[ExampleSource]:
    """The pages show the example release."""
    with using(source := full_source()):
        yield source


@pytest.fixture
def empty_pages() -> Iterator[None]:
    """The pages of a partnership that has just begun."""
    with using(ExampleSource()):
        yield


@pytest.fixture
def sign_in(db: None, django_user_model: type) -> Callable[..., Client]:
    """A browser in which somebody with a role has signed in."""

    def signed_in(role: Role = Role.ANALYST, agency: str = "") -> Client:
        user = django_user_model(username=f"{role}-{agency}", role=role, agency=agency)
        user.set_unusable_password()
        user.save()
        client = Client()
        open_session(client, user)
        return client

    return signed_in
