"""Signing in and out. A refusal never says whether a name exists, and who has a second factor is nobody before it was right."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth import get_user_model, login
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.signals import user_login_failed
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from sightline.app.second_factors import APP, KEY, RECOVERY, factors_of, has_second_factor, is_right_code, is_right_recovery_code
from sightline.app.security_keys import ask_key, is_right_key
from sightline.app.sign_in_backend import may_sign_in
from sightline.app.sign_in_with import offered
from sightline.web.page import page
from sightline.web.sessions import ENDED, SECOND_FACTOR, words_of_end

REFUSED = "The sign-in name or the password is not right, or it may not be used."
WRONG_CODE = "The code is not right, or it was used before."
WRONG_KEY = "The security key did not answer as it should."
HELD = "held_sign_in"
HELD_FOR = timedelta(minutes=10)
"""How long a right password waits for the second factor."""
BACKEND = "sightline.app.sign_in_backend.SignInBackend"


class SignIn(LoginView):
    """The sign-in page; somebody who is signed in already goes on to where they wanted to be."""

    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        user = form.get_user()
        if not has_second_factor(user):
            return super().form_valid(form)
        hold(self.request, user, next=self.get_success_url(), at=datetime.now(UTC))
        return redirect("sign_in_code")

    def render_to_response(self, context: dict[str, Any], **options: Any) -> HttpResponse:
        form = context["form"]
        return page(
            self.request,
            "pages/sign_in.html",
            title="Sign in",
            release=None,
            problem=REFUSED if form.errors else None,
            username=form["username"].value() or "",
            next=context.get("next", ""),
            providers=offered(),
            notice=words_of_end(self.request.session.get(ENDED)),
        )


sign_in = SignIn.as_view()


class SignOut(LogoutView):
    """Ends the session, and tells the browser to forget what it kept of these pages."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().post(request, *args, **kwargs)
        response["Clear-Site-Data"] = '"cache", "storage"'
        return response


sign_out = SignOut.as_view()


def hold(request: HttpRequest, user: Any, *, next: str, at: datetime) -> None:
    """Remember that the password was right, in a session that is nobody's yet."""
    request.session.flush()
    request.session[HELD] = {"user": user.pk, "next": next, "at": at.timestamp(), "hash": user.get_session_auth_hash()}


def sign_in_code(request: HttpRequest) -> HttpResponse:
    """The second step: a code of the app, a recovery code, or a security key."""
    now = datetime.now(UTC)
    user, next = _held(request, now)
    if user is None:
        return redirect("sign_in")
    problem = None
    if request.method == "POST":
        if not AxesProxyHandler.is_allowed(request, {"username": user.get_username()}):
            return locked_out(request)
        by_key = "credential" in request.POST
        if how := _answered(request, user, now):
            request.session.pop(HELD)
            login(request, user, backend=BACKEND)
            request.session[SECOND_FACTOR] = how
            return redirect(next)
        user_login_failed.send(__name__, credentials={"username": user.get_username()}, request=request)
        problem = WRONG_KEY if by_key else WRONG_CODE
    factors = factors_of(user)
    return page(
        request,
        "pages/sign_in_code.html",
        title="Confirm that it is you",
        release=None,
        problem=problem,
        factors=factors,
        options=ask_key(user) if factors.has_key else None,
        with_recovery_code="recovery" in request.GET or "recovery_code" in request.POST,
    )


def _held(request: HttpRequest, now: datetime) -> tuple[Any, str]:
    """Whose password was right, and where they want to go; nobody once it waited too long, or the password is another by now."""
    held = request.session.get(HELD)
    if not held or now.timestamp() - held["at"] > HELD_FOR.total_seconds():
        request.session.pop(HELD, None)
        return None, ""
    user = get_user_model().objects.filter(pk=held["user"], is_active=True).first()
    if user is None or user.get_session_auth_hash() != held["hash"] or not may_sign_in(user):
        return None, ""
    return user, held["next"]


def _answered(request: HttpRequest, user: Any, now: datetime) -> str | None:
    """With what the second step was taken; None if what was sent is not right."""
    sent = request.POST
    if "credential" in sent:
        return KEY if is_right_key(user, sent["credential"], at=now) else None
    if "recovery_code" in sent:
        return RECOVERY if is_right_recovery_code(user, sent["recovery_code"], at=now) else None
    return APP if is_right_code(user, sent.get("code", ""), at=now) else None


def locked_out(request: HttpRequest, response: HttpResponse | None = None, credentials: object = None) -> HttpResponse:
    """Answer for django-axes once a name was tried too often; the same whether or not the name exists."""
    wait = settings.AXES_COOLOFF_TIME
    minutes = int(wait.total_seconds() // 60) if isinstance(wait, timedelta) else 60
    return page(request, "pages/locked_out.html", title="Too many attempts", release=None, status=429, minutes=minutes)
