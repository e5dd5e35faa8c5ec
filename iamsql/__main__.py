"""The command `iamsql`, also as `python -m iamsql`. `iamsql --version` loads nothing else."""

import sys
from importlib import import_module

from iamsql import __version__


def main() -> None:
    """Run the command line, and exit with its code."""
    if sys.argv[1:] == ["--version"]:
        print(f"iamsql {__version__}")
        return
    import_module("iamsql.cli").main()


if __name__ == "__main__":
    main()
