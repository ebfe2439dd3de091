"""Signing in through an organisation's provider: an invented one, on this machine, that signs its tokens."""

from __future__ import annotations

import base64
import hashlib
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sightline.app.quarantine import put_in_quarantine
from sightline.app.roles import Role
from sightline.app.second_factors import add_app, new_secret
from sightline.app.sign_in_with import approve
from sightline.definitions.sign_in import load_settings
from sightline.errors import CatalogueProblems, NotFound
from sightline.ledger.models import AuditEvent, User
from tests.support.logs import written_by_the_server
from tests.web.reading import words_of
from tests.web.test_second_factor import code_at

pytestmark = pytest.mark.django_db
KEY, OTHER_KEY = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
CLIENT, SECRET = "sightline", "a secret of the client"


class Invented:
    """A provider: what it is asked it remembers, what it says of somebody a test decides."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.issuer = f"http://127.0.0.1:{server.server_port}"
        self.challenge = ""
        self.claims: dict[str, object] = {}
        self.key: Any = KEY
        self.algorithm = "ES256"
        self.kind = "JWT"
        self.given = ""
        """The last token that it gave."""
        self.garbled = ""
        """Given in its place."""
        self.fails = False
        self.named = ""
        """The issuer that its metadata name, where that is another."""
        self.sent_on: set[str] = set()
        """Paths where it answers that what is asked is elsewhere."""

    def document(self, path: str) -> dict[str, object]:
        if path == "/keys":
            public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(KEY.public_key()))
            return {"keys": [public | {"kid": "one", "alg": "ES256", "use": "sig"}]}
        ends = {"authorization_endpoint": "/authorize", "token_endpoint": "/token", "jwks_uri": "/keys"}
        methods = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
        return {"issuer": self.named or self.issuer, **{name: self.issuer + path for name, path in ends.items()}, **methods}

    def token(self, sent: dict[str, list[str]]) -> dict[str, object]:
        proof = base64.urlsafe_b64encode(hashlib.sha256(sent["code_verifier"][0].encode()).digest()).rstrip(b"=").decode()
        if self.fails or (sent["client_id"], sent["client_secret"], proof) != ([CLIENT], [SECRET], self.challenge):
            return {"error": "invalid_grant"}
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": int(time.time()), "exp": int(time.time()) + 60} | self.claims
        self.given = jwt.encode(claims, self.key, algorithm=self.algorithm, headers={"kid": "one", "typ": self.kind})
        return {"access_token": "x", "id_token": self.garbled or self.given}


class _Answers(BaseHTTPRequestHandler):
    provider: Invented

    def do_GET(self) -> None:
        if not self._sends_on():
            self._send(self.provider.document(self.path.partition("?")[0]))

    def do_POST(self) -> None:
        if self._sends_on():
            return
        self._send(self.provider.token(parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())))

    def _sends_on(self) -> bool:
        """A redirect that keeps method and body, to where the answer is indeed."""
        path = self.path.partition("?")[0]
        if path not in self.provider.sent_on:
            return False
        self.provider.sent_on.remove(path)  # before it answers: who has the answer reads this
        self.send_response(308)
        self.send_header("Location", f"{path}?elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()
        return True

    def _send(self, document: dict[str, object]) -> None:
        body = json.dumps(document).encode()
        self.send_response(400 if "error" in document else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *given: object) -> None:
        """Says nothing."""


@pytest.fixture
def council(tmp_path, settings):
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    _Answers.provider = provider = Invented(server)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    settings.WORKSPACE = tmp_path
    (tmp_path / "secret").write_text(SECRET + "\n")
    (tmp_path / "settings.yml").write_text(
        f"""
sign_in_with:
  - id: council
    name: Saltmere Council
    issuer: {provider.issuer}
    client_id: {CLIENT}
    secret_file: secret
    roles: {{Sightline-Analysts: analyst, Sightline-Leads: strategic_lead}}
    second_factor: {{amr: [mfa]}}
"""
    )
    yield provider
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def tls_server(folder: Path, asked: list[str]) -> Iterator[int]:
    """A server on this machine whose certificate it made itself; it writes down what it is asked."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    days = datetime(2020, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder(name, name, KEY.public_key(), 1, *days)
    made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
    pem = made.sign(KEY, hashes.SHA256()).public_bytes(Encoding.PEM)
    (folder / "own.pem").write_bytes(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "own.pem")

    class Notes(_Answers):
        def do_GET(self) -> None:
            asked.append(self.path)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Notes)
    server.handle_error = lambda *given: None  # a caller who hangs up
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def arrive(client, council: Invented, *, next: str = "", **claims: object):
    """Go to the provider and come back as somebody whom it knows."""
    council.claims = {"sub": "42", "preferred_username": "kim", "roles": ["Sightline-Analysts"], "amr": ["pwd", "mfa"]} | claims
    gone = client.get("/sign-in/with/council", {"next": next} if next else {})
    asked = parse_qs(urlsplit(gone.url).query)
    council.challenge = asked["code_challenge"][0]
    assert gone.url.startswith(f"{council.issuer}/authorize?")
    return client.get("/sign-in/with/council/back", {"state": asked["state"][0], "code": "abc"})


@pytest.fixture
def kim(council, client, workspace, settings, tmp_path):
    """Kim has come once, waited, and was let in as an analyst."""
    settings.WORKSPACE = tmp_path
    arrive(client, council)
    approve(workspace, "kim", role="analyst", agency=None, by="admin", at=datetime.now(UTC))
    return User.objects.get(username="kim")


def test_the_sign_in_page_offers_the_provider(council, client):
    assert "Sign in with Saltmere Council" in words_of(client.get("/sign-in?next=/places"))


def test_somebody_new_waits_without_access_until_an_administrator_lets_them_in(council, client, pages, workspace, settings, tmp_path):
    settings.WORKSPACE = tmp_path
    answer = arrive(client, council)

    assert answer.status_code == 403
    assert "nobody has let you in yet" in words_of(answer)
    assert (User.objects.get().is_active, User.objects.get().has_usable_password()) == (False, False)
    assert client.get("/").url.startswith("/sign-in")
    assert AuditEvent.objects.get(action="user_waits").object == "kim"
    assert "signed_in" not in AuditEvent.objects.values_list("action", flat=True)


def test_somebody_let_in_goes_where_they_wanted_and_the_providers_second_factor_counts(kim, council, client, pages):
    answer = arrive(client, council, next="/agencies")

    assert answer.url == "/agencies"
    assert client.get("/account").status_code == 200
    assert AuditEvent.objects.get(action="signed_in").detail["through"] == "Saltmere Council"


def test_without_the_providers_second_factor_ours_is_set_up_or_asked(kim, council, client, pages):
    arrive(client, council, amr=["pwd"])
    assert client.get("/account").url == "/account/second-factor"

    secret, now = new_secret(), datetime(2026, 5, 15, 9, tzinfo=UTC)
    add_app(kim, secret, code_at(now, secret), at=now)
    assert arrive(client, council, amr=["pwd"]).url == "/sign-in/code"
    assert client.get("/agencies").url.startswith("/sign-in")
    assert client.post("/sign-in/code", {"code": code_at(datetime.now(UTC), secret)}).status_code == 302
    assert client.get("/account").status_code == 200


@pytest.mark.parametrize("roles", [["Sightline-Leads"], ["something else"], []])
def test_whose_claims_do_not_name_their_role_here_is_refused_and_gains_nothing(kim, council, client, roles):
    answer = arrive(client, council, roles=roles)

    assert answer.status_code == 403
    assert "does not name you as analyst" in words_of(answer)
    assert User.objects.get().role == Role.ANALYST
    assert AuditEvent.objects.filter(action="sign_in_role_differs", actor="kim").count() == 1


def test_a_name_that_somebody_has_is_not_taken_over(council, client, django_user_model):
    django_user_model.objects.create_user("kim", password="a long enough password", role=Role.STRATEGIC_LEAD)

    assert "Somebody signs in here by the name" in words_of(arrive(client, council))
    assert User.objects.count() == 1


def test_metadata_that_name_another_issuer_are_not_used(kim, council, client):
    council.named = "https://elsewhere.example"

    assert "did not tell us who you are" in words_of(client.get("/sign-in/with/council"))


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/keys"])
def test_what_is_asked_of_a_provider_is_not_sent_on_to_another_address(path, kim, council, client):
    council.sent_on = {path}
    answer = client.get("/sign-in/with/council") if "well-known" in path else arrive(client, council)

    assert answer.status_code in {401, 403}
    assert council.sent_on == set(), "it was asked"
    assert client.get("/").url.startswith("/sign-in")


def test_who_is_known_by_subject_stays_who_they_are_whatever_name_is_sent(kim, council, client, pages):
    assert arrive(client, council, preferred_username="boss").url == "/"
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    "claims",
    [{"aud": "another"}, {"iss": "https://elsewhere.example"}, {"exp": 1}, {"sub": None}],
)
def test_a_token_for_another_from_another_or_too_old_opens_nothing(kim, council, client, claims):
    answer = arrive(client, council, **claims)

    assert answer.status_code in {401, 403}
    assert client.get("/").url.startswith("/sign-in")


def test_a_token_signed_by_somebody_else_opens_nothing(kim, council, client):
    council.key = OTHER_KEY
    answer = arrive(client, council)

    assert answer.status_code == 403
    assert "did not tell us who you are" in words_of(answer)
    assert client.get("/").url.startswith("/sign-in")


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [
        ("none", None),
        # The public key, taken for a shared secret: whoever knows it could sign.
        ("HS256", json.dumps(jwt.algorithms.ECAlgorithm.to_jwk(KEY.public_key(), as_dict=True))),
    ],
)
def test_a_token_whose_algorithm_proves_nothing_opens_nothing(kim, council, client, algorithm, key):
    council.algorithm, council.key = algorithm, key
    answer = arrive(client, council)

    assert (answer.status_code, council.given.count(".")) == (403, 2), "it was given and refused"
    assert client.get("/").url.startswith("/sign-in")


@pytest.mark.parametrize("kind", ["at+jwt", "logout+jwt"])
def test_a_token_of_another_kind_opens_nothing(kim, council, client, kind):
    council.kind = kind

    assert arrive(client, council).status_code == 403
    assert client.get("/").url.startswith("/sign-in")


@pytest.mark.parametrize("garbled", ["x", "x.y.z", "bnVsbA.e30.e30", "eyJ0eXAiOiJKV1QifQ.e30.e30"])
def test_what_is_no_token_at_all_opens_nothing(kim, council, client, garbled):
    council.garbled = garbled

    assert arrive(client, council).status_code == 403


def test_no_token_of_the_provider_is_kept_once_somebody_is_in(kim, council, client, pages):
    assert arrive(client, council).status_code == 302
    kept = [*client.session.items(), *SocialAccount.objects.values_list("extra_data", flat=True), *AuditEvent.objects.values_list("detail")]

    assert council.given
    assert not [each for each in kept if council.given in str(each) or council.given.rpartition(".")[2] in str(each)]
    assert SocialToken.objects.count() == 0


def test_a_provider_with_a_certificate_that_nobody_vouches_for_is_not_asked(council, client, tmp_path, monkeypatch):
    written, asked = written_by_the_server(monkeypatch), []
    with tls_server(tmp_path, asked) as port:
        settings = tmp_path / "settings.yml"
        settings.write_text(settings.read_text().replace(council.issuer, f"https://127.0.0.1:{port}"))
        answer = client.get("/sign-in/with/council")

    assert "did not tell us who you are" in words_of(answer)
    assert asked == []
    assert "SSLCertVerificationError" in written.getvalue(), "and whoever runs the server can read why"


def test_an_answer_that_nobody_asked_for_or_that_was_taken_already_opens_nothing(kim, council, client):
    assert client.get("/sign-in/with/council/back", {"state": "made-up", "code": "abc"}).status_code == 403
    council.fails = True
    assert arrive(client, council).status_code == 403
    assert client.get("/sign-in/with/council/back", {"error": "access_denied", "state": "x"}).status_code == 403


def test_a_provider_that_cannot_be_reached_is_said_and_one_that_is_not_named_does_not_exist(council, client, tmp_path):
    (tmp_path / "settings.yml").write_text((tmp_path / "settings.yml").read_text().replace(council.issuer, "http://127.0.0.1:9"))

    assert "did not tell us who you are" in words_of(client.get("/sign-in/with/council"))
    assert client.get("/sign-in/with/elsewhere").status_code == 404
    assert client.get("/sign-in/with/elsewhere/back").status_code == 404


def test_a_person_taken_off_opens_nothing_through_the_provider_either(kim, council, client):
    kim.is_active = False
    kim.save()

    assert arrive(client, council).status_code == 403


def test_nobody_of_an_agency_in_quarantine_comes_in_through_the_provider(kim, council, client, workspace):
    kim.agency = "police"
    kim.save()
    put_in_quarantine(workspace, "police", reason="a sign-in was stolen", by="admin", at=datetime.now(UTC))

    answer = arrive(client, council)

    assert answer.status_code == 403
    assert "Nobody of your agency is let in at present." in words_of(answer)
    assert "_auth_user_id" not in client.session


def test_nobody_is_let_in_who_does_not_wait(workspace):
    with pytest.raises(NotFound, match="Nobody waits"):
        approve(workspace, "kim", role="analyst", agency=None, by="admin", at=datetime.now(UTC))
    with pytest.raises(NotFound, match="no role"):
        approve(workspace, "kim", role="king", agency=None, by="admin", at=datetime.now(UTC))


def test_a_provider_is_asked_over_https_only(tmp_path):
    assert load_settings(tmp_path).sign_in_with == ()
    (tmp_path / "settings.yml").write_text(
        "sign_in_with:\n  - {id: a, name: A, issuer: 'http://login.example', client_id: c, secret_file: s}\n"
    )
    with pytest.raises(CatalogueProblems, match="https"):
        load_settings(tmp_path)
