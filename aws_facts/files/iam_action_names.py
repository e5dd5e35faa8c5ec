"""The names of all IAM actions, with which the arguments of queries are compared."""

from __future__ import annotations

from aws_facts.action_list import actions
from iamsql.tables.compiler.action_list import FILE as FILE

ABOUT = "The IAM actions of each service prefix."
SOURCE = "the list of IAM actions, from the service authorization reference"
HEADER = ("prefix", "actions")


def rows() -> list[tuple[str, ...]]:
    """Return each service prefix with the names of its actions."""
    names: dict[str, list[str]] = {}
    for action in actions().values():
        prefix, _, name = action.partition(":")
        names.setdefault(prefix, []).append(name)
    return [(prefix, " ".join(sorted(found))) for prefix, found in sorted(names.items())]
