"""The command `iamsql`, also as `python -m iamsql`. `iamsql --version` loads nothing else."""

import atexit
import gc
import sys

from iamsql.version import __version__

COLLECTION_THRESHOLD = 100_000  # new objects after which Python looks for reference cycles; its default is much lower


def main() -> None:
    """Run the command line, and exit with its code."""
    if sys.argv[1:] == ["--version"]:
        print(f"iamsql {__version__}")
        return
    # Modules, service descriptions and responses are not in unreachable cycles, and a short command would examine them often.
    gc.set_threshold(COLLECTION_THRESHOLD)
    atexit.register(gc.freeze)  # Python otherwise examines all objects when it exits
    from iamsql import cli  # noqa: PLC0415 - `iamsql --version` loads nothing else

    cli.main()


if __name__ == "__main__":
    main()
