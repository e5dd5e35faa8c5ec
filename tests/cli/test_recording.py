"""The animation of commands in README has what the commands print, and loads nothing."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from tests.cli.recording import COLUMNS, COMMANDS, IMAGE, animation, recording

SVG = "{http://www.w3.org/2000/svg}"


def test_the_image_is_text_without_scripts_and_addresses() -> None:
    root = ElementTree.fromstring(IMAGE.read_text(encoding="utf-8"))
    names = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert names == {"svg", "title", "style", "clipPath", "rect", "g", "text", "tspan"}
    attributes = {name for element in root.iter() for name in element.attrib}
    assert not [name for name in attributes if "href" in name or name.startswith("on")]
    style = root.findtext(f"{SVG}style") or ""
    assert "prefers-reduced-motion" in style and "url(" not in style.replace("url(#", "") and "@import" not in style
    lines = ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]
    assert [line for line in lines if line.startswith("$ ")] == [
        f"$ iamsql {' '.join(command)}" for command in COMMANDS
    ]
    assert max(map(len, lines)) <= COLUMNS


def test_text_of_aws_is_escaped_and_keeps_its_position() -> None:
    root = ElementTree.fromstring(animation([("query x", ["\x1b[31m<b>\x1b[0m & end", "", "\u65e5\u672c ok"])]))
    spans = [(span.text, span.get("class"), span.get("x")) for span in root.iter(f"{SVG}tspan")]
    assert spans[3:] == [("<b>", "r", "14.0"), (" & end", None, "37.5"), ("\u65e5\u672c ok", None, "14.0")]


@pytest.mark.slow
def test_the_image_shows_what_the_commands_print() -> None:
    assert IMAGE.read_text(encoding="utf-8") == recording(), "write the image again: make recording"
