"""What a file of --out says about its rows: the run, the options that exclude rows, and what the command prints on stderr."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from iamsql.catalog.settings.check_options import CheckOptions
from iamsql.catalog.settings.groups import Arguments
from iamsql.check.selection import DETECTIONS, CheckCatalog
from iamsql.cli.options import is_given, parse_pairs
from iamsql.render.provenance import Provenance
from iamsql.runs.store.metadata import RunMetadata

if TYPE_CHECKING:
    from iamsql.check.controls import ControlRun
    from iamsql.check.detections import DetectionResult

EXCLUDING_OPTIONS = {"severity": "--severity", "where": "--where", "days": "--days", "accounts": "--account"}


def provenance_of_controls(control_run: ControlRun, checks: CheckCatalog, options: CheckOptions) -> Provenance:
    """Return the provenance of the results of controls. Call this after the last result."""
    title = ", ".join(tree.title for tree, _ in control_run.selection.trees)
    notes = _printed_notes(control_run.notes(), control_run.failures.values(), options.names, checks)
    return _make_provenance(title, " ".join(options.names), control_run.reader.metadata, notes, options)


def provenance_of_findings(result: DetectionResult, checks: CheckCatalog, options: CheckOptions) -> Provenance:
    """Return the provenance of the findings of detections."""
    notes = _printed_notes(result.notes, result.failures, options.names, checks)
    return _make_provenance(
        "Findings of detections", " ".join(options.names) or DETECTIONS, result.metadata, notes, options
    )


def stored_settings(options: Arguments, flags_by_option: Mapping[str, str]) -> dict[str, Any]:
    """Return the values of --arg, and of the options that the user gave to exclude rows: `excluding` maps names to flags."""
    exclusions = {flag: getattr(options, name) for name, flag in flags_by_option.items() if is_given(name)}
    return {**parse_pairs(options.args), **exclusions}


def _make_provenance(
    title: str, names_text: str, metadata: RunMetadata, notes: list[str], options: CheckOptions
) -> Provenance:
    return Provenance(
        title, names_text, stored_settings(options, EXCLUDING_OPTIONS), metadata.run_id, metadata.started_at, notes
    )


def _printed_notes(
    notes: Iterable[str], failed_queries: Iterable[str], names: tuple[str, ...], checks: CheckCatalog
) -> list[str]:
    """Return the notes and errors that the command prints."""
    return [
        *checks.notes(names),
        *notes,
        *(f"Error: {failure}" for failure in (*failed_queries, *checks.failures(names))),
    ]
