"""Content-addressed, immutable objects: the bytes agencies sent and the tables made from them."""

from sightline.store.memory import Readable
from sightline.store.objects import ObjectStore, file_digest

__all__ = ["ObjectStore", "Readable", "file_digest"]
