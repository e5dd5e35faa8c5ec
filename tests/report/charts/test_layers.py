"""The layout of graphs: layers, few crossings, no overlaps."""

from __future__ import annotations

from iamsql.report.charts.layers import centers, chains, layer_numbers, ordered_layers, separate_centers

EDGES = [("a", "b"), ("b", "d"), ("c", "d"), ("a", "d")]


def test_a_layer_is_the_longest_path_and_sources_are_next_to_their_successors() -> None:
    assert layer_numbers(["a", "b", "c", "d"], EDGES) == {"a": 0, "b": 1, "c": 1, "d": 2}


def test_an_edge_over_several_layers_passes_virtual_nodes() -> None:
    layer = layer_numbers(["a", "b", "c", "d"], EDGES)
    assert chains(EDGES, layer) == [["a", "b"], ["b", "d"], ["c", "d"], ["a", (3, 1), "d"]]


def test_the_order_in_layers_avoids_crossings() -> None:
    edges = [("a", "y"), ("b", "x"), ("c", "z")]
    nodes = ["a", "b", "c", "x", "y", "z"]
    layer = layer_numbers(nodes, edges)
    assert ordered_layers(nodes, layer, chains(edges, layer)) in (
        [["a", "b", "c"], ["y", "x", "z"]],
        [["b", "a", "c"], ["x", "y", "z"]],
    )


def test_boxes_are_apart_and_near_to_where_they_should_be() -> None:
    assert separate_centers([0, 100], [10, 10], 5) == [0, 100]
    assert separate_centers([50, 50], [10, 10], 6) == [42, 58]
    assert separate_centers([50, 40, 200], [20, 10, 10], 5) == [35, 55, 200]
    assert separate_centers([], [], 5) == []


def test_centers_have_the_gap() -> None:
    edges = [("a", "d"), ("b", "d"), ("c", "d")]
    rows = [["a", "b", "c"], ["d"]]
    at = centers(rows, [list(edge) for edge in edges], dict.fromkeys("abcd", 20), 10)
    assert [at[node] - at["a"] for node in "abcd"] == [0, 30, 60, 30]
