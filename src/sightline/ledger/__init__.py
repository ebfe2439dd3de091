"""The ledger: what was received, published and done, in Django models. SQLite by default, PostgreSQL by one setting."""
