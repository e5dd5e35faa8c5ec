"""Select the runs of a lake by organization and time. The newest run before a time has the state at the time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from iamsql.catalog import shortened_list
from iamsql.escaping import printable
from iamsql.lake.model import LakeRun, Manifest
from iamsql.model import IamsqlError
from iamsql.runs.reconstruct.moment import TIME_PATTERN

MAX_SHOWN = 5  # organizations or runs that an error lists


@dataclass(frozen=True)
class Selection:
    """Which runs and events of a lake a command reads; '' and None select all.

    `at` is a time, or the ID of a run or its beginning: later runs and their events are left out. `days` limits events to the
    last days before the run.
    """

    organization: str = ""
    at: str = ""
    days: int | None = None


def select_runs(manifest: Manifest, lake: str, selection: Selection) -> list[LakeRun]:
    """Return the runs of one organization up to a time, newest first. Raise IamsqlError if there are none."""
    runs = sorted(manifest.runs, key=lambda run: run.run_id, reverse=True)
    if not runs:
        raise IamsqlError(f"The lake {lake} has no runs.\nAdd a run with: iamsql lake add --lake {lake}")
    runs = _select_organization(runs, lake, selection.organization)
    return _select_until(runs, selection.at) if selection.at else runs


def _select_organization(runs: Sequence[LakeRun], lake: str, organization: str) -> list[LakeRun]:
    organizations = list(dict.fromkeys(run.organization for run in runs))
    selected_organization = organization or organizations[0]
    if selected_organization not in organizations:
        organization_list = shortened_list(organizations, MAX_SHOWN)
        raise IamsqlError(
            f"The lake {lake} has no runs of {printable(selected_organization)}.\nIt has runs of {organization_list}."
        )
    if not organization and len(organizations) > 1:
        organization_list = shortened_list(organizations, MAX_SHOWN)
        raise IamsqlError(
            f"The lake {lake} has runs of {organization_list}.\nSelect an organization with --organization ID."
        )
    return [run for run in runs if run.organization == selected_organization]


def _select_until(runs: Sequence[LakeRun], at: str) -> list[LakeRun]:
    matches = [run for run in runs if run.run_id == at] or [run for run in runs if run.run_id.startswith(at)]
    time_match = TIME_PATTERN.fullmatch(at.strip())
    if len(matches) == 1 and not time_match:
        return [run for run in runs if run.run_id <= matches[0].run_id]
    if not time_match:
        raise IamsqlError(
            f"--at takes a time in UTC, such as 2026-11-25 or 2026-11-25T08:00, or the ID of a run, not {printable(at[:80])}."
            "\nList the runs with: iamsql lake list"
        )
    day, hour, minute, second = time_match.groups()
    end = f"{day}T{hour}:{minute}:{second or '59'}Z" if hour else f"{day}T23:59:59Z"
    runs_before_end = [run for run in runs if run.started_at <= end]
    if not runs_before_end:
        raise IamsqlError(f"No run of the lake started before {end}.\nThe first run started at {runs[-1].started_at}.")
    return runs_before_end
