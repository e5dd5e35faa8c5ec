"""Each optional part of iamsql is named in the same way: by the package, and by the command that installs the extra."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from iamsql.model.extras import install_command, missing_extra_error

ROOT = Path(__file__).parents[2]
EXTRAS = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"])


def test_the_error_has_the_package_and_the_command() -> None:
    error = str(missing_extra_error("Sigma rules need", "pysigma", "sigma"))
    assert error == (
        "Sigma rules need the package pysigma, which is not installed.\n"
        "Install it with: pip install '.[sigma]' in a checkout of iamsql"
    )


def test_no_other_module_writes_the_command() -> None:
    texts = {path.name: path.read_text() for path in (ROOT / "iamsql").rglob("*.py") if path.name != "extras.py"}
    assert [name for name, text in texts.items() if re.search(r"raise .*pip install '(?:iamsql|\.)\[", text)] == []


def test_the_extras_exist() -> None:
    used_extras = {
        name
        for path in (ROOT / "iamsql").rglob("*.py")
        for name in re.findall(r"(?:missing_extra_error\([^)]*\"|install_command\(['\"])(\w+)['\"]\)", path.read_text())
    }
    assert {"actions", "sigma", "mcp", "spark"} <= used_extras <= EXTRAS and install_command("x").startswith(
        "pip install '.[x]' "
    )
