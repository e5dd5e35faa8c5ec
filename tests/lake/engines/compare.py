"""Compare the answers of an engine with DuckDB's, over several runs and with several sets of arguments."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from math import isclose, isnan
from pathlib import Path
from typing import Any

import duckdb
from sqlglot import exp

from iamsql.catalog import bind, digest, find_parameters
from iamsql.lake.engines.certified import Certificate, Server
from iamsql.lake.engines.inline.grammar import parse_query, to_duckdb_text
from iamsql.lake.engines.spark import Translation
from iamsql.lake.engines.spark_connect import SparkConnect
from iamsql.model import IamsqlError, Query, Result
from tests.lake.engines.arguments import arguments
from tests.lake.engines.parquet_files import export, reverse
from tests.lake.engines.translations import translation_hashes

FEW = ("demo", "hostile")  # the runs that servers after the first answer for
MAX_SECONDS = 300.0


@dataclass
class Run:
    """A run file, the same run with its rows in the opposite order, and a session of the engine over its Parquet files.

    Where DuckDB returns something else for rows in another order, the query does not determine the answer.
    """

    name: str
    connection: duckdb.DuckDBPyConnection
    reversed: duckdb.DuckDBPyConnection
    engine: SparkConnect


@dataclass
class Comparison:
    """The answers that were compared, the number of those with rows, and the first difference."""

    compared: int = 0
    with_rows: int = 0
    reason: str = ""
    seconds: dict[str, float] = field(default_factory=dict)


def open_runs(paths: Iterable[tuple[str, Path]], folder: Path, urls: Sequence[str]) -> Iterator[Run]:
    """Yield the runs with their Parquet files in the folder: all of them for the first server, and FEW for the others."""
    first, *others = urls
    for name, path in paths:
        files = export(path, folder / name)
        other = folder / f"{name}-reversed.duckdb"
        shutil.copyfile(path, other)
        reverse(other)
        run = Run(name, _connect(path), _connect(other), SparkConnect(first, files, max_seconds=MAX_SECONDS))
        yield run
        for url in others if name in FEW else ():
            engine = SparkConnect(url, files, max_seconds=MAX_SECONDS)
            yield replace(run, name=f"{name} on the local cluster", engine=engine)


def _connect(path: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(path), read_only=True, config={"disabled_optimizers": "projection_pullup"})
    connection.execute("set TimeZone = 'UTC'")
    return connection


def compare(query: Query, runs: Sequence[Run]) -> Comparison:
    """Compare a query on all runs with each set of arguments, until an answer differs."""
    comparison = Comparison()
    for index, argument_set in enumerate(arguments(query)):
        values = bind(query, argument_set)
        try:
            translation = runs[0].engine.translate(query, values)
        except IamsqlError as error:
            comparison.reason = _reason(error)
            return comparison
        for run in runs:
            expected = expected_answer(run.connection, query, values)
            comparison.compared += 1
            comparison.with_rows += bool(expected.rows)
            if difference := _difference(run, translation, expected, query, values):
                comparison.reason = f"{run.name}{' with other arguments' * index}: {difference}"
                return comparison
    return comparison


def expected_answer(connection: duckdb.DuckDBPyConnection, query: Query, values: Mapping[str, Any]) -> Result:
    """Return the answer of DuckDB."""
    bound_values = {name: values[name] for name in find_parameters(query.sql) if name in values}
    cursor = connection.execute(query.sql, bound_values)
    description = cursor.description or []
    return Result(tuple(c[0] for c in description), cursor.fetchall(), tuple(str(c[1]) for c in description))


def _difference(run: Run, translation: Translation, expected: Result, query: Query, values: Mapping[str, Any]) -> str:
    types = list(zip(expected.columns, expected.types, strict=True))
    try:
        actual = run.engine.execute(translation, types)
    except IamsqlError as error:
        return _reason(error)
    expected_rows, actual_rows = _rows(expected), _rows(actual)
    if expected_rows == actual_rows:
        return ""
    other = _rows(expected_answer(run.reversed, query, values))
    if _sorted(expected_rows) == _sorted(actual_rows):
        is_determined = expected_rows == other and determines_order(run.connection, query, values)
        return "the order of the rows differs" if is_determined else ""
    if _sorted(expected_rows) != _sorted(other):
        return "" if _sorted(actual_rows) == _sorted(other) else "DuckDB's answer depends on the order of stored rows"
    if len(expected_rows) != len(actual_rows):
        return f"{len(actual_rows)} rows instead of {len(expected_rows)}"
    columns = {
        expected.columns[index]
        for ours, theirs in zip(_sorted(expected_rows), _sorted(actual_rows), strict=True)
        for index, (one, other_value) in enumerate(zip(ours, theirs, strict=True))
        if one != other_value
    }
    return f"other values of {', '.join(sorted(columns))}"


def determines_order(
    connection: duckdb.DuckDBPyConnection, query: Query, values: Mapping[str, Any], attempts: int = 8
) -> bool:
    """Return whether the ORDER BY of a query determines the order of its rows: random numbers as the last key change nothing.

    An attempt leaves two rows with equal keys in their places with a probability of one half.
    """
    tree = parse_query(query.sql)
    first = _rows(expected_answer(connection, query, values))
    if len(first) < 2 or tree.args.get("order") is None:
        return True
    tree.args["order"].append("expressions", exp.Ordered(this=exp.Anonymous(this="random")))
    sorted_at_random = replace(query, sql=to_duckdb_text(tree))
    answers = (_rows(expected_answer(connection, sorted_at_random, values)) for _ in range(attempts))
    return all(rows == first or _sorted(rows) != _sorted(first) for rows in answers)


def has_same_rows(first: Result, second: Result) -> bool:
    """Return whether two answers have the same rows, in any order."""
    return _sorted(_rows(first)) == _sorted(_rows(second))


def _rows(result: Result) -> list[tuple[Any, ...]]:
    return [plain(tuple(row)) for row in result.rows]


def _sorted(rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return sorted(rows, key=lambda row: (repr(row), [float(value) for value in row if isinstance(value, float)]))


class _Double(float):
    def __eq__(self, other: object) -> bool:
        return isinstance(other, float) and (
            (isnan(self) and isnan(other)) or isclose(float(self), float(other), rel_tol=1e-5, abs_tol=2e-3)
        )

    def __hash__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return (
            "nan" if self != self else "double"
        )  # rows are sorted without their doubles, which differ in the last digits


def plain(value: Any) -> Any:
    """Return a value where lists, structs and times can be compared.

    Doubles are equal if they nearly are: a sum of doubles depends on the order that threads add, and so does the third decimal
    to which queries round seconds.
    """
    if isinstance(value, float):
        return _Double(value)
    if isinstance(value, dict):
        return tuple((name, plain(item)) for name, item in value.items())
    if isinstance(value, list | tuple):
        return tuple(map(plain, value))
    return value


def _reason(error: IamsqlError) -> str:
    line = str(error).splitlines()[0]
    line = line.partition(" cannot run on Spark: ")[2] or line.partition(" reports: ")[2] or line
    return " ".join(line.split())[:160].rstrip(".")


def certificate(query: Query, server: Server, comparison: Comparison) -> Certificate:
    """Return the row of the certified list. A query is not certified by results without rows."""
    reason = comparison.reason or ("" if comparison.with_rows else "no run has rows to compare")
    result = "refused" if reason else "ok"
    return Certificate(
        query.name,
        str(query.version),
        digest(query)[:16],
        translation_hashes(query)[server.product],
        server.product,
        server.version,
        result,
        str(comparison.compared),
        str(comparison.with_rows),
        reason,
    )


def closed(runs: Sequence[Run]) -> None:
    """Close the connections of the runs."""
    for run in runs:
        with closing(run.connection), closing(run.reversed):
            run.engine.close()
