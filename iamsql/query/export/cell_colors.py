"""The colors of cells by meaning. A color repeats what the text says; unread data has its own color."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

# Columns whose values have a color.
COLORED_COLUMNS = frozenset({"severity", "status", "outcome", "verdict", "certainty", "change", "state"})
# Background and font by meaning.
COLORS_BY_MEANING = {
    "critical": ("#B3261E", "#FFFFFF"),
    "alarm": ("#F9D2CE", "#8C1D18"),
    "warning": ("#FDE8C8", "#7A4A00"),
    "notice": ("#DDEBF7", "#1F4E79"),
    "ok": ("#DFF0D8", "#2E6B2E"),
    "unknown": ("#E6DAF3", "#5B2A86"),
    "inactive": ("#E7E6E6", "#595959"),
}
_VALUES_BY_MEANING = {
    "critical": "critical",
    "alarm": "high alarm certain allowed opened newly_privileged",
    "warning": "medium conditional changed rotated newly_used",
    "notice": "low info new",
    "ok": "ok complete resolved active",
    "unknown": "error unknown incomplete partial assume_role_failed interrupted not_compared denied throttled expired "
    "not_requested",
    "inactive": "skip skipped inactive excluded muted gone not_applicable suspended closed pending_activation pending_closure",
}
MEANING_BY_VALUE = {value: meaning for meaning, values in _VALUES_BY_MEANING.items() for value in values.split()}
NO_ATTENTION_MEANINGS = ("ok", "notice", "inactive")  # the meanings of a status that needs no attention


def colored_columns(columns: Sequence[str]) -> dict[str, int]:
    """Map the names of the columns with colored values to the indexes of the columns."""
    return {name.lower(): index for index, name in enumerate(columns) if name.lower() in COLORED_COLUMNS}


def meanings_of_row(colored_indexes: Mapping[str, int], row: Sequence[Any]) -> dict[int, str]:
    """Map indexes in a row to the meanings of the values. A severity has none if the status of the row needs no attention."""
    values = {index: MEANING_BY_VALUE.get(str(row[index]).lower(), "") for index in colored_indexes.values()}
    if (
        "verdict" in colored_indexes and str(row[colored_indexes["verdict"]]).lower() == "denied"
    ):  # elsewhere, data that was not read
        values[colored_indexes["verdict"]] = "ok"
    if "severity" in colored_indexes and values.get(colored_indexes.get("status", -1)) in NO_ATTENTION_MEANINGS:
        del values[colored_indexes["severity"]]
    return values
