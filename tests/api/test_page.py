"""The page of a run is a file."""

from __future__ import annotations

from pathlib import Path

import pytest

import iamsql


@pytest.mark.slow
def test_the_report_is_written(run: iamsql.Run, tmp_path: Path) -> None:
    caveats = run.report(tmp_path / "page.html", benchmarks=["root_mfa"], trend=0)
    assert isinstance(caveats, tuple)
    assert run.id in (tmp_path / "page.html").read_text(encoding="utf-8")
    with pytest.raises(iamsql.IamsqlError, match="there is no folder"):
        run.report(tmp_path / "missing" / "page.html")
