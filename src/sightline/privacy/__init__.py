"""Pseudonyms and keys: what stands in for a person once a return has been read."""
