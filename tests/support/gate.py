"""A key for tests of the gate: known here, and to nobody in a workspace."""

KEY = b"a key that only tests have"
