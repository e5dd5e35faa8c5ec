"""`iamsql mcp` without the SDK."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.cli.commands import run


def test_without_the_sdk_the_command_says_how_to_install_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mcp.server.mcpserver", None)
    monkeypatch.delitem(sys.modules, "iamsql.api.mcp_server.server", raising=False)
    result = run("mcp")
    assert result.exit_code == 2
    assert "Install it with: pip install '.[mcp]' in a checkout of iamsql" in result.stderr


def test_the_number_of_rows_is_limited(folder: Path) -> None:
    for number in ("0", "10001"):
        result = run("mcp", "--max-rows", number)
        assert result.exit_code == 2 and "is not in the range 1<=x<=10000" in result.stderr
