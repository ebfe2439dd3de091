"""Commands: one file each, thin, over `sightline.app` only.

Each command imports its use case inside the function, so that `sightline --help` answers without loading Django, DuckDB or Splink.
"""
