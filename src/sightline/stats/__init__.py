"""Pure numerics, each with its source cited: no file, no clock, no data of ours."""
