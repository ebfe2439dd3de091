"""What code of ours must not do, read off the code: each rule is shown to find what it is for.

Each is a claim of docs/security/asvs.csv. A rule that names files says beside them why those may.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

import pytest

from tests.repository.test_foreign_files import SOURCE, imported, modules

SCRIPTS = SOURCE / "web" / "static" / "sightline"
Found = Iterator[str]
Rule = Callable[[ast.Module], Found]

STARTS_PROGRAMS = {"intake/process.py": "the reading process, as a list of arguments"}
WRITES_SQL = {
    "engine/duckdb.py": "the engine itself; queries come from the catalogue and from code, values are bound",
    "app/database.py": "sets a server up; names are those of our tables",
    "ledger/cipher.py": "SQLCipher takes its key in no other way; it is hexadecimal",
    "ledger/guards.py": "rules of the database; names are those of our tables",
    "ledger/sqlcipher/base.py": "hands on what Django wrote, with its values beside it",
    "ledger/sums.py": "triggers and pragmas; names are those of our tables",
}
READS_PATTERNS = {
    "definitions/language.py": "words that the catalogue forbids",
    "definitions/lineage.py": "headers of a mapping, which is checked when it is loaded",
    "definitions/mapping_checks.py": "the check of those headers",
    "disclosure/blackbox/on_words.py": "units, each escaped, and number words of ours",
    "disclosure/blackbox/on_pictures.py": "names of elements, from a table there",
    "intake/cells/dates.py": "two constants, one behind the other",
    "intake/headers.py": "headers of a mapping, which is checked when it is loaded",
}
FILLS_WORDS = {
    "app/audit_words.py": "words of our table, by the action",
    "app/link_ages.py": "SQL of ours, by the entity",
    "app/released_pages.py": "addresses of ours that are wrong on purpose",
    "intake/apart.py": "the table of causes",
    "intake/cause.py": "the table of causes",
    "intake/causes.py": "the table of causes",
    "intake/cross_checks.py": "the table of causes",
    "ledger/guards.py": "SQL of ours",
    "linkage/pattern_words.py": "words of our table, by the level",
}
REACHES_OUT = {
    "app/released_pages.py": "`sightline attack` asks the server that it is told to attack",
    "app/serve.py": "asks whether a port of this machine is free",
}
"""Nothing else opens a connection but Django's to its database and allauth's to a sign-in provider."""
NETWORK = {"socket", "ssl", "requests", "httpx", "aiohttp", "urllib3", "smtplib", "ftplib", "telnetlib", "xmlrpc", "websockets", "paramiko"}
NETWORK_PARTS = {"http.client", "http.server", "urllib.request"}
CRYPTOGRAPHY = {"AESGCM", "Ed25519PrivateKey", "Ed25519PublicKey", "Fernet", "HKDF", "SHA256"} | {
    "InvalidSignature",
    "InvalidTag",
    "InvalidToken",
}
STARTS = re.compile("system|popen|spawn|exec|create_subprocess")
HASHES = {"sha256", "blake2b", "file_digest"}
OTHER_CRYPTOGRAPHY = {"Crypto", "Cryptodome", "nacl", "pyaes", "rsa", "OpenSSL", "md5", "sha"}


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Each call with the last part of what is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", ""), node


def is_ours(text: ast.expr | None) -> bool:
    """A text that stands in the code: a literal, or a constant of the module or of one of its tables."""
    if isinstance(text, ast.Subscript):
        return is_ours(text.value)
    if isinstance(text, ast.Attribute):
        return text.attr.lstrip("_").isupper() or (text.attr == "pattern" and is_ours(text.value))
    return isinstance(text, ast.Constant) or (isinstance(text, ast.Name) and text.id.lstrip("_").isupper())


def programs(tree: ast.Module) -> Found:
    for name in imported(tree) & {"subprocess", "pty", "commands"}:
        yield f"starts programs ({name})"
    for name, call in calls(tree):
        if isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) in {"os", "asyncio"} and STARTS.match(name):
            yield f"starts a program by {name}"


def shells(tree: ast.Module) -> Found:
    yield from (f"a shell, in line {call.lineno}" for _, call in calls(tree) if any(each.arg == "shell" for each in call.keywords))


def raw_queries(tree: ast.Module) -> Found:
    for name, call in calls(tree):
        if name in {"raw", "extra", "RawSQL", "executescript"} and (isinstance(call.func, ast.Name) or "objects" in ast.unparse(call.func)):
            yield f"{name} in line {call.lineno}"


def put_together_queries(tree: ast.Module) -> Found:
    for name, call in calls(tree):
        if name in {"execute", "executemany"} and call.args and not is_ours(call.args[0]):
            yield f"a query put together in line {call.lineno}"


def patterns(tree: ast.Module) -> Found:
    for function in [tree, *(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))]:
        escaped = {
            target.id
            for node in ast.walk(function)
            if isinstance(node, ast.Assign) and "re.escape" in ast.unparse(node.value)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for name, call in calls(function):
            if name not in {"compile", "match", "search", "sub", "fullmatch", "findall", "finditer", "split"} or not call.args:
                continue
            if not isinstance(call.func, ast.Attribute) or ast.unparse(call.func.value) != "re":
                continue
            pattern = call.args[0]
            parts = (
                [each.value for each in pattern.values if isinstance(each, ast.FormattedValue)]
                if isinstance(pattern, ast.JoinedStr)
                else []
            )
            fine = all("re.escape" in ast.unparse(part) or is_ours(part) or getattr(part, "id", "") in escaped for part in parts)
            if not (is_ours(pattern) or (isinstance(pattern, ast.JoinedStr) and fine)):
                yield f"a pattern in line {call.lineno}"


def formats(tree: ast.Module) -> Found:
    for name, call in calls(tree):
        filled = call.func.value if isinstance(call.func, ast.Attribute) and name in {"format", "format_map"} else None
        if filled is not None and not is_ours(filled) and ast.unparse(filled) != "pl":
            yield f"a format in line {call.lineno}"


def weak_hashes(tree: ast.Module) -> Found:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "hashlib":
            yield from (f"hashlib.{alias.name}" for alias in node.names if alias.name not in HASHES)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "hashlib" and node.attr not in HASHES:
            yield f"hashlib.{node.attr} in line {node.lineno}"
    for name, call in calls(tree):
        if name == "file_digest" and "hashlib" in ast.unparse(call.func) and getattr(call.args[1], "value", "") not in HASHES:
            yield f"a hash in line {call.lineno}"


def other_ciphers(tree: ast.Module) -> Found:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cryptography"):
            yield from (alias.name for alias in node.names if alias.name not in CRYPTOGRAPHY)
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("cryptography"))
    yield from sorted(imported(tree) & OTHER_CRYPTOGRAPHY)


def guessable_chance(tree: ast.Module) -> Found:
    if "random" in imported(tree):
        yield "Python's random, which can be guessed"
    for name, call in calls(tree):
        if name == "default_rng" and not call.args:
            yield f"a generator that nobody can draw again, in line {call.lineno}"


def connections(tree: ast.Module) -> Found:
    names = imported(tree)
    yield from sorted(names & NETWORK)
    yield from sorted(part for part in NETWORK_PARTS if any(name == part or name.startswith(f"{part}.") for name in names))


RULES: dict[str, tuple[Rule, dict[str, str], str, str]] = {
    # rule → how it is found, who may, what it finds, what it leaves alone
    "programs are started in one place": (programs, STARTS_PROGRAMS, "import os\nos.system(word)", "system(word)"),
    "no shell reads a command": (shells, {}, "run(['ls', word], shell=True)", "run(['ls', word])"),
    "the ledger is asked through models": (raw_queries, {}, "User.objects.raw(sql)", "user.raw(sql)"),
    "no query is put together of texts": (
        put_together_queries,
        WRITES_SQL,
        "c.execute(f'select {word}')",
        "c.execute('select %s', [word])",
    ),
    "typed text in a pattern is escaped": (
        patterns,
        READS_PATTERNS,
        "import re\nre.search(f'{word}s', text)",
        "re.search(f'{re.escape(word)}s', t)",
    ),
    "no typed text is a format": (formats, FILLS_WORDS, "word.format(user=user)", "'{user}'.format(user=word)"),
    "hashes are those of the list": (weak_hashes, {}, "import hashlib\nhashlib.sha1(b)", "hashlib.sha256(b)"),
    "ciphers and signatures are those of the list": (
        other_ciphers,
        {},
        "from cryptography.hazmat.primitives.ciphers import Cipher",
        "from cryptography.hazmat.primitives.ciphers.aead import AESGCM",
    ),
    "no secret can be drawn of guessable chance": (guessable_chance, {}, "import random", "import secrets"),
    "what opens connections is known": (
        connections,
        REACHES_OUT,
        "from urllib.request import urlopen",
        "from urllib.parse import urlsplit",
    ),
}
INVENTED = "synthesis/"
"""The invented partnership, which shares nothing with what is real, draws as it likes."""


@pytest.mark.parametrize("rule", RULES)
def test_code_of_ours_keeps_the_rule(rule):
    finds, allowed, *_ = RULES[rule]
    chance = finds is guessable_chance

    broken = {name: list(finds(tree)) for name, tree in modules() if not (chance and name.startswith(INVENTED))}

    assert {name: found for name, found in broken.items() if found and name not in allowed} == {}
    assert [name for name in allowed if not broken.get(name)] == [], "no longer needed"


@pytest.mark.parametrize("rule", RULES)
def test_the_rule_finds_what_it_is_for_and_nothing_else(rule):
    finds, _, bad, good = RULES[rule]

    assert list(finds(ast.parse(bad)))
    assert list(finds(ast.parse(good))) == []


MARKUP = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|setHTML|srcdoc|\beval\(|new Function|"
    r"javascript:|set(?:Timeout|Interval)\(\s*[\"'`]|\.bind(?:Tooltip|Popup)\((?!words\()|\.setContent\((?!name\))"
)
"""What makes markup or code of a text. A tooltip of the map's library would: it is given an element that holds text."""
COMPUTED = re.compile(r"\w+\[(?P<key>[^\]\"'`\d][^\]]*)\]\s*(?:=(?!=)|\+=|\?\?=)")
MERGES = re.compile(r"Object\.(?:assign|setPrototypeOf|defineProperty|fromEntries)|__proto__|\.prototype\b\s*=|structuredClone")


def scripts() -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(SCRIPTS.glob("*.js"))}


def keys_of_input(script: str) -> list[str]:
    """Members set under a name that is not one of a list in the script itself."""
    return [found["key"] for found in COMPUTED.finditer(script) if not re.search(rf"const {re.escape(found['key'])} of \[\"", script)]


def test_scripts_make_no_markup_or_code_of_a_text():
    assert {name: MARKUP.findall(script) for name, script in scripts().items() if MARKUP.search(script)} == {}
    assert all(
        MARKUP.search(bad) for bad in ("box.innerHTML = ward.label", "shape.bindTooltip(ward.label)", "label.setContent(ward.label)")
    )


def test_scripts_set_no_member_under_a_name_that_came_from_elsewhere():
    assert {name: keys_of_input(script) for name, script in scripts().items() if keys_of_input(script)} == {}
    assert {name: MERGES.findall(script) for name, script in scripts().items() if MERGES.search(script)} == {}
    assert keys_of_input("held[ward.code] = ward") == ["ward.code"]
