"""The SARIF document of a check."""

from __future__ import annotations

import json
from typing import Any

from tests.check.example_controls import run


def sarif(*args: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(run(*args, "-o", "sarif").stdout)
    return document
