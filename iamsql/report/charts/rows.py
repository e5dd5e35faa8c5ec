"""Turn the rows of a result into the data of a chart. NULLs are counted in a note, and never drawn as zero."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from math import isfinite
from typing import Any

from iamsql.model import Result
from iamsql.render.cells import display
from iamsql.report.charts.columns import Columns, choose
from iamsql.report.charts.data import STATUSES, Bar, BarChart, Chart, Histogram, LineChart, Series, known
from iamsql.report.charts.scale import nice_ticks, number_text

MOST_BARS = 30
_BUCKETS = 12
_DAYS = 400  # of a line of counts by day; over a longer time, the counts are by month


def chart_of(result: Result, kind: str = "", x: str = "", y: Sequence[str] = ()) -> Chart:
    """Return the chart of a result; without a kind or columns, those that fit the types. Raise IamsqlError as `choose` does."""
    columns = choose(result, kind, x, y)
    charts: dict[str, Callable[[Result, Columns], Chart]] = {"bar": _bar_chart, "line": _line_chart, "hist": _histogram}
    chart = charts[columns.kind](result, columns)
    return chart if result.rows else replace(chart, notes=["No rows."])


def _bar_chart(result: Result, columns: Columns) -> BarChart:
    """Return a bar for each distinct value of x: the sum of y, or the number of rows."""
    groups: dict[str, list[float | None]] = {}
    for row in result.rows:
        label = " ".join("NULL" if row[index] is None else display(row[index]) for index in columns.x)
        groups.setdefault(label, []).append(_number(row[columns.y[0]]) if columns.y else 1)
    bars = [Bar(label, _sum(values), label if label in STATUSES else "") for label, values in groups.items()]
    what = _title(result, columns, len(groups) < len(result.rows))
    notes = [*_without_value(result, columns.y), *_left_out(bars)]
    return BarChart(f"{what} by {', '.join(result.columns[index] for index in columns.x)}", _largest(bars), notes)


def _largest(bars: Sequence[Bar]) -> Sequence[Bar]:
    """Return the largest bars in their order in the result. An unknown value counts as the smallest."""
    if len(bars) <= MOST_BARS:
        return bars
    order = sorted(range(len(bars)), key=lambda index: _size(bars[index]), reverse=True)
    return [bars[index] for index in sorted(order[: MOST_BARS - 1])]


def _size(bar: Bar) -> float:
    return -1.0 if bar.value is None else abs(bar.value)


def _left_out(bars: Sequence[Bar]) -> list[str]:
    if len(bars) <= MOST_BARS:
        return []
    shown = {bar.label for bar in _largest(bars)}
    others = [bar.value for bar in bars if bar.label not in shown]
    missing = len(others) - len(known(others))
    unknown = f", {missing} of them unknown" if missing else ""
    total = number_text(sum(known(others)), ",")
    return [f"The {len(shown)} largest of {len(bars)} bars. Other: {len(others)} bars{unknown}, with a sum of {total}."]


def _line_chart(result: Result, columns: Columns) -> LineChart:
    """Return a line for each column of y: the sum of the rows of each time; without y, the number of rows by day or month."""
    (across,) = columns.x
    rows = [(_moment(row[across]), row) for row in result.rows if row[across] is not None]
    name, notes = result.columns[across], [*_without_value(result, (across,)), *_without_value(result, columns.y)]
    if not columns.y:
        unit, times, counts = _counts([moment for moment, _ in rows])
        return LineChart(f"rows by {unit} of {name}", times, [Series("rows", counts)], notes)
    groups: dict[datetime, list[Sequence[Any]]] = {}
    for moment, row in sorted(rows, key=lambda pair: pair[0]):
        groups.setdefault(moment, []).append(row)
    series = [
        Series(result.columns[index], [_sum([_number(row[index]) for row in found]) for found in groups.values()])
        for index in columns.y
    ]
    return LineChart(f"{_title(result, columns, len(groups) < len(rows))} by {name}", list(groups), series, notes)


def _counts(moments: Sequence[datetime]) -> tuple[str, list[datetime], list[float]]:
    """Return the unit, its beginnings from the first to the last moment, and the number of moments in each."""
    if not moments:
        return "day", [], []
    days = [moment.replace(hour=0, minute=0, second=0, microsecond=0) for moment in moments]
    first, last = min(days), max(days)
    if (last - first).days <= _DAYS:
        counts = Counter(days)
        times = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        return "day", times, [float(counts[moment]) for moment in times]
    counts = Counter(day.replace(day=1) for day in days)
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    times = [datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC) for number in months]
    return "month", times, [float(counts[moment]) for moment in times]


def _histogram(result: Result, columns: Columns) -> Histogram:
    """Return the number of values in buckets of equal width."""
    index = columns.y[0]
    values = [_number(row[index]) for row in result.rows]
    return Histogram(
        f"rows by {result.columns[index]}",
        _buckets(known(values)),
        len(values) - len(known(values)),
        _without_value(result, columns.y),
    )


def _buckets(values: Sequence[float]) -> list[tuple[str, int]]:
    if not values:
        return []
    low, high, integers = min(values), max(values), all(value.is_integer() for value in values)
    if integers and high - low < _BUCKETS:
        counts = Counter(values)
        return [(number_text(number, ","), counts[number]) for number in range(int(low), int(high) + 1)]
    if low == high:
        return [(number_text(low, ","), len(values))]
    edges = nice_ticks(low, high, 10, integers)
    counts = Counter(min(bisect_right(edges, value) - 1, len(edges) - 2) for value in values)
    # A bucket contains its lower limit and not its upper one, except for the last.
    tops = [end - 1 if integers and end != high else end for end in edges[1:]]
    return [(_span(start, top), counts[number]) for number, (start, top) in enumerate(zip(edges, tops, strict=False))]


def _span(start: float, end: float) -> str:
    joint = "–" if start >= 0 else " to "
    return number_text(start, ",") + joint + number_text(end, ",")


def _title(result: Result, columns: Columns, has_sums: bool) -> str:
    if not columns.y:
        return "rows"
    names = ", ".join(result.columns[index] for index in columns.y)
    return f"sum of {names}" if has_sums else names


def _without_value(result: Result, indexes: Iterable[int]) -> list[str]:
    """Return a sentence for each column that has rows without a value."""
    notes = []
    for index in indexes:
        values = [row[index] for row in result.rows]
        count = sum(value is None or (isinstance(value, float) and not isfinite(value)) for value in values)
        if count:
            notes.append(f"{count} {'row has' if count == 1 else 'rows have'} no value in {result.columns[index]}.")
    return notes


def _sum(values: Sequence[float | None]) -> float | None:
    """Return the sum of the known values, None if there are none."""
    numbers = known(values)
    return sum(numbers) if numbers else None


def _number(value: Any) -> float | None:
    """Return a number; None for NULL, NaN and infinity."""
    return float(value) if value is not None and isfinite(value) else None


def _moment(value: date | datetime) -> datetime:
    """Return a date or timestamp in UTC; a timestamp without a time zone is in UTC."""
    moment = value if isinstance(value, datetime) else datetime.combine(value, time())
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
