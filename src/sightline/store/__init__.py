"""Content-addressed, immutable objects: the bytes agencies sent and the tables made from them."""

from sightline.store.objects import ObjectStore, file_digest

__all__ = ["ObjectStore", "file_digest"]
