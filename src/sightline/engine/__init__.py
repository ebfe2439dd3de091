"""Run SQL on tables. The engine is disposable: it holds nothing that cannot be rebuilt from the ledger and the objects."""

from sightline.engine.protocol import Engine

__all__ = ["Engine"]
