"""Django's settings: everything runs from one folder, the workspace, named by ``SIGHTLINE_WORKSPACE``.

Without a workspace (type checking, tests) the ledger is a database in memory, so that nothing can be written by accident.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from csp.constants import NONE, SELF

from sightline.app.failure_log import logging_settings
from sightline.app.ledger_key import ledger_key
from sightline.errors import EnvironmentProblem

PACKAGE = Path(__file__).parents[1]
WORKSPACE: Path | None = Path(os.environ["SIGHTLINE_WORKSPACE"]) if os.environ.get("SIGHTLINE_WORKSPACE") else None
LEDGER_FILE = "ledger.sqlite3"
HTTPS = os.environ.get("SIGHTLINE_HTTPS") == "1"
"""Set where the pages are served over TLS; cookies then never travel in the clear."""


def database(url: str | None, workspace: Path | None) -> dict[str, Any]:
    """Where the ledger lies: PostgreSQL when a URL is given (with what the connection asks, as ``?sslmode=verify-full``), else SQLite.

    SQLite keeps its rollback journal: below 3.51.3 its write-ahead log can lose a committed transaction, and Debian 12 has 3.40.
    Where the workspace is encrypted, it is SQLCipher.
    A transaction takes its lock when it begins (IMMEDIATE), because one that reads first and locks later can fail half-way.
    It stays open between one page and the next, as opening it takes longer than most pages ask of it; whether it is still the workspace's
    ledger is looked at for each page.

    Raises:
        EnvironmentProblem: If the URL is none of a PostgreSQL server. It is not quoted: it may hold a password.
    """
    if url:
        parts, port = _parts_of(url)
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or ""),
            "PORT": port,
            "OPTIONS": dict(parse_qsl(parts.query)),
        }
    key = ledger_key(workspace, workspace / LEDGER_FILE) if workspace else None
    return {
        "ENGINE": "sightline.ledger.sqlcipher" if key else "sightline.ledger.sqlite",
        "NAME": str(workspace / LEDGER_FILE) if workspace else ":memory:",
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": "PRAGMA synchronous=FULL; PRAGMA journal_mode=DELETE; PRAGMA foreign_keys=ON",
        }
        | ({"key": key} if key else {}),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    }


def _parts_of(url: str) -> tuple[SplitResult, str]:
    """The parts of the address of a PostgreSQL server's database, and its port, which may be left out."""
    try:
        parts = urlsplit(url)
        if parts.scheme in ("postgresql", "postgres") and parts.path.strip("/"):
            return parts, str(parts.port or "")
    except ValueError:
        pass  # a port that is no number, or brackets that do not close: what Python says of it quotes a piece of the address
    raise EnvironmentProblem(
        "SIGHTLINE_DATABASE_URL is not the address of a PostgreSQL database.",
        hint="Write it as postgresql://USER:PASSWORD@HOST:PORT/DATABASE; in a password %2F stands for a slash, %40 for @, %3A for a colon.",
    )


def secret_key(workspace: Path | None) -> str:
    """The key that signs sessions: the workspace's own; a passing one where there is no workspace yet."""
    path = workspace / "keys" / "session" if workspace else None
    return path.read_text(encoding="ascii").strip() if path and path.is_file() else secrets.token_urlsafe(50)


DATABASES = {"default": database(os.environ.get("SIGHTLINE_DATABASE_URL"), WORKSPACE)}
SECRET_KEY = secret_key(WORKSPACE)
DEBUG = False
LOGGING = logging_settings()
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", *filter(None, os.environ.get("SIGHTLINE_HOSTS", "").split(","))]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "axes",
    "csp",
    "sightline.ledger",
]
AUTH_USER_MODEL = "ledger.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "sightline.app.sign_in_backend.SignInBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "sightline.app.passwords.OwnWords"},
]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_LOCKOUT_CALLABLE = "sightline.web.pages.sign_in.locked_out"
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "password", "code", "credential", "csrfmiddlewaretoken"]
# Second factors: allauth keeps and checks them; attempts at them are counted by axes with those at passwords, and by nobody else.
ACCOUNT_ADAPTER = "sightline.app.allauth_adapters.Accounts"
ACCOUNT_RATE_LIMITS = False
SOCIALACCOUNT_ADAPTER = "sightline.web.pages.sign_in_with.Adapter"
MFA_ADAPTER = "sightline.app.allauth_adapters.SecondFactors"
MFA_RATE_LIMITS = False
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Sightline"
MFA_TOTP_TOLERANCE = 1
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "overview"
LOGOUT_REDIRECT_URL = "sign_in"

# Web: pages, static files, headers.
ROOT_URLCONF = "sightline.web.urls"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "sightline.web.request_limits.RequestLimitsMiddleware",
    "sightline.web.audit_reads.TurnsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "sightline.web.session_limits.SessionLimitMiddleware",
    "sightline.web.at_once.AtOnceMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "sightline.web.audit_reads.AuditMiddleware",
    "sightline.web.permissions.PermissionMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
    "sightline.web.agency_scope.AgencyScopeMiddleware",
    "sightline.web.damage.DamageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [PACKAGE / "web" / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {"environment": "sightline.web.jinja.environment"},
    }
]
STATIC_URL = "/static/"
STATICFILES_DIRS = [PACKAGE / "web" / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "object-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "sightline.web.pages.problems.form_expired"
SESSION_LONGEST = timedelta(hours=8)
SESSION_IDLE = timedelta(minutes=30)
"""A session ends after this long without a page, and after the longest time whatever was done in it."""
SESSION_COOKIE_AGE = int(SESSION_LONGEST.total_seconds())
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
# Browsers take a cookie of such a name over TLS only, and from this host alone.
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = ("__Host-session", "__Host-csrf") if HTTPS else ("sessionid", "csrftoken")
# No page takes a file; the longest form holds what a security key answers.
DATA_UPLOAD_MAX_MEMORY_SIZE, DATA_UPLOAD_MAX_NUMBER_FIELDS, DATA_UPLOAD_MAX_NUMBER_FILES = 200_000, 500, 0
FILE_UPLOAD_TEMP_DIR = str(WORKSPACE / "tmp") if WORKSPACE else tempfile.gettempdir()

USE_TZ = True
TIME_ZONE = "Europe/London"
LANGUAGE_CODE = "en-gb"
USE_I18N = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
