"""Signing in and out. A refusal never says whether a name exists."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse

from sightline.web.page import page

REFUSED = "The sign-in name or the password is not right, or it may not be used."


class SignIn(LoginView):
    """The sign-in page; somebody who is signed in already goes on to where they wanted to be."""

    redirect_authenticated_user = True

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
        )


sign_in = SignIn.as_view()
sign_out = LogoutView.as_view()


def locked_out(request: HttpRequest, response: HttpResponse | None = None, credentials: object = None) -> HttpResponse:
    """Answer for django-axes once a name was tried too often; the same whether or not the name exists."""
    wait = settings.AXES_COOLOFF_TIME
    minutes = int(wait.total_seconds() // 60) if isinstance(wait, timedelta) else 60
    return page(request, "pages/locked_out.html", title="Too many attempts", release=None, status=429, minutes=minutes)
