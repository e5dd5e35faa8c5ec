"""Generated blocks of the documentation. cog calls these functions; `make check-static` compares the blocks."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import answers
import click
import query_pages
from click.testing import CliRunner
from fragments import table

from iamsql import catalog, cli, render
from iamsql.catalog.settings.declarations import ANY, INSIDE, SETTINGS_BY_SECTION, TRUSTED, Setting
from iamsql.catalog.standards import STANDARD_TITLES
from iamsql.model import Call, Result
from iamsql.runs.file.clients import compatibility
from iamsql.sync.importer.named_files import named_files
from iamsql.tables.registry import all_tables
from iamsql.version import HOMEPAGE

TREE = Path(__file__).parents[1] / "tests" / "check" / "terminal" / "cis_v7.0.80.txt"
REQUIREMENTS = catalog.shipped_folder() / "benchmarks" / "requirements.csv"
RESULTS = Path(__file__).parents[1] / "benchmarks" / "results.json"


def fenced(text: str, language: str = "text") -> str:
    """Return a fenced code block."""
    return f"```{language}\n{text.rstrip()}\n```"


def output(*arguments: str, width: str = "80") -> str:
    """Return the output of a command, wrapped at `width` columns; exit if the command fails."""
    result = CliRunner().invoke(
        cli.main, list(arguments), prog_name="iamsql", env={"COLUMNS": width}, terminal_width=int(width)
    )
    if result.exit_code:
        raise SystemExit(f"iamsql {' '.join(arguments)}: {result.output} {result.exception!r}")
    return result.output


def usage(*command: str) -> str:
    """Return the help of a command, as a fenced block."""
    return fenced(output(*command, "--help", width="112"))


def terminal_tree() -> str:
    """Return the beginning of a tree on a terminal of 80 columns, and one control, as a test expects them."""
    lines = (
        (Path(__file__).parents[1] / "tests" / "check" / "terminal" / "cis_v7.0.80.txt")
        .read_text(encoding="utf-8")
        .splitlines()
    )
    start = next(index for index, line in enumerate(lines) if "+ 2.5 " in line)
    return fenced("\n".join([*lines[:8], "…", *lines[start : start + 8]]), "txt")


def standards() -> str:
    """Return the benchmarks of standards as a table, with the number of their requirements and controls."""
    lines = REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    found = [(name, title, [row for row in rows if row["standard"] == name]) for name, title in STANDARD_TITLES.items()]
    counted = [
        f"| `{name}` | {title} | {len({row['requirement'] for row in own})} | {len({row['control'] for row in own})} |"
        for name, title, own in found
    ]
    return "\n".join(["| benchmark | standard | numbers | controls |", "| --- | --- | --- | --- |", *counted])


def every_usage() -> str:
    """Return the help of every command, each under a heading."""
    return "\n\n".join(f"## {' '.join(('iamsql', *words))}\n\n{usage(*words)}" for words in _commands(cli.main, ()))


def _commands(command: click.Command, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield words
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            if below := command.get_command(context, name):
                yield from _commands(below, (*words, name))


def inventory() -> str:
    """Return a sentence with the numbers of shipped queries, benchmarks and tables."""
    kinds = Counter(found[-1].kind for found in query_pages.versions().values())
    benchmarks = len(list((catalog.shipped_folder() / "benchmarks").glob("*.toml")))
    return (
        f"There are {kinds['report']} reports, {kinds['control']} controls in {benchmarks} benchmarks (CIS 1.2 to 7.0, NIST,\n"
        f"PCI DSS, SOC 2, ISO 27001, FSBP, Security Hub, AWS Config), {kinds['detection']} detections, and\n"
        f"[{len(all_tables())} tables]({HOMEPAGE}/blob/main/docs/tables.md) with the names and columns of the\n"
        "Steampipe and Tailpipe plugins for AWS."
    )


def clients() -> str:
    """Return the rows of iamsql.compat as a table."""
    names = ("DuckDB", "tested", "tables and views", "macros", "by name", "note")
    rows = [
        (
            row.duckdb,
            row.tested,
            f"{row.tables} of {row.of_tables}",
            f"{row.macros} of {row.of_macros}",
            f"{row.named_arguments} of {row.of_named_arguments}",
            row.note,
        )
        for row in compatibility()
    ]
    return table(names, rows)


NEEDS_TRUST = {ANY: "", INSIDE: "outside", TRUSTED: "yes"}


def _typed(item: Setting) -> str:
    """Return the option, the argument or the environment variable that replaces a key, as code; '' if there is none."""
    name = item.envvar if item.only_file else item.option
    return f"`{name}`" if name.startswith(("--", "IAMSQL_")) else "arguments" if name else ""


def settings() -> str:
    """Return a table of the settings of iamsql.toml for each section, with an example of each, and which need trust."""
    return "\n\n".join(
        "\n".join(
            [
                f"### {f'[{section}]' if section else 'Every command'}",
                "",
                "| key | option | example | trust | meaning |",
                "| --- | --- | --- | --- | --- |",
                *(
                    f"| `{item.key}` | {_typed(item)} | `{item.example}` | {NEEDS_TRUST[item.trust]} | {item.about} |"
                    for item in declared
                ),
            ]
        )
        for section, declared in SETTINGS_BY_SECTION.items()
        if not section or section in cli.COMMANDS
    )


def imported_files() -> str:
    """Return a table of the files of the AWS CLI that an import recognizes by name, by folder and service."""
    found: dict[tuple[str, str], set[str]] = {}
    for file in named_files():
        if "ServiceLastAccessed" not in file.call.operation:  # the jobs of these reports are in other names
            found.setdefault((_folder(file.call), file.call.service), set()).add(f"`{file.example}`")
    rows = [
        f"| {folder} | {service} | {', '.join(sorted(names))} |" for (folder, service), names in sorted(found.items())
    ]
    return "\n".join(["| folder | service | files |", "| --- | --- | --- |", *rows])


def _folder(call: Call) -> str:
    """Return the folder of the response to a call: any for the organization, otherwise the folder of the account and the region."""
    return "any" if call.org else "`ACCOUNT/REGION`" if call.regional else "`ACCOUNT`"


def iam_policy(*options: str) -> str:
    """Return the policy that `iamsql role` prints with these options, as a fenced block."""
    result = CliRunner().invoke(cli.main, ["role", *options])
    if result.exit_code:
        raise SystemExit(f"iamsql role {' '.join(options)}: {result.stderr}")
    return fenced(result.stdout, "json")


def sample(command: str, query: str, columns: str, rows: int = 5, language: str = "console") -> str:
    """Return a command and rows of the recorded answer of a query, as a fenced block.

    `columns` has the names of the columns, separated by spaces. The tests run the commands of `console` blocks.
    """
    names = tuple(columns.split())
    found = answers.recorded(query_pages.versions()[query][-1]) or []
    shown = [tuple(answers.cell(row[name]) for name in names) for row in found[:rows]]
    if not shown:
        raise SystemExit(f"{query} has no recorded rows")
    numbers = [all((cell or "0").isdigit() for cell in column) for column in zip(*shown, strict=True)]
    stream = io.StringIO()
    types = tuple("BIGINT" if number else "VARCHAR" for number in numbers)
    render.write(Result(names, shown, types), "table", stream)
    return fenced(f"$ {command}\n{stream.getvalue()}", language)


def figures() -> str:
    """Return the figures that `make bench` measured last as a table, and where they were measured."""
    groups = json.loads(RESULTS.read_text(encoding="utf-8"))
    lines = ["| measured | iamsql | compared with | ratio | target |", "| --- | --- | --- | --- | --- |"]
    loads: dict[tuple[str, str], list[float]] = {}
    for group in groups.values():
        lines += map(_figure, group["rows"])
        if group["rows"]:
            loads.setdefault((group["date"], group["machine"]), []).append(group["load"])
    places = [f"{date}, {machine}, {_span(found)}." for (date, machine), found in loads.items()]
    return "\n".join([*lines, "", *places])


def _span(loads: list[float]) -> str:
    """Return the load averages before the measurements as words."""
    return f"load average {min(loads)}" + (f" to {max(loads)}" if max(loads) > min(loads) else "")


def _figure(row: dict[str, Any]) -> str:
    """Return a row of the table; a figure that misses its target is bold."""
    figure = f"**{row['iamsql']}**" if row["is_met"] is False else row["iamsql"]
    return f"| {row['name']} | {figure} | {row['reference']} | {row['ratio']} | {row['target']} |"
