"""`iamsql check --by control`: what it cannot be combined with."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import click
import pytest

from iamsql.catalog.settings.check_options import BY_CONTROL
from iamsql.cli.check_by_control import require_by_control, require_results


def options(by: str = BY_CONTROL, has_fixes: bool = False) -> Any:
    return SimpleNamespace(by=by, has_fixes=has_fixes)


def test_detections_have_no_rows_by_control() -> None:
    require_results(options(by=""))
    with pytest.raises(click.UsageError, match="detections have findings only"):
        require_results(options())


def test_rows_by_control_have_the_formats_of_rows() -> None:
    for fmt in ("table", "csv", "line", "markdown"):
        require_by_control(fmt, options())
    with pytest.raises(click.UsageError, match="line, not sarif"):
        require_by_control("sarif", options())
    with pytest.raises(click.UsageError, match="--fix is for the rows of results"):
        require_by_control("csv", options(has_fixes=True))
    require_by_control("sarif", options(by="", has_fixes=True))
