"""Read the elements of an SVG image in tests."""

from __future__ import annotations

import re
from xml.etree import ElementTree

SVG = "{http://www.w3.org/2000/svg}"


def parse(markup: str) -> ElementTree.Element:
    """Return the root; the markup must be well-formed."""
    return ElementTree.fromstring(markup)


def texts(markup: str, classes: str = "") -> list[str]:
    """Return the texts in the image, of one class if it is given."""
    elements = parse(markup).iter(f"{SVG}text")
    return [item.text or "" for item in elements if classes in item.get("class", "")]


def rects(markup: str, classes: str) -> list[tuple[float, float, float, float]]:
    """Return x, y, width and height of the rectangles of a class."""
    elements = [item for item in parse(markup).iter(f"{SVG}rect") if classes in item.get("class", "").split()]
    return [tuple(float(item.get(name, "")) for name in ("x", "y", "width", "height")) for item in elements]  # type: ignore[misc]


def lines(markup: str, classes: str) -> list[list[tuple[float, float]]]:
    """Return the points of the paths of a class that have only straight lines."""
    elements = [
        item for item in parse(markup).iter(f"{SVG}path") if set(classes.split()) <= set(item.get("class", "").split())
    ]
    return [[tuple(map(float, pair.split())) for pair in re.split("[ML]", item.get("d", ""))[1:]] for item in elements]  # type: ignore[misc]


def about(markup: str) -> str:
    """Return the description for screen readers."""
    return parse(markup).findtext(f"{SVG}desc") or ""
