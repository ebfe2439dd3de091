"""How long a test waits for another process before it calls it hung: long enough for a machine that is busy with other things."""

SECONDS = 1200
