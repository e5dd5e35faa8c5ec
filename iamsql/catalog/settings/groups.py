"""The options that several commands share, in groups that the options of a command inherit."""

from __future__ import annotations

from pathlib import Path

from iamsql.catalog.settings import option_types
from iamsql.catalog.settings.option import ANY, INSIDE, PATH, PATHS, option, option_set

DEFAULT_TIMEOUT_SECONDS = 300.0  # the time limit of a statement
MEMORY_ATTRIBUTES = {
    "help": "The memory limit of a statement, such as 512MB or 8GB.",
    "default_text": "2GB, or 80 % of the machine's memory if that is less",
    "toml": "memory",
    "trust": ANY,
    "example": '"4GB"',
}
TIMEOUT_ATTRIBUTES = {
    "help": "Stop a statement that runs longer; 0 means no limit.",
    "bounds": (0, 10**6),
    "toml": "timeout",
    "trust": ANY,
    "example": "600",
}
CSV_SAFE_ATTRIBUTES = {
    "help": "Prefix CSV cells that a spreadsheet would evaluate as a formula with an apostrophe.",
    "toml": "csv_safe",
    "trust": ANY,
    "example": "true",
}


@option_set
class RunsFolder:
    """The runs folder; None is the folder of the user."""

    runs: str | None = option(
        None, "--runs", metavar="DIR", envvar="IAMSQL_RUNS", default_text="$IAMSQL_RUNS, otherwise the data folder",
        help="The runs folder.", toml="runs", form=PATH, trust=INSIDE, example='"runs"',
    )  # fmt: skip


@option_set
class RunChoice(RunsFolder):
    """The run to use, in the runs folder."""

    run: str = option(
        "latest", "--run", metavar="latest|previous|ID|PATH",
        help="The run to use. latest is the newest run that has the required tables; a path may be any DuckDB file.",
    )  # fmt: skip


@option_set
class QueryFolders:
    """Folders of queries. A query replaces a shipped query of its name."""

    query_dirs: tuple[str, ...] = option(
        (), "--queries", metavar="DIR", envvar="IAMSQL_QUERIES", help="Additional folders of queries.",
        toml="queries", trust=ANY, form=PATHS, example='["own-queries"]',
    )  # fmt: skip


@option_set
class FileAccess:
    """Whether SQL reads and writes files."""

    allow_files: bool = option(False, "--allow-files", help="Allow SQL to read and write any file.")


@option_set
class Quiet:
    """Whether notes are printed."""

    quiet: bool = option(False, "--quiet", "-q", help="Suppress notes and warnings; print errors only.", api=False)


@option_set
class Terminal:
    """How a terminal shows rows."""

    color: str = option(
        "auto", "--color", choices=("auto", "always", "never"),
        help="Color severity and status on a terminal. `always` also formats piped output as for a terminal of $COLUMNS columns.",
    )  # fmt: skip
    wide: bool = option(False, "--wide", help="On a terminal, show all columns and do not shorten cells.")


@option_set
class Rows(Terminal):
    """The format of rows on standard output."""

    output: str = option(
        "table", "--output", "-o", metavar="FORMAT",
        help="The output format: table, csv, json, jsonl, markdown or line (a line for each column).",
    )  # fmt: skip


@option_set
class SafeRows(Rows):
    """The format of rows; a spreadsheet reads some formats."""

    csv_safe: bool = option(False, "--csv-safe", **CSV_SAFE_ATTRIBUTES)


@option_set
class RowsFile(SafeRows, Quiet):
    """The format of rows, on standard output or in a file."""

    export: Path | None = option(
        None, "--out", "--export", metavar="FILE",
        help="Write the rows to a file; the suffix selects the format: .csv, .json, .jsonl, .md, .txt, .xlsx or .parquet.",
    )  # fmt: skip


@option_set
class Statements:
    """The limits of a statement."""

    timeout: float = option(
        DEFAULT_TIMEOUT_SECONDS, "--timeout", metavar="SECONDS", envvar="IAMSQL_TIMEOUT", **TIMEOUT_ATTRIBUTES
    )
    memory: str | None = option(None, "--memory", metavar="SIZE", envvar="IAMSQL_MEMORY", **MEMORY_ATTRIBUTES)


@option_set
class ConfiguredStatements(Statements):
    """The limits of a statement, for commands that execute many: only iamsql.toml and the environment set them."""

    timeout: float = option(
        DEFAULT_TIMEOUT_SECONDS, "--timeout", envvar="IAMSQL_TIMEOUT", only_file=True, **TIMEOUT_ATTRIBUTES
    )
    memory: str | None = option(None, "--memory", envvar="IAMSQL_MEMORY", only_file=True, **MEMORY_ATTRIBUTES)


@option_set
class Arguments:
    """Values of the parameters of queries."""

    args: tuple[str, ...] = option((), "--arg", metavar="NAME=VALUE", help="The value of a parameter.")


@option_set
class Suppressions:
    """Files of suppressions."""

    mutes: tuple[Path, ...] = option(
        (), "--mutes", metavar="FILE",
        help="A CSV or TOML file of suppressions: accepted alarms with an owner and an expiry date.",
    )  # fmt: skip


@option_set
class ConfigFile:
    """The configuration file with the values of query parameters and the suppressions."""

    config: Path | None = None


@option_set
class Organizations:
    """Whether the command runs for all organizations of the configuration file."""

    jobs: int = option(
        1, "--jobs", only_file=True, bounds=(1, 64), toml="jobs", trust=ANY, example="4",
        help="The number of organizations that --all processes at the same time.",
    )  # fmt: skip


@option_set
class Accounts:
    """The accounts whose rows are shown."""

    accounts: tuple[str, ...] = option(
        (), "--account", metavar="ID", check=option_types.account_ids, help="Only this account."
    )


@option_set
class LakeRuns:
    """The runs of a lake, which replace the runs folder."""

    lake: str | None = option(
        None, "--lake", metavar="DIR|s3://BUCKET/PREFIX",
        help="Read the runs of a lake instead of the runs folder. --organization then selects an organization of the lake.",
    )  # fmt: skip
    at: str = option(
        "", "--at", metavar="TIME|RUN",
        help="Read the lake as it was at a time in UTC, or at a run: the newest run then is latest. A day means its end.",
    )  # fmt: skip
    max_bytes: str | None = option(
        None, "--max-bytes", metavar="SIZE",
        help="Refuse a statement that reads more bytes of the lake, such as 500MB or 20GB. --explain shows how many it reads.",
    )  # fmt: skip


@option_set
class PastOrLake(LakeRuns):
    """The runs of a lake, or the state at a past moment."""

    at: str = option(
        "", "--at", metavar="TIME|RUN",
        help="Answer for the state at a time in UTC: the newest run before it, with the IAM events until then applied. A day means "
        "its end. With --lake: the newest run before a time, or a run.",
    )  # fmt: skip


@option_set
class LakeDays:
    """The days whose events are read of a lake."""

    days: int | None = option(
        None, "--days", metavar="N", bounds=(0, None),
        help="Read only the events of the last N days before the run; with --lake.",
    )  # fmt: skip


@option_set
class Engine:
    """The SQL engine that runs queries over a lake."""

    engine: str | None = option(
        None, "--engine", metavar="sc://HOST:PORT",
        help="Run certified queries on a Spark Connect server over the files of the lake, instead of DuckDB.",
    )  # fmt: skip
