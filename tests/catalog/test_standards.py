"""The numbers of controls in the standards of the shipped benchmarks."""

from __future__ import annotations

from iamsql import catalog
from iamsql.catalog.standards import NUMBERED_BENCHMARKS, _numbered_controls, standard_numbers


def test_each_standard_numbers_shipped_controls() -> None:
    numbers, queries = standard_numbers(), catalog.load([catalog.shipped_folder()])
    assert [*numbers] == [*NUMBERED_BENCHMARKS]
    for name, by_control in numbers.items():
        assert len(by_control) > 5, name
        assert all(queries[control][-1].kind == "control" for control in by_control), name
    assert numbers["cis_v7.0"]["access_key_rotated"] == "2.12"


def test_controls_of_nested_sections_have_their_numbers() -> None:
    tree = {
        "section": [
            {"id": "1", "controls": ["a"], "section": [{"id": "1.1", "control": [{"control": "b@2", "id": "x"}]}]}
        ]
    }
    assert list(_numbered_controls(tree)) == [("a", "1"), ("b", "x")]
