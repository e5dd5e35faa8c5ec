"""TOML files of others are read within limits."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamsql.catalog.settings.toml_file import MAX_DOTS_PER_LINE, parse_toml, read_toml
from iamsql.model import IamsqlError


def test_a_file_is_a_tree(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text("a = 1\n[b.c]\nd = [true]\n")
    assert read_toml(tmp_path / "x.toml") == {"a": 1, "b": {"c": {"d": [True]}}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "a = 1\n" + ".".join("a" * (MAX_DOTS_PER_LINE + 2)) + " = 1",
            f"x:2: more than {MAX_DOTS_PER_LINE} dots in a line",
        ),
        ("a = 1\na = 2", "x: Cannot overwrite a value"),
        ("a =", "x: Invalid value"),
        (f"a = {'9' * 5000}", "x: Exceeds the limit"),
        (f"a = {'[' * 5000}", "x: nested too deeply"),
    ],
)
def test_another_text_is_an_error_with_the_path(text: str, message: str) -> None:
    with pytest.raises(IamsqlError, match=message):
        parse_toml(Path("x"), text)
