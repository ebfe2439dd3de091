"""Somebody's own sign-in: what second factors they have, setting one up, and a new password. Nothing here is about anybody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.signals import user_login_failed
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from sightline.app import second_factors, security_keys
from sightline.app.second_factors import APP, KEY
from sightline.app.users import WrongPassword, change_password, end_own_sessions
from sightline.errors import NotFound, SightlineError
from sightline.web.page import home, page
from sightline.web.sessions import FRESH, GIVEN_PASSWORD, SECOND_FACTOR, is_fresh, lacks_second_factor, must_choose_password, open_sessions

LOCAL = ZoneInfo("Europe/London")
_SECRET = "new_app_secret"  # noqa: S105 - a name in the session, not a secret
_OWN: tuple[str, str] = ("Your sign-in", "account")


def account(request: HttpRequest) -> HttpResponse:
    """What the person signs in with; removing an app or a key."""
    problem = None
    if request.method == "POST":
        if not is_fresh(request.session, datetime.now(UTC)):
            return _sign_in_again(request)
        try:
            if request.POST.get("do") == "end_sessions":
                end_own_sessions(_user(request), at=datetime.now(UTC))
                update_session_auth_hash(request, _user(request))
                return redirect("account")
            second_factors.remove(_user(request), _number(request.POST.get("remove")), at=datetime.now(UTC))
            update_session_auth_hash(request, _user(request))
            return redirect("account")
        except NotFound as missing:
            raise Http404(str(missing)) from missing
        except SightlineError as refused:
            problem = f"{refused.message} {refused.hint}"
    return page(
        request,
        "pages/account.html",
        title="Your sign-in",
        release=None,
        crumbs=[home()],
        status=409 if problem else 200,
        problem=problem,
        user=_user(request),
        factors=second_factors.factors_of(_user(request)),
        sessions=[(each, each.began_at.astimezone(LOCAL), each.seen_at.astimezone(LOCAL)) for each in open_sessions(request)],
    )


def _changes(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A page that changes how somebody signs in, who must have signed in lately: a browser left open changes nothing."""

    @wraps(view)
    def asked(request: HttpRequest) -> HttpResponse:
        return view(request) if is_fresh(request.session, datetime.now(UTC)) else _sign_in_again(request)

    return asked


@_changes
def second_factor(request: HttpRequest) -> HttpResponse:
    """The choice between an app and a key; the page that everybody is led to whose role needs one and who has none."""
    return _page(request, "second_factor", "Set up a second factor", needed=lacks_second_factor(request))


@_changes
def second_factor_app(request: HttpRequest) -> HttpResponse:
    """Setting up an authenticator app: a code to photograph, the same key in letters, and the first code that the app shows."""
    user, problem = _user(request), None
    secret = request.session.setdefault(_SECRET, second_factors.new_secret())
    if request.method == "POST":
        try:
            codes = second_factors.add_app(user, secret, request.POST.get("code", ""), at=datetime.now(UTC))
            del request.session[_SECRET]
            return _added(request, APP, codes)
        except SightlineError as refused:
            problem = f"{refused.message} {refused.hint}"
    return _page(
        request,
        "second_factor_app",
        "Set up an authenticator app",
        problem=problem,
        square=second_factors.square(second_factors.app_address(user.get_username(), secret)),
        key=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        has_app=second_factors.factors_of(user).has_app,
    )


@_changes
def second_factor_key(request: HttpRequest) -> HttpResponse:
    """Adding a security key, which the browser's script asks."""
    user, problem = _user(request), None
    if request.method == "POST":
        try:
            codes = security_keys.add_key(user, request.POST.get("name", ""), request.POST.get("credential", ""), at=datetime.now(UTC))
            return _added(request, KEY, codes)
        except SightlineError as refused:
            problem = f"{refused.message} {refused.hint}"
    return _page(request, "second_factor_key", "Add a security key", problem=problem, options=security_keys.ask_new_key(user))


@_changes
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """New recovery codes, which end the earlier ones."""
    if request.method != "POST":
        return _page(request, "recovery_codes_new", "Make new recovery codes")
    try:
        codes = second_factors.new_recovery_codes(_user(request), at=datetime.now(UTC))
    except SightlineError as refused:
        return _page(request, "recovery_codes_new", "Make new recovery codes", problem=f"{refused.message} {refused.hint}")
    return _codes(request, codes)


@_changes
def new_password(request: HttpRequest) -> HttpResponse:
    """A new password; every other session of the person ends."""
    problem = None
    if request.method == "POST":
        sent = request.POST
        try:
            change_password(_user(request), sent.get("old", ""), sent.get("new", ""), sent.get("again", ""), at=datetime.now(UTC))
            update_session_auth_hash(request, _user(request))
            was_given = request.session.pop(GIVEN_PASSWORD, False)
            return redirect("overview" if was_given else "account")  # the first time there is something else they came for
        except WrongPassword as wrong:
            # Counted with the attempts at signing in: a browser left open is no way to guess a password.
            user_login_failed.send(__name__, credentials={"username": request.user.get_username()}, request=request)
            problem = f"{wrong.message} {wrong.hint}"
        except SightlineError as refused:
            problem = f"{refused.message} {refused.hint}"
    return _page(request, "new_password", "Change your password", problem=problem, is_given=must_choose_password(request))


def _added(request: HttpRequest, kind: str, codes: list[str]) -> HttpResponse:
    """This session goes on and stands on the factor that was just shown to work; recovery codes are shown this once."""
    update_session_auth_hash(request, _user(request))
    request.session[SECOND_FACTOR] = kind
    return _codes(request, codes) if codes else redirect("account")


def _codes(request: HttpRequest, codes: list[str]) -> HttpResponse:
    return _page(request, "recovery_codes", "Your recovery codes", codes=[f"{code[:4]} {code[4:]}" for code in codes])


def _sign_in_again(request: HttpRequest) -> HttpResponse:
    minutes = int(FRESH.total_seconds() // 60)
    return _page(request, "sign_in_again", "Sign in again first", status=403, minutes=minutes)


def _page(request: HttpRequest, template: str, title: str, **more: Any) -> HttpResponse:
    crumbs = [home(), (_OWN[0], reverse(_OWN[1]))]
    more.setdefault("problem", None)
    return page(request, f"pages/{template}.html", title=title, release=None, crumbs=crumbs, **more)


def _user(request: HttpRequest) -> Any:
    return request.user


def _number(text: str | None) -> int:
    if text is None or not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Http404("There is no such app or key.")
    return int(text)
