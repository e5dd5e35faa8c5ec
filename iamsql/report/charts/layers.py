"""The layout of a graph without cycles in layers, from left to right (Sugiyama's method): layers, order in a layer, positions.

The result depends only on the order of nodes and edges, so the same data always gives the same drawing.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from itertools import combinations, pairwise
from statistics import mean

Node = Hashable
Edge = tuple[Node, Node]

_SWEEP_COUNT = 8


def layer_numbers(nodes: Sequence[Node], edges: Sequence[Edge]) -> dict[Node, int]:
    """Return the layer of each node: the longest path to the node; nodes without predecessors are next to their successors."""
    predecessors, successors = neighbors(edges)
    numbers: dict[Node, int] = {}

    def number(node: Node) -> int:
        if node not in numbers:
            numbers[node] = max((number(source) + 1 for source in predecessors.get(node, ())), default=0)
        return numbers[node]

    for node in nodes:
        number(node)
    return {
        node: min(numbers[target] for target in successors[node]) - 1
        if node in successors and node not in predecessors
        else numbers[node]
        for node in nodes
    }


def neighbors(edges: Sequence[Edge]) -> tuple[dict[Node, list[Node]], dict[Node, list[Node]]]:
    """Return the predecessors and the successors of the nodes."""
    predecessors: dict[Node, list[Node]] = {}
    successors: dict[Node, list[Node]] = {}
    for source, target in edges:
        predecessors.setdefault(target, []).append(source)
        successors.setdefault(source, []).append(target)
    return predecessors, successors


def chains(edges: Sequence[Edge], layer: Mapping[Node, int]) -> list[list[Node]]:
    """Return the nodes that each edge passes, one in each layer; between its ends, these are virtual nodes (edge, layer)."""
    return [
        [source, *((edge, between) for between in range(layer[source] + 1, layer[target])), target]
        for edge, (source, target) in enumerate(edges)
    ]


def ordered_layers(
    nodes: Sequence[Node], layer: Mapping[Node, int], paths: Sequence[Sequence[Node]]
) -> list[list[Node]]:
    """Return the nodes of each layer from top to bottom, with few crossings of edges (barycenter method)."""
    rows: list[list[Node]] = [[] for _ in range(max(layer.values(), default=-1) + 1)]
    for node in nodes:
        rows[layer[node]].append(node)
    for path in paths:
        for offset, node in enumerate(path[1:-1], 1):
            rows[layer[path[0]] + offset].append(node)
    segments = [pair for path in paths for pair in pairwise(path)]
    predecessors, successors = neighbors(segments)
    best_rows, fewest_crossings = [list(row) for row in rows], _count_crossings(rows, segments)
    for sweep in range(_SWEEP_COUNT):
        neighbors_on_side = predecessors if sweep % 2 == 0 else successors
        for row in rows if neighbors_on_side is predecessors else reversed(rows):
            _sort_layer(row, rows, neighbors_on_side)
        count = _count_crossings(rows, segments)
        if count < fewest_crossings:
            best_rows, fewest_crossings = [list(row) for row in rows], count
    return best_rows


def _sort_layer(
    row: list[Node], rows: Sequence[Sequence[Node]], neighbors_on_side: Mapping[Node, Sequence[Node]]
) -> None:
    """Sort a layer by the mean position of the neighbors on a side; a node without neighbors there keeps its position."""
    index_of = {node: index for layer in rows for index, node in enumerate(layer)}
    mean_index = {
        node: mean(index_of[neighbor] for neighbor in neighbors_on_side[node])
        if node in neighbors_on_side
        else index_of[node]
        for node in row
    }
    row.sort(key=lambda node: mean_index[node])


def _count_crossings(rows: Sequence[Sequence[Node]], segments: Sequence[Edge]) -> int:
    positions = {node: (number, index) for number, row in enumerate(rows) for index, node in enumerate(row)}
    ends = [(positions[source], positions[target]) for source, target in segments]
    return sum(
        first[0] == second[0] and (first[1] - second[1]) * (first_end[1] - second_end[1]) < 0
        for (first, first_end), (second, second_end) in combinations(ends, 2)
    )


def centers(
    rows: Sequence[Sequence[Node]], paths: Sequence[Sequence[Node]], heights: Mapping[Node, float], gap: float
) -> dict[Node, float]:
    """Return the vertical center of each node, near the mean of its neighbors. Nodes of a layer are at least `gap` apart."""
    predecessors, successors = neighbors([pair for path in paths for pair in pairwise(path)])
    center_of: dict[Node, float] = {}
    for row in rows:
        preferred = [
            mean(center_of[neighbor] for neighbor in predecessors[node]) if node in predecessors else 0.0
            for node in row
        ]
        center_of.update(zip(row, separate_centers(preferred, [heights[node] for node in row], gap), strict=True))
    for neighbors_on_side, ordered in ((successors, rows[::-1]), (predecessors, rows), (successors, rows[::-1])):
        for row in ordered:
            preferred = [
                mean(center_of[neighbor] for neighbor in neighbors_on_side[node])
                if node in neighbors_on_side
                else center_of[node]
                for node in row
            ]
            center_of.update(zip(row, separate_centers(preferred, [heights[node] for node in row], gap), strict=True))
    return center_of


def separate_centers(preferred: Sequence[float], heights: Sequence[float], gap: float) -> list[float]:
    """Return the centers nearest to `preferred`, by least squares, at which boxes in this order do not overlap."""
    # Without the sizes of the boxes the positions must only increase: isotonic regression, by pooling adjacent violators.
    offsets = [0.0]
    for above, below in pairwise(heights):
        offsets.append(offsets[-1] + (above + below) / 2 + gap)
    pools: list[tuple[float, int]] = []
    for value in (center - offset for center, offset in zip(preferred, offsets, strict=bool(preferred))):
        pool = (value, 1)
        while pools and pools[-1][0] > pool[0]:
            earlier_value, count = pools.pop()
            pool = ((earlier_value * count + pool[0] * pool[1]) / (count + pool[1]), count + pool[1])
        pools.append(pool)
    bases = [value for value, count in pools for _ in range(count)]
    return [base + offset for base, offset in zip(bases, offsets, strict=bool(preferred))]
