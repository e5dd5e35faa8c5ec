"""The options of `iamsql run`, and the section [run] of iamsql.toml."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from iamsql.catalog.settings import option_types
from iamsql.catalog.settings.groups import (
    ConfigFile,
    ConfiguredStatements,
    Organizations,
    QueryFolders,
    Quiet,
    RunsFolder,
    Suppressions,
)
from iamsql.catalog.settings.option import ANY, TRUSTED, argument, option, option_set


@option_set
class RunOptions(Organizations, Suppressions, ConfigFile, RunsFolder, QueryFolders, ConfiguredStatements, Quiet):
    """The options of `iamsql run`."""

    sync_arguments: tuple[str, ...] = argument((), "[-- SYNC_OPTION...]")
    demo: bool | str = option(
        False, "--demo", flag_value="[hostile]", check=option_types.demo,
        help="Read the sample organization, as `iamsql sync --demo` does; needs no AWS account.",
    )  # fmt: skip
    profile: str | None = option(None, "--profile", metavar="NAME", help="The AWS profile of the caller's credentials.")
    benchmarks: tuple[str, ...] = option(
        (), "--benchmark", metavar="BENCHMARK|CONTROL|TAG", help="The controls to evaluate, to report and to notify about.",
        default_text="the controls in iamsql.toml, otherwise iamsql",
    )  # fmt: skip
    exports: tuple[Path, ...] = option(
        (), "--out", "--export", metavar="FILE", toml="run.exports", trust=TRUSTED, example='["results.csv"]',
        help="Write the results of the controls to a file; the suffix selects the format, as for `iamsql check`.",
    )  # fmt: skip
    report_file: Path | None = option(
        None, "--report", metavar="FILE.html", help="Write the HTML report.",
        toml="run.report", trust=TRUSTED, example='"report.html"', suffixes=(".html",),
    )  # fmt: skip
    targets: tuple[str, ...] = option(
        (), "--to", metavar="TARGET", help="Notify a target, as `iamsql notify` does.", secret=True
    )
    archive: str | None = option(
        None, "--archive", metavar="s3://BUCKET/PREFIX", toml="run.archive", trust=TRUSTED, example='"s3://bucket/prefix"',
        help="Restore the newest runs from S3 before the sync, and upload the run and the files at the end.",
    )  # fmt: skip
    restore: int = option(
        3, "--restore", metavar="N", bounds=(1, None), help="With --archive: the number of runs to restore.",
        toml="run.restore", trust=ANY, example="3",
    )  # fmt: skip
    merge_shards: int | None = option(
        None, "--merge-shards", metavar="N", bounds=(1, 9999),
        help="Merge the N shards of `-- --as-of TIME` in the archive instead of a sync; without --archive, the newest of the "
        "folder.",
    )  # fmt: skip
    keep: int | None = option(
        None, "--keep", metavar="N", bounds=(1, None), help="At the end, delete all but the N newest runs.",
        toml="run.keep", trust=TRUSTED, example="30",
    )  # fmt: skip
    older_than: timedelta | None = option(
        None, "--older-than", metavar="AGE", check=option_types.age, toml="run.older_than", trust=TRUSTED, example='"90d"',
        help="At the end, delete runs older than AGE: 90d, 12w, 6m, 1y.",
    )  # fmt: skip
    fail_on: str = option(
        "none", "--fail-on", choices=option_types.FAIL_ON, toml="run.fail_on", trust=ANY, example='"none"',
        help="The results of controls that set the exit code: alarm (1), error (4 for what could not be evaluated), any, none.",
    )  # fmt: skip
    strict: bool = option(
        False, "--strict", help="Exit with code 3 if an account or a call could not be read.",
        toml="run.strict", trust=ANY, example="true",
    )  # fmt: skip
    no_resume: bool = option(
        False, "--no-resume",
        help="Do not continue a sync that was interrupted, or a pipeline of the last hour that did not finish.",
    )  # fmt: skip
    every: bool = option(
        False, "--all", help="Run all organizations of the configuration file, each in its own folder."
    )
    summary: Path | None = option(
        None, "--summary", metavar="FILE", help="Write the summary as JSON to a file.",
        toml="run.summary", trust=TRUSTED, example='"summary.json"', suffixes=(".json",),
    )  # fmt: skip
