"""SVG elements as text. All text and attributes pass one escape function; colors are classes, which charts.css defines.

No element has an ID, an inline style or a script: a page with a strict Content-Security-Policy can contain any number of charts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape as escape_markup
from pathlib import Path
from unicodedata import east_asian_width

from iamsql.escaping import printable

WIDTH = 720
LINE_HEIGHT = 18  # the height of a line of text
ELLIPSIS = "…"
CSS_FILE = Path(__file__).with_name("charts.css")
# Classes of unknown values. Hatching shows them also without color.
HATCHED_CLASSES = {"unknown", "error", "failed", "assume_role_failed", "interrupted"}
_NARROW_CHARACTERS, _BROAD_CHARACTERS = frozenset("iljftr.,:;'|!I()[]/ -"), frozenset("mwMW@%…")

Point = tuple[float, float]


def escape(text: str) -> str:
    """Return untrusted text for content or an attribute: control characters visible, markup escaped."""
    return escape_markup(printable(text))


def coordinate(value: float) -> str:
    """Return a coordinate with at most one decimal."""
    return f"{round(value, 1) + 0.0:.1f}".removesuffix(".0")  # + 0.0 turns -0.0 into 0.0


def element(name: str, content: str | None = None, **attributes: str | float) -> str:
    """Return an element with escaped attributes (`text_anchor` is text-anchor); `content` is markup.

    An attribute with an empty value is left out.
    """
    attribute_text = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value) if isinstance(value, str) else coordinate(value)}"'
        for key, value in attributes.items()
        if value != ""
    )
    return f"<{name}{attribute_text}/>" if content is None else f"<{name}{attribute_text}>{content}</{name}>"


def text(x: float, y: float, content: str, classes: str = "", anchor: str = "") -> str:
    """Return a line of text with its baseline at `y`; `anchor` is '' for the start, middle or end."""
    return element("text", escape(content), class_=classes, x=x, y=y, text_anchor=anchor)


def rect(x: float, y: float, width: float, height: float, classes: str, tip: str = "") -> str:
    """Return a rectangle, hatched if its class means that a value is not known; `tip` is shown at the pointer."""
    content = element("title", escape(tip)) if tip else None
    shape = element("rect", content, class_=classes, x=x, y=y, width=width, height=height)
    return shape + (hatching(x, y, width, height) if HATCHED_CLASSES & set(classes.split()) else "")


def hatching(x: float, y: float, width: float, height: float, gap: float = 6) -> str:
    """Return diagonal lines that fill a rectangle."""
    # A pattern would need an ID, and is not drawn if the first chart that defines it is hidden.
    parts = []
    offset = gap
    while offset < width + height:
        left, right = max(0.0, offset - height), min(offset, width)
        parts.append(
            f"M{coordinate(x + left)} {coordinate(y + offset - left)}L{coordinate(x + right)} {coordinate(y + offset - right)}"
        )
        offset += gap
    return element("path", class_="chart-hatch", d="".join(parts)) if parts else ""


def line(x1: float, y1: float, x2: float, y2: float, classes: str) -> str:
    """Return a straight line."""
    return element("path", class_=classes, d=f"M{coordinate(x1)} {coordinate(y1)}L{coordinate(x2)} {coordinate(y2)}")


def polyline(points: Sequence[Point], classes: str) -> str:
    """Return a line through points."""
    joined = "L".join(f"{coordinate(x)} {coordinate(y)}" for x, y in points)
    return element("path", class_=classes, d=f"M{joined}")


def circle(x: float, y: float, radius: float, classes: str) -> str:
    """Return a circle."""
    return element("circle", class_=classes, cx=x, cy=y, r=radius)


def drawing(
    title: str, description: str, size: tuple[int, int], parts: Iterable[str], classes: str = "", role: str = "img"
) -> str:
    """Return an SVG image of a size in pixels, with a title and a description for screen readers.

    The role of an image with links is `group`: screen readers do not reach the parts of an `img`.
    """
    width, height = size
    descriptions = element("title", escape(title)) + element("desc", escape(description))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{escape(f"chart {classes}".rstrip())}" role="{role}" '
        f'viewBox="0 0 {width} {height}" width="{width}" height="{height}">{descriptions}{"".join(parts)}</svg>'
    )


def text_width(content: str, size: float = 12) -> float:
    """Return the greatest width in pixels that printable text takes in a common sans-serif font."""
    return sum(map(_char_width_in_em, printable(content))) * size


def _char_width_in_em(char: str) -> float:
    if char in _NARROW_CHARACTERS:
        return 0.4
    if char in _BROAD_CHARACTERS:
        return 1.0
    if not char.isascii() and east_asian_width(char) in "WF":
        return 1.1
    return 0.78 if char.isupper() else 0.64


def elide(content: str, width: float, size: float = 12) -> str:
    """Return printable text that takes at most `width` pixels, with a mark in place of the middle if it is longer."""
    printable_text = printable(content)
    if text_width(printable_text, size) <= width:
        return printable_text
    for count in range(len(printable_text) - 1, 0, -1):
        tail_length = count // 2
        shortened_text = (
            printable_text[: count - tail_length] + ELLIPSIS + printable_text[len(printable_text) - tail_length :]
        )
        if text_width(shortened_text, size) <= width:
            return shortened_text
    return ELLIPSIS
