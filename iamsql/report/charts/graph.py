"""A drawing of escalation paths: principals from left to right by step, arrows with methods, the administrator at the end.

A label is on the horizontal part of its arrow, next to its box. Boxes of a layer do not overlap, so no label overlaps another
label or a box.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from iamsql.report.charts.escalation import VERDICTS, Arrow, Box, Principal, Step, merge_paths
from iamsql.report.charts.layers import Node, centers, chains, layer_numbers, ordered_layers
from iamsql.report.charts.svg import coordinate, drawing, element, elide, escape, line, rect, text, text_width

_MIN_BOX_HEIGHT, _BOX_GAP = 42, 16  # the least height of a box, and the space between boxes
_NAME_WIDTH_LIMITS = (96, 236)  # the least and greatest width of the text in a box
_METHOD_WIDTH_LIMITS = (24, 150)  # of the text on an arrow
_BOX_PADDING = 10  # between the border of a box and its text
_CURVE_WIDTH = 54
_LABEL_LINE_HEIGHT = 14
_MAX_METHODS = 3  # methods on an arrow
_BOLD_FONT_SIZE = 13.2  # bold text of 12 pixels is as wide as regular text of this size


@dataclass(frozen=True)
class Layout:
    """The positions of a graph. `left` has the left edge of each layer's boxes, `turns` where the arrows begin to curve."""

    arrows: Sequence[Arrow]
    paths: Sequence[Sequence[Node]]  # the boxes and virtual nodes of each arrow
    center: Mapping[Node, float]
    heights: Mapping[Node, float]
    layer: Mapping[Node, int]
    left: Sequence[float]
    turns: Sequence[float]
    box: float  # the width of a box


def escalation_graph(
    title: str,
    paths: Sequence[Sequence[Step]],
    *,
    administrator: str = "administrator",
    verdicts: Mapping[str, str] | None = None,
) -> str:
    """Return the paths as one graph, as SVG. `verdicts` has the words for certain, conditional and unknown in another language."""
    layout = arrange_boxes(merge_paths(paths))
    boxes = [node for node in layout.layer if isinstance(node, Box)]
    bottom = max((layout.center[node] + layout.heights[node] / 2 for node in layout.center), default=0)
    width = round((layout.left[-1] if layout.left else 0) + layout.box + 1)
    parts = [*_draw_arrows(layout), *(_draw_box(layout, box, administrator) for box in boxes)]
    parts.append(_legend(layout.arrows, verdicts or {}, bottom + 30))
    about = ". ".join(_describe_path(path, administrator) for path in paths)
    role = "group" if any(box.principal and box.principal.link for box in boxes) else "img"
    return drawing(title, about, (max(width, 320), round(bottom) + 40), parts, "chart-graph", role)


def arrange_boxes(arrows: Sequence[Arrow]) -> Layout:
    """Return the layout of the arrows and their boxes."""
    boxes: list[Node] = list(dict.fromkeys(box for arrow in arrows for box in (arrow.source, arrow.target)))
    edges: list[tuple[Node, Node]] = [(arrow.source, arrow.target) for arrow in arrows]
    layer = layer_numbers(boxes, edges)
    paths = chains(edges, layer)
    rows = ordered_layers(boxes, layer, paths)
    heights = {node: _box_height(node, arrows) for row in rows for node in row}
    center = centers(rows, paths, heights, _BOX_GAP)
    top = min((center[node] - heights[node] / 2 for node in center), default=0) - 1
    names = [text_width(box.principal.name, _BOLD_FONT_SIZE) for box in boxes if isinstance(box, Box) and box.principal]
    width = _clamp(names, _NAME_WIDTH_LIMITS) + 2 * _BOX_PADDING
    left, turns = [1.0], []
    for number in range(len(rows)):
        labels = [text_width(name) for arrow in arrows if layer[arrow.source] == number for name in _label_lines(arrow)]
        turns.append(left[-1] + width + _clamp(labels, _METHOD_WIDTH_LIMITS) + _BOX_PADDING)
        left.append(turns[-1] + _CURVE_WIDTH)
    shifted_centers = {node: y - top for node, y in center.items()}
    return Layout(arrows, paths, shifted_centers, heights, layer, left[: len(rows)], turns, width)


def _clamp(widths: Sequence[float], limits: tuple[int, int]) -> float:
    return min(max([limits[0], *widths]), limits[1])


def _label_lines(arrow: Arrow) -> list[str]:
    """Return the lines of the label of an arrow: its methods, or the first methods and the number of the others."""
    if len(arrow.methods) <= _MAX_METHODS:
        return list(arrow.methods)
    return [*arrow.methods[: _MAX_METHODS - 1], f"+{len(arrow.methods) - _MAX_METHODS + 1}"]


def _port_height(arrow: Arrow) -> float:
    return _LABEL_LINE_HEIGHT * max(len(_label_lines(arrow)), 1) + 8


def _box_height(node: Node, arrows: Sequence[Arrow]) -> float:
    if not isinstance(node, Box):
        return _LABEL_LINE_HEIGHT
    leaving = sum(_port_height(arrow) for arrow in arrows if arrow.source == node)
    entering = _LABEL_LINE_HEIGHT * sum(arrow.target == node for arrow in arrows)
    return max(_MIN_BOX_HEIGHT, leaving, entering)


def _draw_box(layout: Layout, box: Box, administrator: str) -> str:
    x, y, height = layout.left[layout.layer[box]], layout.center[box], layout.heights[box]
    if box.principal is None:
        shapes = rect(x, y - height / 2, layout.box, height, "chart-box administrator")
        return shapes + text(x + layout.box / 2, y + 4, administrator, "chart-administrator", "middle")
    available = layout.box - 2 * _BOX_PADDING + 4
    lines = [
        text(x + _BOX_PADDING, y - 3, elide(box.principal.name, available, _BOLD_FONT_SIZE), "chart-principal"),
        text(x + _BOX_PADDING, y + 13, elide(box.principal.account, available), "chart-account"),
    ]
    frame = rect(x, y - height / 2, layout.box, height, "chart-box", _name_with_account(box.principal))
    shapes = frame + "".join(lines)
    return element("a", shapes, href=box.principal.link) if box.principal.link else shapes


def _name_with_account(principal: Principal) -> str:
    return f"{principal.name} · {principal.account}" if principal.account else principal.name


def _draw_arrows(layout: Layout) -> list[str]:
    """Return the arrows with their labels. The ends of arrows at a box are in the order of their other ends."""
    leaving = _arrow_ends(layout, 0)
    entering = _arrow_ends(layout, -1)
    return [_draw_arrow(layout, index, leaving[index], entering[index]) for index in range(len(layout.arrows))]


def _arrow_ends(layout: Layout, end: int) -> dict[int, float]:
    """Return the vertical position of the beginning (0) or the end (-1) of each arrow, at its box."""
    heights: dict[int, float] = {}
    for box in layout.layer:
        next_node = 1 if end == 0 else -2
        ends = [index for index, path in enumerate(layout.paths) if path[end] == box]
        ends.sort(key=lambda index: layout.center[layout.paths[index][next_node]])
        port_heights = [_port_height(layout.arrows[index]) if end == 0 else float(_LABEL_LINE_HEIGHT) for index in ends]
        y = layout.center[box] - sum(port_heights) / 2
        for index, port_height in zip(ends, port_heights, strict=True):
            y += port_height
            heights[index] = y - (4 if end == 0 else port_height / 2)
    return heights


def _draw_arrow(layout: Layout, index: int, start: float, end: float) -> str:
    arrow, x = layout.arrows[index], layout.left[layout.layer[layout.arrows[index].source]] + layout.box
    tip = layout.left[layout.layer[arrow.target]] - 1
    corners = (f"{coordinate(tip - back)},{coordinate(end + aside)}" for back, aside in ((0, 0), (8, -4), (8, 4)))
    lines = _label_lines(arrow)
    labels = (
        text(
            x + 6,
            start - 6 - _LABEL_LINE_HEIGHT * (len(lines) - 1 - row),
            elide(name, _METHOD_WIDTH_LIMITS[1]),
            "chart-method",
        )
        for row, name in enumerate(lines)
    )
    parts = [
        element("title", escape(", ".join(arrow.methods))) if arrow.methods else "",
        element("path", class_=f"chart-arrow {arrow.verdict}", d=_curve_path(layout, index, start, end)),
        element("polygon", class_=f"chart-head {arrow.verdict}", points=" ".join(corners)),
    ]
    return element("g", "".join([*parts, *labels]))


def _curve_path(layout: Layout, index: int, start: float, end: float) -> str:
    """Return the path data of an arrow: horizontal through each layer and its labels, curved before the next layer."""
    path = layout.paths[index]
    first_layer = layout.layer[path[0]]
    commands, y = [f"M{coordinate(layout.left[first_layer] + layout.box)} {coordinate(start)}"], start
    for number, node in enumerate(path[1:], first_layer):
        is_last = node == path[-1]
        curve_end = layout.left[number + 1] - (7 if is_last else 0)  # the head of the arrow covers the rest
        target_y = end if is_last else layout.center[node]
        turn = layout.turns[number]
        middle, from_y, to_y = coordinate((turn + curve_end) / 2), coordinate(y), coordinate(target_y)
        commands.append(f"H{coordinate(turn)}C{middle} {from_y} {middle} {to_y} {coordinate(curve_end)} {to_y}")
        y = target_y
    return "".join(commands)


def _legend(arrows: Sequence[Arrow], phrases: Mapping[str, str], y: float) -> str:
    """Return the line styles of the verdicts that the graph has, with their words."""
    parts, x = [], 1.0
    for verdict in VERDICTS:
        if any(arrow.verdict == verdict for arrow in arrows):
            phrase = phrases.get(verdict, verdict)
            parts += [line(x, y - 4, x + 32, y - 4, f"chart-arrow {verdict}"), text(x + 38, y, phrase, "chart-label")]
            x += 38 + text_width(phrase) + 20
    return "".join(parts)


def _describe_path(path: Sequence[Step], administrator: str) -> str:
    names = [f"{step.method} → {_name_with_account(step.target) if step.target else administrator}" for step in path]
    return " ".join([_name_with_account(path[0].source), *names]) if path else ""
