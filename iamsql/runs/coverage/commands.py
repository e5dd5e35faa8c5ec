"""The commands that sentences about missing data recommend."""

from __future__ import annotations

from collections.abc import Collection

from iamsql.catalog.settings.option_types import HOSTILE
from iamsql.model.extras import install_command
from iamsql.runs.store.metadata import RunMetadata
from iamsql.tables.calls.account import ACTIONS
from iamsql.tables.iam_actions import is_installed

IMPORT_AGAIN = "iamsql import PATH…"
ACTION_LIST = f"{ACTIONS.service}:{ACTIONS.operation}"


def lacks_action_list(calls: Collection[str]) -> bool:
    """Return whether only the list of IAM actions is missing in an import. The list comes from a package, not from a file."""
    return set(calls) == {ACTION_LIST}


def action_list_remedy() -> str:
    """Return the sentence that says how an import gets the list of IAM actions."""
    if is_installed():
        return f"Import files with policies or events again: {IMPORT_AGAIN}"
    return f"Install it with: {install_command('actions')}, and import again."


def sync_of(metadata: RunMetadata) -> str:
    """Return the command that collects a new run from the same source: AWS, or the same day of the sample organization."""
    demo, day = metadata.options.get("demo"), metadata.options.get("day")
    if not demo:
        return "iamsql sync"
    names = f" {HOSTILE}" if demo == HOSTILE else ""
    return f"iamsql sync --demo{names}" + (f" --day {day:d}" if day in (1, 2, 3) else "")
