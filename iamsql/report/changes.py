"""What changed since an earlier run: resources and findings, as `iamsql diff` compares them."""

from __future__ import annotations

from iamsql.check import diff as comparing
from iamsql.check.diff.report import Filters
from iamsql.check.diff.request import FindingRequest
from iamsql.model import Result
from iamsql.runs.directory import Folder
from iamsql.runs.store.source import Openable


def read_changes(
    old: Openable, new: Openable, runs_dir: Folder, request: FindingRequest
) -> tuple[Result, str, list[str]]:
    """Return the changes of all resource types and of the findings of controls, their summary, and notes.

    Earlier runs are not searched for the first occurrence of a finding. Raise IamsqlError for runs of two organizations.
    """
    filters = Filters(kinds=tuple(comparing.resource_type_names()))
    result = comparing.diff(old, new, runs_dir=runs_dir, filters=filters, request=request, with_history=False)
    return result.result, result.summary, result.notes
