"""From bytes to tables of text: what kind of file it is, its encoding, its sheets, its XML records. Nothing is interpreted yet."""
