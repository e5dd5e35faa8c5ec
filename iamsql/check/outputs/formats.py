"""Write the results of controls and detections in a format. The writers of controls stream the rows: there can be millions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TextIO, cast

from iamsql import render
from iamsql.catalog.params import did_you_mean
from iamsql.check import fixes, tree
from iamsql.check.controls import COLUMNS, TYPES, ControlRun, Row
from iamsql.check.detections import DetectionResult
from iamsql.check.outputs import asff, junit, ocsf, sarif
from iamsql.check.outputs.ocsf_fields import DEFAULT_VERSION
from iamsql.model import IamsqlError, Result
from iamsql.render.files import atomic_write

Writer = Callable[[ControlRun, TextIO], None]
# The format by suffix. Longer suffixes come first, because .json also matches .sarif.json.
FORMATS_BY_SUFFIX = {
    ".ocsf.json": "ocsf", ".ocsf.jsonl": "ocsf", ".asff.json": "asff",
    ".junit.xml": "junit", ".sarif.json": "sarif", ".sarif": "sarif", ".xml": "junit", ".csv": "csv", ".json": "json",
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".md": "markdown", ".txt": "table",
}  # fmt: skip


def result_rows(control_run: ControlRun) -> Result:
    """Return the results with an iterator as rows, which a writer reads once; `remediation` is a column on demand."""
    if control_run.has_fixes:
        with_fix = (row for results in control_run.run() for row in fixes.rows_with_commands(results))
        return Result(fixes.COLUMNS_WITH_FIX, cast(Sequence[Row], with_fix), fixes.TYPES_WITH_FIX)
    rows_of_controls = (row for results in control_run.run() for row in results.rows())
    return Result(COLUMNS, cast(Sequence[Row], rows_of_controls), TYPES)


def _write_rows(fmt: str, control_run: ControlRun, stream: TextIO, csv_safe: bool = False) -> None:
    """Write the rows in a format of `render`."""
    render.write(result_rows(control_run), fmt, stream, csv_safe)


FORMATS: dict[str, Writer] = {
    "table": tree.write,
    "brief": partial(tree.write, max_lines=0),
    **{fmt: partial(_write_rows, fmt) for fmt in ("csv", "json", "jsonl", "markdown", "line")},
    "junit": junit.write,
    "sarif": sarif.write,
    "ocsf": ocsf.write,
    "asff": asff.write,
}
# The formats of findings of detections that are not rows.
DETECTION_FORMATS: dict[str, Callable[[DetectionResult, TextIO], None]] = {
    "ocsf": ocsf.write_detections,
    "asff": asff.write_detections,
}
FORMATS_WITHOUT_FIXES = ("brief", "junit")  # formats that never have the commands of --fix
FORMATS_WITH_FIXES = ("sarif", "ocsf", "asff")  # formats that always have them


def format_named(name: str) -> str:
    """Return the name of a format. Raise IamsqlError for an unknown format."""
    if name in render.FILE_FORMATS:
        render.format_named(name)  # raises the error
    if name not in FORMATS:
        raise IamsqlError(
            f"unknown output format {name!r}{did_you_mean(name, FORMATS)} (formats are {', '.join(FORMATS)})"
        )
    return name


def detect_format(path: Path, others: Sequence[str] = (), *, option: str = "--output, or ") -> str:
    """Return the format of a file by its suffix. Raise IamsqlError for an unknown suffix; `others` are also possible.

    `option` is the option that also selects a format, as an error names it; '' if there is none.
    """
    matched_format = next(
        (fmt for suffix, fmt in FORMATS_BY_SUFFIX.items() if path.name.lower().endswith(suffix)), None
    )
    if matched_format is None:
        raise IamsqlError(
            f"cannot determine the format of {path}: use {option}a name that ends in {', '.join((*FORMATS_BY_SUFFIX, *others))}"
        )
    return matched_format


def detection_format(name: str, path: Path | None, by_suffix: bool) -> str:
    """Return the format of findings of detections: the format of a file's suffix, or the named format.

    Raise IamsqlError for an unknown name.
    """
    if path and by_suffix:
        matched_format = next(
            (fmt for suffix, fmt in FORMATS_BY_SUFFIX.items() if path.name.lower().endswith(suffix)), ""
        )
        if matched_format in DETECTION_FORMATS:
            return matched_format
    return render.format_named(name, tuple(DETECTION_FORMATS))


def write(
    control_run: ControlRun, fmt: str, stream: TextIO, csv_safe: bool = False, ocsf_version: str = DEFAULT_VERSION
) -> None:
    """Write the results. With `csv_safe`, no text of CSV can become a formula in a spreadsheet."""
    special: dict[str, Writer] = {"ocsf": partial(ocsf.write, version=ocsf_version)}
    if csv_safe:
        special["csv"] = partial(_write_rows, "csv", csv_safe=True)
    special.get(fmt, FORMATS[fmt])(control_run, stream)


def export(
    control_run: ControlRun,
    fmt: str,
    path: Path,
    csv_safe: bool = False,
    ocsf_version: str = DEFAULT_VERSION,
    *,
    follow: bool = True,
) -> None:
    """Write the results to a file with mode 0600, which is not left incomplete after an error. Without `follow`, replace a link."""
    atomic_write(path, lambda stream: write(control_run, fmt, stream, csv_safe, ocsf_version), follow=follow)


def write_detections(result: DetectionResult, fmt: str, stream: TextIO, ocsf_version: str = DEFAULT_VERSION) -> None:
    """Write the findings of detections in one of `DETECTION_FORMATS`."""
    special = {"ocsf": partial(ocsf.write_detections, version=ocsf_version)}
    special.get(fmt, DETECTION_FORMATS[fmt])(result, stream)


def export_detections(result: DetectionResult, fmt: str, path: Path, ocsf_version: str = DEFAULT_VERSION) -> None:
    """Write the findings of detections to a file with mode 0600, in one of `DETECTION_FORMATS`."""
    atomic_write(path, lambda stream: write_detections(result, fmt, stream, ocsf_version))
