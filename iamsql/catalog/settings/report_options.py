"""The options that determine the page of `iamsql report`, and the section [report] of iamsql.toml."""

from __future__ import annotations

from dataclasses import dataclass

from iamsql.catalog.settings.option import ANY, option

ALL_CONTROLS = "iamsql"  # the benchmark of every control


@dataclass(frozen=True)
class ReportOptions:
    """What a page contains."""

    benchmarks: tuple[str, ...] = option(
        (ALL_CONTROLS,), "--benchmark", metavar="BENCHMARK|CONTROL|TAG", help="The controls of the page.",
        toml="report.benchmarks", trust=ANY, example='["iamsql"]',
    )  # fmt: skip
    since: str = option(
        "", "--since", metavar="previous|ID|PATH", help="Show what changed since an earlier run of the organization."
    )
    trend: int = option(
        10, "--trend", metavar="N", bounds=(0, 20), toml="report.trend", trust=ANY, example="10",
        help="Evaluate at most N earlier runs for the trends, which takes seconds for each run. Their numbers are cached.",
    )  # fmt: skip
