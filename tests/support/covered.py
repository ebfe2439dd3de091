"""Policy, audit and cryptography are run through to the last branch by their own tests, or this fails: ``make covered``.

What is policy, audit and cryptography is said here and nowhere else: what decides, what writes down and vouches for it, and what makes,
wraps, keeps or uses a key, or tells that bytes are not those that were written. Not among it is what only calls these.
"""

from __future__ import annotations

import sys
from pathlib import Path

import coverage
import pytest

ROOT = Path(__file__).parents[2]
CODE = (
    # Policy
    "governance/*.py",
    # Audit
    "ledger/append_only.py",
    "ledger/audit.py",
    "ledger/guards.py",
    "ledger/together.py",
    "app/audit_digest.py",
    "app/audit_files.py",
    "app/audit_trail.py",
    "app/audit_words.py",
    "app/daily_signing.py",
    "web/audit_reads.py",
    # Cryptography and integrity
    "store/sealing.py",
    "store/storage_key.py",
    "store/vault.py",
    "ledger/cipher.py",
    "ledger/sums.py",
    "app/encrypt_workspace.py",
    "app/encryption.py",
    "app/kept_files.py",
    "app/ledger_key.py",
    "privacy/keyed.py",
    "privacy/pseudonyms.py",
)
TESTS = (
    "tests/unit/test_assessments.py",
    "tests/unit/test_audit_to_its_edges.py",
    "tests/unit/test_audit_trail.py",
    "tests/unit/test_daily_signing.py",
    "tests/unit/test_decide.py",
    "tests/unit/test_decide_one_person.py",
    "tests/unit/test_guards.py",
    "tests/unit/test_kept_files.py",
    "tests/unit/test_keys_of_a_workspace.py",
    "tests/unit/test_ledger.py",
    "tests/unit/test_ledger_sums.py",
    "tests/unit/test_output_rules.py",
    "tests/unit/test_privacy.py",
    "tests/unit/test_register_rules.py",
    "tests/unit/test_rules_to_their_edges.py",
    "tests/unit/test_sealed_objects.py",
    "tests/web/test_audit_page.py",
)


def code() -> list[str]:
    """The files that have to be covered."""
    return [str(path) for pattern in CODE for path in sorted((ROOT / "src" / "sightline").glob(pattern))]


def main(tests: list[str]) -> int:
    """Run the tests; 1 when one fails, or when a line or branch of the code was taken by none."""
    watch = coverage.Coverage(branch=True, data_file=None, config_file=False, include=code())
    # What another system does is not to be seen on this one.
    watch.exclude(r'if sys\.platform == "win32":')
    watch.exclude(r'if sys\.platform != "win32":', which="partial")
    watch.start()
    failed = pytest.main(["-q", "-n0", *tests])
    watch.stop()
    covered = watch.report(morfs=code(), show_missing=True, skip_covered=True, precision=2)
    return int(bool(failed) or covered < 100)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or list(TESTS)))
