"""Released figures in, bytes out: charts, maps, the board report, the public profile."""
