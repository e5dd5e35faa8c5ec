"""Ticks at round values, and numbers as text."""

from __future__ import annotations

import pytest

from iamsql.report.charts.scale import Scale, nice_ticks, number_text, tick_text, value_ticks


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 10, [0, 2.5, 5, 7.5, 10]),
        (0, 1, [0, 0.25, 0.5, 0.75, 1]),
        (0, 1234, [0, 500, 1000, 1500]),
        (-7, 12, [-10, -5, 0, 5, 10, 15]),
        (3, 3, [0, 1, 2, 3]),
        (0, 0, [0, 0.25, 0.5, 0.75, 1]),
        (1e-7, 3e-7, [1e-7, 1.5e-7, 2e-7, 2.5e-7, 3e-7]),
    ],
)
def test_ticks_are_round_and_enclose_the_values(low: float, high: float, expected: list[float]) -> None:
    assert nice_ticks(low, high) == pytest.approx(expected)


def test_ticks_of_counts_are_integers() -> None:
    assert nice_ticks(0, 1, integers=True) == [0, 1]
    assert nice_ticks(0, 3, integers=True) == [0, 1, 2, 3]
    assert nice_ticks(0, 10, integers=True) == [0, 5, 10]


def test_an_axis_begins_at_zero_unless_the_values_hardly_vary() -> None:
    assert value_ticks([40, 59])[0] == 0
    assert value_ticks([1000, 1010])[0] == 1000
    assert value_ticks([-5, 3])[0] <= -5
    assert value_ticks([]) == [0, 1]


def test_a_scale_without_a_span_has_the_middle() -> None:
    assert Scale(5, 5, 0, 100).position(5) == 50
    assert Scale(0, 10, 100, 0).position(2.5) == 75


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "0"),
        (9999, "9999"),
        (12345678, "12 345 678"),
        (-10000, "-10 000"),
        (2.5, "2.5"),
        (1 / 3, "0.3333"),
        (123456.7, "123 457"),
    ],
)
def test_numbers_are_grouped_by_spaces(value: float, expected: str) -> None:
    assert number_text(value) == expected


def test_ticks_have_short_texts() -> None:
    assert [tick_text(value) for value in (0, 2500, 15_000, 2_500_000, 3e9, 0.25)] == [
        "0",
        "2500",
        "15k",
        "2.5M",
        "3G",
        "0.25",
    ]
