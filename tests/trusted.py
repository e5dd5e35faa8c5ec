"""Trust an iamsql.toml, as `iamsql config trust` does, even if its content is invalid."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from iamsql.catalog.settings.file import ConfigFile, resolve_location
from iamsql.catalog.settings.trust import trust


def trust_file(path: Path = Path("iamsql.toml")) -> None:
    """Add a file with its present content to the trusted files."""
    trust(ConfigFile(location=resolve_location(path), digest=sha256(path.read_bytes()).hexdigest()))
