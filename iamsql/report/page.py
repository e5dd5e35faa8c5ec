"""Write the contents as a page."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TextIO

from iamsql.report.contents import Contents


def write_page(contents: Contents, language: str, stream: TextIO) -> None:
    """Write the contents as JSON."""
    json.dump({"language": language, **asdict(contents)}, stream, default=str, indent=1)
