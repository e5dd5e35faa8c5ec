"""The commands for a result: from the control for an alarm; for an unknown result, the commands that collect the data."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from iamsql.catalog import remediation
from iamsql.check.controls import COLUMNS, TYPES, ControlResults, Row

COLUMNS_WITH_FIX, TYPES_WITH_FIX = (*COLUMNS, "remediation"), (*TYPES, "VARCHAR")
_LINE_COLUMNS = ("status", "resource", "account_id", "region", "dimensions")


def commands_for_row(results: ControlResults, columns: Sequence[str], row: Row) -> list[str]:
    """Return the commands for a row with these columns; [] for a result that is neither an alarm nor unknown."""
    values = dict(zip(columns, row, strict=True))
    if values["status"] == "error":
        return list(results.collect)
    return alarm_commands(results, values) if values["status"] == "alarm" else []


def alarm_commands(results: ControlResults, values: Mapping[str, Any]) -> list[str]:
    """Return the commands of the control with the values of an alarm: its resource, account, region and dimensions."""
    control = results.control
    dimensions = json.loads(values.get("dimensions") or "{}")
    finding_values = {name: values.get(name) for name in ("resource", "account_id", "region")}
    return remediation.commands(control.query.fixes, {**control.values, **dimensions, **finding_values})


def lines_with_commands(results: ControlResults, lines: Sequence[Row]) -> Iterator[tuple[Row, list[str]]]:
    """Yield each line of `ControlResults.lines` with the commands to print below it.

    The commands that collect data are the same for all unknown results, and come below the last one.
    """
    last_error_index = max((index for index, line in enumerate(lines) if line[0] == "error"), default=None)
    for index, line in enumerate(lines):
        status, _, account, _, region, resource, _, number, _, dimensions, _ = line
        # For several accounts, the command has placeholders.
        values = (status, resource, account, region, dimensions) if number == 1 else (status, None, None, region, None)
        yield (
            line,
            commands_for_row(results, _LINE_COLUMNS, values) if status != "error" or index == last_error_index else [],
        )


def rows_with_commands(results: ControlResults) -> Iterator[Row]:
    """Yield the rows of a control with their commands, a line for each, as the last column; NULL without commands."""
    for row in results.rows():
        yield (*row, "\n".join(commands_for_row(results, COLUMNS, row)) or None)
