"""What the README shows of the program comes out of the program: cog calls these, and `make check` compares."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from iamsql import catalog, cli
from iamsql.check import technique
from iamsql.schema import all_tables, calls_of, policy


def fenced(text: str, language: str = "text") -> str:
    """Put a text between fences."""
    return f"```{language}\n{text.rstrip()}\n```"


def shown(*arguments: str) -> str:
    """Run the program and give what it says, at a width of 80."""
    answer = CliRunner().invoke(cli.main, list(arguments), prog_name="iamsql", env={"COLUMNS": "80"})
    if answer.exit_code:
        raise SystemExit(f"iamsql {' '.join(arguments)}: {answer.output} {answer.exception!r}")
    return answer.output


def usage(*command: str) -> str:
    """Show a command's help."""
    return fenced(shown(*command, "--help"))


def iam_policy(kind: str) -> str:
    """Show the least-privilege policy, made from the calls of all tables."""
    return fenced(json.dumps(policy(kind), indent=2), "json")


def tables() -> str:
    """List the tables with the reads they stand on, those left out that are made only when another was refused."""
    rows = []
    for name, table in sorted(all_tables().items()):
        first = [call.operation for call in calls_of(name) if not call.instead_of]
        rows.append(f"| `{name}` | {table.about} | {', '.join(dict.fromkeys(first))} |")
    return "\n".join(("| table | a row is | stands on |", "| --- | --- | --- |", *rows))


def queries() -> str:
    """List the shipped queries by theme, with their parameters; older versions by their reference."""
    home = catalog.shipped_folder()
    shelf = [query for versions in catalog.load([home]).values() for query in versions if query.kind != "detection"]
    rows = []
    for query in sorted(shelf, key=lambda one: (one.path, one.name, -one.version)):
        name = query.name if query.latest else f"{query.name}@{query.version}"
        params = ", ".join(f"`{param.name}` {param.type}" for param in query.params)
        rows.append(f"| `{name}` | {query.title} | {params} | {Path(query.path).relative_to(home).parent} |")
    return "\n".join(("| query | answers | parameters | theme |", "| --- | --- | --- | --- |", *rows))


def detections() -> str:
    """List the shipped detections by tactic, with their severity and the techniques of MITRE ATT&CK that they show."""
    home = catalog.shipped_folder()
    shelf = [versions[-1] for versions in catalog.load([home]).values() if versions[-1].kind == "detection"]
    rows = []
    for query in sorted(shelf, key=lambda one: (one.path, one.name)):
        tactic = Path(query.path).parent.name.replace("_", " ")
        rows.append(f"| `{query.name}` | {query.title} | {query.severity} | {technique(query)} | {tactic} |")
    return "\n".join(("| detection | finds | severity | ATT&CK | tactic |", "| --- | --- | --- | --- | --- |", *rows))
