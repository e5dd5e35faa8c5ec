"""Fixtures of many tests: a run file of the sample organization on a fixed day."""

from __future__ import annotations

import gc
import os
import pickle
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest
from botocore.loaders import JSONFileLoader, Loader

from iamsql.aws.data_files import PlainFileLoader, read_file
from iamsql.catalog import frontmatter
from iamsql.demo import DataFiles
from iamsql.runs.file.template import template
from iamsql.runs.store import driver, limited_connection
from iamsql.sync import Options, sync
from iamsql.sync.options import Progress
from tests.changed import NAMES, select_queries
from tests.fake_aws import FakeAws
from tests.fixtures import built_once
from tests.tiers import PARTS, ROTATION, chosen_part, rotation, select_part

DAY = date(2026, 3, 2)
REQUESTS = "requests.pickle"
SHARED = Path(__file__).resolve().parents[2] / "shared"
THIRD_PARTY = Path(__file__).parent / "data" / "third_party"


# A shell starts background jobs of a script with SIGINT ignored. Python then lacks the KeyboardInterrupt that tests expect.
signal.signal(signal.SIGINT, signal.default_int_handler)
# On a busy machine a statement stops late: the command would end the process of the tests.
limited_connection.grace = lambda seconds: 600.0
# A garbage collection visits the thousands of collected tests: it runs seldom, and not over objects that exist before the tests.
gc.set_threshold(100_000, 50, 100)
# Hundreds of commands read the same queries.
frontmatter.parse = cache(frontmatter.parse)
# Each sync has a session of botocore, which would parse the same models and endpoints again.
_parsed = cache(read_file)
JSONFileLoader.load_file = lambda self, file_path: _parsed(file_path)
PlainFileLoader.load_file = JSONFileLoader.load_file
_list_services = Loader.list_available_services
_listed_services = cache(lambda type_name: _list_services(Loader(), type_name))
Loader.list_available_services = lambda self, type_name: _listed_services(type_name)


_connect = duckdb.connect
_readers: dict[tuple[Path, int, int, int], duckdb.DuckDBPyConnection] = {}  # one at most
_temporary_files = TemporaryDirectory(prefix="iamsql-tests-")


def connect(
    database: str | Path = ":memory:", read_only: bool = False, config: Any = None
) -> duckdb.DuckDBPyConnection:
    """Open a database; one in memory writes its temporary files to a private folder instead of ./.tmp."""
    if str(database).startswith(":memory:"):
        config = {"temp_directory": _temporary_files.name} | (config or {})
    else:
        close_reader()  # DuckDB opens a file once per process, unless all connections have the same configuration
    return _connect(database, read_only, config or {})


# The user's list of trusted files is neither read nor written, not even by processes that tests start.
os.environ["XDG_DATA_HOME"] = str(Path(_temporary_files.name) / "data")
# Before any test module is imported, because some of them connect when they are.
duckdb.connect = driver.duckdb.connect = connect


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print which sample of the tests ran, and how to run the same sample again, in the same order."""
    part = f" Part {chosen_part()} of {PARTS}." if chosen_part() else ""
    seed = config.getoption("randomly_seed", None)
    order = f" --randomly-seed={seed} has the same order." if seed is not None else ""
    terminalreporter.write_line(f"{ROTATION}={rotation()} runs the same sample.{order}{part}")


def pytest_pycollect_makeitem(collector: pytest.Collector, obj: Any) -> list[pytest.Item] | None:
    """Leave out slow functions in a worker that runs the quick tests: creating their thousands of cases takes seconds.

    `make test-changed` also runs the slow cases of changed queries.
    """
    is_quick = hasattr(collector.config, "workerinput") and collector.config.getoption("markexpr") == "not slow"
    if not is_quick or NAMES in os.environ:
        return None
    marks = [*getattr(obj, "pytestmark", ()), *collector.iter_markers()]
    return [] if any(mark.name == "slow" for mark in marks) else None


@pytest.hookimpl(tryfirst=True)  # before -m, because select_queries removes marks
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Remove the tests that are not in the chosen part, or not of the changed queries."""
    if removed := [*select_part(items), *select_queries(items)]:
        config.hook.pytest_deselected(items=removed)


def pytest_collection_finish() -> None:
    """Exclude the collected tests and the imported modules from garbage collections."""
    gc.collect()
    gc.freeze()


def connect_run(run: Path) -> duckdb.DuckDBPyConnection:
    """Open a run with DuckDB alone, without an optimizer pass that is slow on large queries."""
    return duckdb.connect(str(run), read_only=True, config={"disabled_optimizers": "projection_pullup"})


@contextmanager
def reading(run: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection to a run, in the time zone UTC.

    The connection stays open for the next statements, because opening a run takes 60 ms. The connection to a partial
    run is closed, because an open file is locked.
    """
    status = run.stat()
    mark = (run, status.st_ino, status.st_size, status.st_mtime_ns)
    if mark not in _readers:
        close_reader()
        _readers[mark] = connect_run(run)
        _readers[mark].execute("set TimeZone = 'UTC'")
    yield _readers[mark]
    if run.suffix == ".partial":
        close_reader()


def query(run: Path, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """Return the rows of a statement over a run."""
    with reading(run) as connection:
        return connection.execute(sql, list(values)).fetchall()


def close_reader() -> None:
    """Close the connection of `reading`."""
    while _readers:
        _readers.popitem()[1].close()


def third_party(name: str) -> Path:
    """Return the folder of another project's data; skip the test where a license keeps that out of the repository."""
    for folder in (THIRD_PARTY / name, SHARED / "data" / name):
        if folder.is_dir():
            return folder
    pytest.skip(f"{name} is not part of the repository")


def _sync_demo(folder: Path, *, hostile: bool = False) -> None:
    """Sync the sample organization into a folder, and store the log of the requests next to the run."""
    aws = FakeAws(DataFiles(DAY, hostile=hostile))
    result = sync(Options(runs=folder, demo=True, tables=("all",), trail="auto"), Progress(), aws)
    assert result.path is not None
    requests = (result.path.name, aws.calls, aws.counts, aws.authenticator.callers)
    (folder / REQUESTS).write_bytes(pickle.dumps(requests))


def sample_run(*, hostile: bool = False) -> Path:
    """Return the run file of the sample organization at noon of DAY that all workers share: do not change it."""
    folder = built_once("demo", _sync_demo) if not hostile else built_once("hostile", partial(_sync_demo, hostile=True))
    return folder / str(pickle.loads((folder / REQUESTS).read_bytes())[0])


@pytest.fixture(scope="session", autouse=True)
def _template() -> None:
    """Find the template first: tests that replace the folder of the shipped queries would build one without queries."""
    template()


@pytest.fixture(scope="session")
def demo_folder() -> Path:
    """Return the folder of the run file of the sample organization, which all workers share: do not change it."""
    return built_once("demo", _sync_demo)


@pytest.fixture(scope="session")
def demo_aws(demo_folder: Path) -> FakeAws:
    """Return the sample organization at noon of DAY, with the log of the requests that `demo_run` was made with."""
    aws = FakeAws(DAY)
    _, aws.calls, aws.counts, aws.authenticator.callers = pickle.loads((demo_folder / REQUESTS).read_bytes())
    return aws


@pytest.fixture(scope="session")
def demo_run(tmp_path_factory: pytest.TempPathFactory, demo_folder: Path) -> Path:
    """Return a copy of the run file of the sample organization at noon of DAY: every table, and the events of the trail."""
    runs = tmp_path_factory.mktemp("demo") / "runs"
    shutil.copytree(demo_folder, runs, ignore=shutil.ignore_patterns(REQUESTS))
    return runs / sample_run().name
