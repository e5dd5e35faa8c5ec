"""Compare the experiment of `iamsql.dialect.written` with DuckDB: `python -m tests.engines.try_generator FOLDER [NAME…]`.

The runs and their Parquet files are made once in the folder. Sail's local server answers for three of the five runs, with both sets
of arguments. Without names, all shipped queries are compared; a few seconds each. The expressions of tests/dialect/spark/cases.py
come first: all of them must be equal, because the runs do not contain every text, time and JSON value.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb

from iamsql.catalog import bind
from iamsql.dialect.inline.errors import InlineError
from iamsql.dialect.inline.expand import inline
from iamsql.dialect.written import Untranslatable, to_spark
from iamsql.engines.certified import certificates
from iamsql.engines.definitions import definitions
from iamsql.engines.spark_connect import SparkConnect
from iamsql.engines.tables import stored_tables
from iamsql.model import Query
from tests.dialect.spark.cases import AGGREGATES, FAMILIES, QUERIES
from tests.dialect.spark.rules import test_values
from tests.engines import compare
from tests.engines.arguments import arguments
from tests.engines.catalogue import newest
from tests.engines.certify import sail_server
from tests.engines.parquet_files import export, reverse
from tests.engines.runs import runs

COMPARED = ("demo", "random-11", "hostile")
MAX_SECONDS = 60.0


def main(folder: Path, *names: str) -> None:
    """Print a line for each expression that differs and for each query, and the number of those that are equal."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "made").exists():
        make(folder)
    with sail_server() as url:
        if not names:
            print(f"{len(list(different_expressions(folder, url)))} expressions differ")
        opened = [open_run(folder, name, url) for name in COMPARED]
        found = {name: difference(newest()[name], opened) for name in names or sorted(newest()) if show(name)}
    for name, reason in found.items():
        listed = certificates("sail").get(name)
        print("ok " if not reason else "no ", "ok " if listed and listed.result == "ok" else "no ", name, reason[:200])
    print(f"{sum(not reason for reason in found.values())} of {len(found)} equal")


def show(name: str) -> bool:
    """Print the name of the query that is compared next."""
    print(name, file=sys.stderr, flush=True)
    return True


def make(folder: Path) -> None:
    """Write the runs, their copies in the opposite order, and their Parquet files."""
    for name, path in runs(folder):
        if name in COMPARED:
            run, other = folder / f"run-{name}.duckdb", folder / f"reversed-{name}.duckdb"
            shutil.copyfile(path, run)
            shutil.copyfile(path, other)
            reverse(other)
            export(run, folder / name)
    (folder / "made").touch()


def open_run(folder: Path, name: str, url: str) -> compare.Run:
    """Open a run."""
    files = {file.stem: [str(file)] for file in (folder / name).glob("*.parquet")}
    paths = (folder / f"run-{name}.duckdb", folder / f"reversed-{name}.duckdb")
    first, second = map(compare._connect, paths)
    return compare.Run(name, first, second, SparkConnect(url, files, max_seconds=MAX_SECONDS))


def difference(query: Query, opened: list[compare.Run]) -> str:
    """Return how the first answer that differs does; '' if none does."""
    for given in arguments(query):
        values = bind(query, given)
        try:
            translation = to_spark(inline(query.sql, definitions(), values), stored_tables(), is_sail=True)
        except (Untranslatable, InlineError) as error:
            return f"untranslatable: {error}"
        for run in opened:
            expected = compare.expected_answer(run.connection, query, values)
            if found := compare._difference(run, translation, expected, query, values):
                return f"{run.name}: {found}"
    return ""


def different_expressions(folder: Path, url: str) -> Iterator[str]:
    """Print and yield the expressions whose values differ."""
    test_values.to_spark = to_spark
    with closing(duckdb.connect()) as connection:
        session = test_values.session_with(connection, folder / "t.parquet", url)
        statements = [f"select {text} as x from t order by k" for texts in FAMILIES.values() for text in texts]
        statements += [f"select {text} as x from t" for text in AGGREGATES]
        for sql in [*statements, *QUERIES]:
            try:
                found = test_values.differences((connection, session), sql)
            except (Untranslatable, TypeError) as error:
                found = f"{sql}\n  {error}"
            if found:
                print(found[:600])
                yield found
        session.stop()


if __name__ == "__main__":
    sys.setrecursionlimit(20_000)
    main(Path(sys.argv[1]), *sys.argv[2:])
