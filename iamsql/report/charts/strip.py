"""A bar of parts without labels, as wide as its container: the text next to it has the numbers."""

from __future__ import annotations

from collections.abc import Sequence

from iamsql.report.charts.data import Bar, describe_values
from iamsql.report.charts.svg import HATCHED_CLASSES, element, escape, hatching

WIDTH, HEIGHT, GAP = 1000, 12, 18


def strip_chart(title: str, bars: Sequence[Bar]) -> str:
    """Return the parts of a whole side by side as SVG, in proportion; '' if there are none."""
    bars_with_values = [(bar, bar.value) for bar in bars if bar.value]
    total = sum(value for _, value in bars_with_values)
    parts, start = [], 0.0
    for bar, value in bars_with_values:
        width = value / total * WIDTH
        size = max(width - 2, 2)
        tip = element("title", escape(f"{bar.label} {value:g}"))
        css_class = f"chart-bar {bar.css_class}".rstrip()
        parts.append(element("rect", tip, class_=css_class, x=start, y=0.0, width=size, height=float(HEIGHT)))
        parts.append(hatching(start, 0, size, HEIGHT, GAP) if bar.css_class in HATCHED_CLASSES else "")
        start += width
    about = describe_values(((bar.label, bar.value) for bar, _ in bars_with_values), "")
    descriptions = element("title", escape(title)) + element("desc", escape(about))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart chart-strip" role="img" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" preserveAspectRatio="none">{descriptions}{"".join(parts)}</svg>'
        if bars_with_values
        else ""
    )
