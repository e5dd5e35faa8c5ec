"""The options of `iamsql check`, and the section [check] of iamsql.toml."""

from __future__ import annotations

from pathlib import Path

from iamsql.catalog.settings import option_types
from iamsql.catalog.settings.groups import (
    CSV_SAFE_ATTRIBUTES,
    Accounts,
    Arguments,
    ConfigFile,
    ConfiguredStatements,
    QueryFolders,
    RowsFile,
    RunChoice,
    Suppressions,
)
from iamsql.catalog.settings.option import ANY, argument, option, option_set

BY_RESULT, BY_CONTROL = "result", "control"


@option_set
class CheckOptions(
    Arguments, Accounts, Suppressions, ConfigFile, RowsFile, RunChoice, QueryFolders, ConfiguredStatements
):
    """The options of `iamsql check`."""

    names: tuple[str, ...] = argument(
        (), "[BENCHMARK|CONTROL|TAG|all|detections|DETECTION|sigma:PATH...]",
        help="What `check` runs without arguments.", toml="check.benchmarks", trust=ANY, example='["cis_v7.0"]',
    )  # fmt: skip
    listing: bool = option(False, "--list", help="List the benchmarks.")
    args: tuple[str, ...] = option(
        (), "--arg", metavar="NAME=VALUE",
        help="The value of a parameter, for every control or detection that has the parameter; QUERY.NAME=VALUE sets it for one "
        "of them.",
    )  # fmt: skip
    severity: str = option(
        option_types.LEVELS[-1], "--severity", choices=option_types.LEVELS, metavar="LEVEL",
        help=f"The minimum severity: {', '.join(option_types.LEVELS[:-1])}.", toml="check.severity", trust=ANY, example='"medium"',
    )  # fmt: skip
    days: int | None = option(
        None, "--days", metavar="N", help="Only findings of the last N days before the run; for detections."
    )
    where: str = option(
        "", "--where", metavar="SQL",
        help="Only results that meet a SQL condition, such as \"status = 'alarm'\"; for controls.",
    )  # fmt: skip
    output: str = option(
        "table", "--output", "-o", metavar="FORMAT",
        help="The output format: table, csv, json, jsonl, markdown, line, ocsf, asff or, for controls, brief, junit or sarif.",
    )  # fmt: skip
    export: Path | None = option(
        None, "--out", "--export", metavar="FILE",
        help="Write the results to a file; the suffix selects the format: .csv, .json, .jsonl, .md, .txt, .xlsx, .parquet, "
        ".ocsf.json or .asff.json; for controls also .junit.xml or .sarif.",
    )  # fmt: skip
    by: str = option(
        BY_RESULT, "--by", choices=(BY_RESULT, BY_CONTROL),
        help="A row for each result, or for each control with its status, its counts and its numbers in standards. A file .xlsx "
        "has a sheet for each.",
    )  # fmt: skip
    ocsf_version: str = option(
        "1.3.0", "--ocsf-version", only_file=True, choices=option_types.OCSF_VERSIONS,
        help="The version of the schema of the format ocsf.", toml="check.ocsf_version", trust=ANY, example='"1.8.0"',
    )  # fmt: skip
    csv_safe: bool = option(False, "--csv-safe", only_file=True, **CSV_SAFE_ATTRIBUTES)
    fail_on: str = option(
        "any", "--fail-on", choices=option_types.FAIL_ON, toml="check.fail_on", trust=ANY, example='"alarm"',
        help="The results that set the exit code: alarm (1 for alarms or findings), error (4 for what could not be evaluated), "
        "any (both; alarms take precedence), none.",
    )  # fmt: skip
    explain: bool = option(False, "--explain", help="Show the tables, calls and accounts that each query depends on.")
    has_fixes: bool = option(
        False, "--fix",
        help="Show commands that resolve each alarm, and that collect the data of unknown results, in the tree or in the column "
        "`remediation`; for controls. The formats sarif, ocsf and asff always have the commands. iamsql never runs them.",
    )  # fmt: skip
