"""`iamsql check`: run controls and benchmarks, or detections, over a run, and print the results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import click

from iamsql.catalog import Config
from iamsql.catalog.settings.check_options import BY_CONTROL, CheckOptions
from iamsql.catalog.settings.groups import Engine, PastOrLake
from iamsql.catalog.settings.option import option_set
from iamsql.check import terminal_tree
from iamsql.check.controls import ControlRun, run_controls
from iamsql.check.exit_codes import check_exit_code
from iamsql.check.outputs import formats as outputs
from iamsql.check.result_filter import ResultFilter
from iamsql.check.selection import CheckCatalog, load_catalog, select_controls
from iamsql.cli.check_by_control import require_by_control, require_results, write_by_control, write_spreadsheet
from iamsql.cli.check_detections import check_detections
from iamsql.cli.check_options import build_evaluation, explain_queries, report_failures
from iamsql.cli.check_sigma import check_sigma
from iamsql.cli.declared import takes
from iamsql.cli.errors import say_all
from iamsql.cli.export_files import BINARY_SUFFIXES, export_rows, has_writer, require_format
from iamsql.cli.lake_reading import reading
from iamsql.cli.options import is_given
from iamsql.cli.output import plain_stdout, write_result
from iamsql.cli.provenance import provenance_of_controls
from iamsql.cli.terminal import print_paged, terminal_style
from iamsql.query.sigma import SIGMA_PREFIX
from iamsql.render.provenance import Provenance


@option_set
class CheckCommand(PastOrLake, Engine, CheckOptions):
    """The options of the command."""


@click.command()
@takes(CheckCommand)
def check(options: CheckCommand) -> int:
    """Run benchmarks, controls by name or TAG, or `all` controls; or run detections.

    Controls print a tree of the results that need attention, or rows with the status ok, alarm, info, skip, error or muted.
    Detections print a row for each finding. sigma:PATH runs the Sigma rules for AWS CloudTrail of a folder, or of a file, as
    detections; it needs the extra `sigma`. Without a name, the command runs `check.benchmarks` of iamsql.toml, or all detections.

    Exit code, the first that applies: 2 if a query failed; 1 if there are alarms or findings; 4 if something could not be evaluated
    because the data was not read; 0. Muted results, and results that --severity, --account or --where exclude, do not count.
    """
    with reading(options) as location:
        code = _run_check(replace(options, run=location.run, runs=location.folder))  # type: ignore[arg-type]  # see evaluation_of
        say_all(location.notes_on_engine(), quiet=options.quiet)
        return code


def _run_check(options: CheckCommand) -> int:
    checks = load_catalog(options.query_dirs)
    names = options.names
    if options.listing:
        write_result(checks.benchmark_list(), options, Provenance("Benchmarks"))
        say_all(checks.notes(), quiet=options.quiet)
        return 0
    config = checks.read_config(options.config)
    if any(name.startswith(SIGMA_PREFIX) for name in names):
        require_results(options)
        return check_sigma(config, options)
    if checks.selects_detections(names):
        require_results(options)
        return check_detections(checks, config, options)
    return _run_controls(checks, config, options)


def _run_controls(checks: CheckCatalog, config: Config, options: CheckOptions) -> int:
    """Run controls."""
    if options.days is not None:
        raise click.UsageError("--days is for detections; controls have no time window.")
    if options.explain:
        selection = select_controls(checks, options.names, severity=options.severity, args={}, settings=Config())
        queries = {(query.name, query.version): query for query in selection.queries}
        return explain_queries(list(queries.values()), "control", checks, options)
    fmt = _output_format(options)
    require_by_control(fmt, options)
    if options.has_fixes and fmt in outputs.FORMATS_WITHOUT_FIXES:
        *formats, last_format = outputs.FORMATS_WITH_FIXES
        formats_with_fixes = f"{', '.join(formats)} and {last_format} always have the commands"
        raise click.UsageError(
            f"--fix has no effect on the format {fmt}; use table, csv, json, jsonl or markdown; {formats_with_fixes}."
        )
    result_filter = ResultFilter(options.severity, options.accounts, options.where, options.mutes)
    with run_controls(checks, options.names, build_evaluation(options, config), result_filter) as control_run:
        control_run.has_fixes = options.has_fixes
        provenance = partial(provenance_of_controls, control_run, checks, options)
        if options.export and options.export.suffix.lower() == ".xlsx":
            write_spreadsheet(options.export, control_run, config, options, provenance)
        elif options.by == BY_CONTROL:
            write_by_control(control_run, options, provenance)
        else:
            _write_results(control_run, fmt, options, provenance)
        failures = report_failures(control_run.notes(), control_run.failures.values(), checks, options)
        counts = {"alarms": control_run.totals["alarm"], "errors": control_run.totals["error"], "failures": failures}
        return check_exit_code(options.fail_on, **counts)


def _write_results(
    control_run: ControlRun, fmt: str, options: CheckOptions, provenance: Callable[[], Provenance]
) -> None:
    """Write the results to the file of --out, or print them; a tree fits the terminal."""
    style = terminal_style(options.color, options.wide)
    if options.export and has_writer(options.export):
        export_rows(outputs.result_rows(control_run), options.export, options, provenance)
    elif options.export:
        outputs.export(control_run, fmt, options.export, options.csv_safe, options.ocsf_version)
    elif style and fmt in terminal_tree.MAX_FINDINGS_BY_FORMAT:
        text = terminal_tree.format_run(control_run, style, terminal_tree.MAX_FINDINGS_BY_FORMAT[fmt])
        print_paged(text, style, () if options.quiet else control_run.notes())
    else:
        outputs.write(control_run, fmt, plain_stdout(fmt), options.csv_safe, options.ocsf_version)


def _output_format(options: CheckOptions) -> str:
    """Return the format: --output if given, otherwise the suffix of --out. Raise an error for an unknown format."""
    if options.export and has_writer(options.export):
        require_format(options.export)
    elif options.export and not is_given("output"):
        return outputs.detect_format(options.export, tuple(BINARY_SUFFIXES))
    return outputs.format_named(options.output)
