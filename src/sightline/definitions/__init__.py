"""From the catalogue's YAML and SQL to frozen objects; every problem carries its file and line."""
