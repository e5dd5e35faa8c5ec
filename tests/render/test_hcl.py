"""HCL is written so that a parser reads the same values."""

from __future__ import annotations

import io
from typing import Any

import hcl2
import pytest

from iamsql.render.hcl import Block, Expression, JsonEncoded, escape_interpolations, write_blocks


def parsed(*blocks: Block) -> dict[str, Any]:
    return dict(hcl2.load(io.StringIO(write_blocks(blocks))))


def test_blocks_have_labels_attributes_and_nested_blocks() -> None:
    inner = Block("rule", (), {"status": "Enabled"})
    text = write_blocks([Block("resource", ["aws_x", "y"], {"count": Expression("var.n"), "name": "a"}, [inner])])
    assert text == (
        'resource "aws_x" "y" {\n  count = var.n\n  name  = "a"\n\n  rule {\n    status = "Enabled"\n  }\n}\n'
    )
    assert write_blocks([Block("data", ["aws_region", "current"])]) == 'data "aws_region" "current" {}\n'


def test_values_are_written_as_terraform_writes_them() -> None:
    values = {"a": True, "b": None, "c": 3, "d": ["x", Expression("var.y")], "e": {}, "f": {"g-h": 1, "i j": 2}}
    assert write_blocks([Block("locals", (), values)]) == (
        'locals {\n  a = true\n  b = null\n  c = 3\n  d = ["x", var.y]\n  e = {}\n'
        '  f = {\n    g-h   = 1\n    "i j" = 2\n  }\n}\n'
    )
    encoded = write_blocks([Block("locals", (), {"p": JsonEncoded({"Version": "1"})})])
    assert encoded == 'locals {\n  p = jsonencode({\n    Version = "1"\n  })\n}\n'


@pytest.mark.parametrize(
    "text", ['a "quoted" name', "back\\slash", "tab\tand\nline", "Ünïcode", "${evil}", "%{ if x }"]
)
def test_a_literal_stays_one_text(text: str) -> None:
    written = write_blocks([Block("locals", (), {"x": escape_interpolations(text), "y": "after"})])
    assert written.count("\n") == 4
    assert "${evil}" not in written.replace("$${evil}", "") and "%{" not in written.replace("%%{", "")
    [values] = parsed(Block("locals", (), {"x": escape_interpolations(text), "y": "after"}))["locals"]
    assert set(values) >= {"x", "y"}
