"""`iamsql test`: run the tests of query files and print their outcomes."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from iamsql import catalog, render
from iamsql.catalog.settings import option_types
from iamsql.catalog.settings.groups import QueryFolders, Quiet, RunsFolder, SafeRows, Statements
from iamsql.catalog.settings.option import argument, option, option_set
from iamsql.check.testing.cases import find_tests
from iamsql.check.testing.execute import FAILED, RAN, Outcome, Runner, summary_sentence, to_result
from iamsql.check.testing.sample_runs import SAMPLE_RUN, cache_folder
from iamsql.cli.declared import takes
from iamsql.cli.errors import say, say_all
from iamsql.cli.output import limits, print_rows
from iamsql.cli.terminal import terminal_style
from iamsql.runs.directory import runs_folder
from iamsql.runs.latest import choose


@option_set
class TestOptions(RunsFolder, QueryFolders, SafeRows, Statements, Quiet):
    """The options of the command."""

    names: tuple[str, ...] = argument((), "[DIR|FILE.sql|shipped…]")
    run_names: tuple[str, ...] = option(
        (),
        "--run",
        metavar="latest|previous|ID|PATH",
        help="Also run the queries over this run, without expected rows.",
    )
    update: bool = option(
        False,
        "--update",
        help="Write the rows to the files of expected rows, next to the queries, after showing what differs.",
    )
    max_seconds: float | None = option(
        None, "--max-seconds", metavar="N", help="A query that takes more than N seconds over a run fails.",
        check=option_types.positive_seconds,
    )  # fmt: skip


@click.command()
@takes(TestOptions)
def test(options: TestOptions) -> int:
    """Test queries over the sample organization: their rows, columns and seconds.

    Tests the .sql files of ./queries and of --queries, or of folders and files; `shipped` is the folder of the shipped
    queries. Each query runs over a sample run on a fixed day, which is made once and cached. Its rows must be the rows
    of NAME.expected.csv next to it, if there is such a file. Cases with other parameters are tables of NAME.cases.toml, with rows
    in NAME.CASE.expected.csv. A control must not return ok where its data was not read.

    Exit code: 1 if a test failed, otherwise 0; 2 for invalid use.
    """
    render.format_named(options.output)
    if options.update and any(name == catalog.SHIPPED for name in options.names):
        raise click.UsageError(
            "--update writes next to your own queries; the shipped queries have no expected rows there."
        )
    tests = find_tests(options.names, options.query_dirs)
    folder = runs_folder(options.runs)
    runs: dict[str, Path] = {f"run {name}": choose(folder, name).path for name in options.run_names}
    quiet = options.quiet
    bounds = (options.max_seconds, limits(options))
    runner = Runner(tests, runs, options.update, *bounds, say=lambda line: say_all([line], quiet=quiet))
    try:
        outcomes = [_print_outcome(runner.outcome(item)) for item in runner.tests()]
    finally:
        runner.close()
    style = terminal_style(options.color, options.wide)
    print_rows(to_result(outcomes), options.output, style, options.csv_safe)
    say_all([*tests.notes, summary_sentence(outcomes), *_next_steps(outcomes)], quiet=quiet)
    return int(any(outcome.result == FAILED for outcome in outcomes))


def _print_outcome(outcome: Outcome) -> Outcome:
    """Print the lines of an outcome, even with --quiet: they are why a test failed, and what --update writes."""
    if outcome.lines:
        say(f"{outcome.test.file.path} ({outcome.test.name}): {outcome.detail}")
        for line in outcome.lines:
            say(f"  {line}")
    return outcome


def _next_steps(outcomes: list[Outcome]) -> list[str]:
    """Return the next steps: write expected rows, and query the data of the sample run."""
    user_outcomes = [outcome for outcome in outcomes if outcome.test.case and not outcome.test.case.query.shipped]
    has_none = any(outcome.result == RAN and not outcome.test.run.startswith("run ") for outcome in user_outcomes)
    has_failed = any(outcome.result == FAILED and outcome.test.run == SAMPLE_RUN for outcome in outcomes)
    path = shlex.quote(str(cache_folder() / f"{SAMPLE_RUN}.duckdb"))
    return [
        *(["Write the rows that are expected with: iamsql test --update"] if has_none else []),
        *([f"Query the data of the sample run with: iamsql query --run {path}"] if has_failed else []),
    ]
