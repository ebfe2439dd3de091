"""Django's SQLite backend over SQLCipher: the same ledger, each page of its file encrypted and vouched for."""
