"""The pytest plugin: with the ini option `iamsql_queries`, each test of the query files in these folders is an item.

Without the option, pytest imports only this module, which loads nothing else of iamsql.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

INI_OPTION = "iamsql_queries"
RESULT_PROPERTY, RAN = "iamsql", "ran"  # the property of a report, and the result of a query without expected rows
RUNNER_KEY = pytest.StashKey[Any]()


class QueryTestFailure(Exception):
    """A test of a query failed; the text says why, with the rows that differ."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the option."""
    parser.addini(INI_OPTION, "Folders of iamsql queries: each .sql file in them is tested.", type="paths", default=[])


def pytest_configure(config: pytest.Config) -> None:
    """Collect the folders, unless the command line names what to collect. Raise UsageError for a folder that does not exist."""
    for folder in _configured_folders(config):
        if not folder.is_dir():
            raise pytest.UsageError(f"{INI_OPTION}: no folder {folder}")
    if config.args_source is pytest.Config.ArgsSource.ARGS:
        return
    collected = [Path(config.invocation_params.dir, arg).resolve() for arg in config.args]
    config.args += [
        str(folder) for folder in _configured_folders(config) if not any(map(folder.is_relative_to, collected))
    ]


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a .sql file of the folders."""
    if file_path.suffix != ".sql":
        return None
    if not any(file_path.resolve().is_relative_to(folder) for folder in _configured_folders(parent.config)):
        return None
    collected: pytest.Collector = QuerySource.from_parent(parent, path=file_path)
    return collected


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """Report a query without expected rows as `iamsql test` does: nothing was compared, so it has not passed."""
    has_run = report.when == "call" and report.passed and (RESULT_PROPERTY, RAN) in report.user_properties
    return (RAN, "r", RAN.upper()) if has_run else None


def pytest_unconfigure(config: pytest.Config) -> None:
    """Close the run files."""
    if runner := config.stash.get(RUNNER_KEY, None):
        runner.close()


class QuerySource(pytest.File):
    """A query file: its items are the tests of `iamsql test`."""

    def collect(self) -> Iterable[pytest.Item]:
        """Yield an item for each test."""
        real = self.path.resolve()
        for test in _all_tests(self.config):
            if test.file.path.resolve() == real:
                yield QueryItem.from_parent(self, name=test.name, test=test)


class QueryItem(pytest.Item):
    """A test of a query."""

    def __init__(self, *, test: Any, **kwargs: Any) -> None:
        """Store the test."""
        super().__init__(**kwargs)
        self.test = test

    def runtest(self) -> None:
        """Run the test. A query without expected rows passes if it runs."""
        outcome = self.config.stash[RUNNER_KEY].outcome(self.test)
        if outcome.result == "failed":
            raise QueryTestFailure("\n".join((outcome.detail, *outcome.lines)))
        self.user_properties.append((RESULT_PROPERTY, outcome.result))
        self.add_report_section("call", "iamsql", outcome.detail)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return the text of a failure, without control characters and without a traceback."""
        if isinstance(excinfo.value, QueryTestFailure):
            text = str(excinfo.value).replace(f"{self.config.rootpath}{os.sep}", "")
            from iamsql.escaping import printable_lines  # noqa: PLC0415 - few projects of pytest have queries

            return printable_lines(text)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return the place and the name of the test in reports."""
        return self.path, 0, f"{self.path.name}: {self.name}"


def _configured_folders(config: pytest.Config) -> list[Path]:
    return [Path(folder).resolve() for folder in config.getini(INI_OPTION)]


def _all_tests(config: pytest.Config) -> Iterator[Any]:
    """Yield the tests of all folders, which one runner runs."""
    if RUNNER_KEY not in config.stash:
        from iamsql.check.testing.cases import find_tests  # noqa: PLC0415 - few projects of pytest have queries
        from iamsql.check.testing.execute import Runner  # noqa: PLC0415 - few projects of pytest have queries

        config.stash[RUNNER_KEY] = Runner(find_tests([str(folder) for folder in _configured_folders(config)]))
    yield from config.stash[RUNNER_KEY].tests()
