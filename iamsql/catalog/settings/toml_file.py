"""Read TOML files of others. Most commands read none, so tomllib is imported for the first file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from iamsql.catalog.settings.untrusted_files import read_text
from iamsql.model import IamsqlError

MAX_DOTS_PER_LINE = 50  # dots in a line of TOML: tomllib needs time quadratic in the number of parts of a key


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file; raise IamsqlError with tomllib's message for invalid TOML."""
    return parse_toml(path, read_text(path))


def parse_toml(path: Path, text: str) -> dict[str, Any]:
    """Parse the text of a TOML file; raise IamsqlError with tomllib's message for invalid TOML."""
    if line := next(
        (number for number, line in enumerate(text.split("\n"), 1) if line.count(".") > MAX_DOTS_PER_LINE), 0
    ):
        raise IamsqlError(f"{path}:{line}: more than {MAX_DOTS_PER_LINE} dots in a line")
    import tomllib  # noqa: PLC0415 - most commands read no TOML file

    try:
        tree: dict[str, Any] = tomllib.loads(text)
    except ValueError as error:  # TOMLDecodeError, or a number of more digits than Python reads
        raise IamsqlError(f"{path}: {error}") from None
    except RecursionError:
        raise IamsqlError(f"{path}: nested too deeply") from None
    return tree
