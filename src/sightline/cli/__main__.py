"""Where the program starts: importing the commands takes a moment, and Ctrl-C in it is no fault either."""

from __future__ import annotations

import sys


def run() -> None:
    """Run the `sightline` command."""
    try:
        from sightline.cli.main import run as run_command  # what is interrupted here has begun nothing
    except KeyboardInterrupt:
        sys.stderr.write("Stopped. Nothing was begun.\n")
        raise SystemExit(130) from None
    run_command()


if __name__ == "__main__":
    run()
