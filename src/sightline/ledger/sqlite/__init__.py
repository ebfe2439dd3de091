"""Django's SQLite backend for a ledger that is kept open between one page and the next."""
