"""Signing in through an organisation's provider: there and back. allauth talks to it; who may go on is decided in `app.sign_in_with`."""

from __future__ import annotations

import json
import logging
from base64 import urlsafe_b64decode
from datetime import UTC, datetime
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse  # type: ignore[import-untyped]
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter  # type: ignore[import-untyped]
from allauth.socialaccount.internal import jwtkit  # type: ignore[import-untyped]
from allauth.socialaccount.providers.oauth2.client import OAuth2Error  # type: ignore[import-untyped]
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView  # type: ignore[import-untyped]
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter  # type: ignore[import-untyped]
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from sightline.app.failure_log import LOGGER
from sightline.app.second_factors import has_second_factor
from sightline.app.sign_in_with import NotLetIn, let_in, offered, provider_app, providers
from sightline.definitions.sign_in import Provider
from sightline.errors import SightlineError
from sightline.web.page import problem_page
from sightline.web.pages.sign_in import BACKEND, hold
from sightline.web.sessions import SECOND_FACTOR, SIGNED_IN_WITH

NOT_DONE = "Your organisation's sign-in did not tell us who you are."
_FAILS = (OSError, OAuth2Error, ValueError, KeyError, SightlineError)
"""What talking to a provider fails with: the network, what it answers, a token that is not as it should be, our own settings."""


class Adapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Lets allauth know the providers of the workspace's settings, and takes over once a token was verified."""

    def list_apps(self, request: HttpRequest, provider: str | None = None, client_id: str | None = None) -> list[Any]:
        return [provider_app(each) for each in providers() if provider in (None, each.id) and client_id in (None, each.client_id)]

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        claims = sociallogin.account.extra_data.get("id_token") or {}
        raise ImmediateHttpResponse(_arrived(request, _provider(sociallogin.account.provider), claims, sociallogin.state.get("next")))

    def get_requests_session(self) -> Any:
        """What is asked of a provider goes to the addresses that are named, and is not sent on to others."""
        session = super().get_requests_session()
        session.max_redirects = 0
        return session

    def on_authentication_error(self, request: HttpRequest, provider: Any, exception: object = None, **more: object) -> None:
        _written_down(exception)
        raise ImmediateHttpResponse(_not_done(request))


class _Connection(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """Takes the addresses from the issuer that the settings name and no other, and verifies the token's signature always, also where it
    came straight from the provider."""

    @property
    def openid_config(self) -> dict[str, Any]:
        told: dict[str, Any] = super().openid_config
        if told["issuer"] != self.get_provider().app.settings["server_url"]:
            raise ValueError("the provider's metadata names another issuer")
        return told

    def _decode_id_token(self, app: Any, id_token: str) -> dict[str, Any]:
        # A token for calling somebody's interface, or one that says that a session ended, carries the same signature.
        if _kind_of(id_token) != "JWT":
            raise ValueError("this is no token that says who somebody is")
        answered: dict[str, Any] = jwtkit.verify_and_decode(
            credential=id_token,
            keys_url=self.openid_config["jwks_uri"],
            issuer=app.settings["server_url"],
            audience=app.client_id,
            lookup_kid=jwtkit.lookup_kid_jwk,
        )
        return answered


def _kind_of(token: str) -> str:
    """What a token says it is; one that says nothing is what was asked for."""
    told = json.loads(urlsafe_b64decode(token.partition(".")[0] + "=="))
    return str(told.get("typ", "JWT")).upper() if isinstance(told, dict) else ""


def go(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """To the provider. What comes back is held against what is remembered here (state, and a proof key)."""
    _provider(provider_id)
    wanted = request.GET.get("next", "")
    next = wanted if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure()) else reverse("overview")
    try:
        connection = _Connection(request, provider_id).get_provider()
        connection.oauth2_adapter_class = _Connection
        answer: HttpResponseBase = connection.redirect(request, process="login", next_url=next)
        return answer
    except _FAILS as problem:
        _written_down(problem)
        return _not_done(request)


def come_back(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """From the provider, with a code that is exchanged for a token."""
    _provider(provider_id)
    try:
        answer: HttpResponseBase = OAuth2CallbackView.adapter_view(_Connection(request, provider_id))(request)
        return answer
    except _FAILS as problem:
        _written_down(problem)
        return _not_done(request)


def _arrived(request: HttpRequest, provider: Provider, claims: dict[str, Any], next: str | None) -> HttpResponse:
    """Somebody whom the provider knows: in, on to our own second step, or refused with the reason."""
    now = datetime.now(UTC)
    wanted = next or reverse("overview")
    try:
        found = let_in(provider, claims, at=now)
    except NotLetIn as refused:
        return problem_page(request, title="You cannot sign in yet", paragraphs=[refused.message, refused.hint], status=403)
    except KeyError:
        return _not_done(request)
    if not found.with_second_factor and has_second_factor(found.user):
        hold(request, found.user, next=wanted, at=now)
        return redirect("sign_in_code")
    request.session[SIGNED_IN_WITH] = provider.name
    login(request, found.user, backend=BACKEND)
    if found.with_second_factor:
        request.session[SECOND_FACTOR] = "provider"
    return redirect(wanted)


def _written_down(problem: object) -> None:
    """A provider that is away, or whose certificate or token is not right, concerns whoever runs the server, too."""
    fault = problem if isinstance(problem, Exception) else None
    logging.getLogger(LOGGER).error("A sign-in provider did not tell who somebody is.", exc_info=fault)


def _not_done(request: HttpRequest) -> HttpResponse:
    return problem_page(
        request,
        title="You are not signed in",
        paragraphs=[NOT_DONE, "Try again; if it happens again, tell who looks after sign-ins."],
        status=403,
    )


def _provider(id: str) -> Provider:
    found = next((each for each in offered() if each.id == id), None)
    if found is None:
        raise Http404("There is no such provider.")
    return found
