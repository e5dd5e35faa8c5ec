"""Answers as tables of pandas, polars and Arrow."""

from __future__ import annotations

import json
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from iamsql.api import Answer
from iamsql.model import IamsqlError, Result
from iamsql.query.frames import unique_names
from iamsql.render.provenance import Provenance

TYPES = (
    "VARCHAR", "BIGINT", "HUGEINT", "BOOLEAN", "DOUBLE", "DECIMAL(5,2)", "DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE",
    "INTERVAL", "VARCHAR[]", "JSON", "STRUCT(a INTEGER)",
)  # fmt: skip
VALUES = (
    "ann", 2**40, 2**70, True, 0.5, Decimal("1.25"), date(2026, 3, 1), datetime(2026, 3, 1, 10),
    datetime(2026, 3, 1, 10, tzinfo=UTC), timedelta(days=2), ["a", None], '{"a": 1}', {"a": 1},
)  # fmt: skip
COLUMNS = tuple(kind.split("(")[0].lower() for kind in TYPES)
ROWS = [VALUES, (None,) * len(TYPES)]
CAVEAT = "1 of 16 accounts not read <b>in full</b>"


def answer(rows: list[tuple[object, ...]] = ROWS) -> Answer:
    return Answer(Result(COLUMNS, rows, TYPES), Provenance("Every type", notes=[CAVEAT]))


@pytest.mark.slow
def test_pandas() -> None:
    pytest.importorskip("pandas")
    frame = answer().df()
    assert frame.attrs == {"caveats": [CAVEAT]}
    assert list(frame.columns) == list(COLUMNS)
    assert [str(kind) for kind in frame.dtypes] == [
        "object", "Int64", "object", "boolean", "float64", "object", "object", "datetime64[us]", "datetime64[us, UTC]",
        "timedelta64[us]", "object", "object", "object",
    ]  # fmt: skip
    assert [value.to_pydatetime() if hasattr(value, "to_pydatetime") else value for value in frame.iloc[0]][:9] == list(
        VALUES[:9]
    )
    assert frame.iloc[1].isna().all()
    assert [str(kind) for kind in answer([]).df().dtypes] == [str(kind) for kind in frame.dtypes]


@pytest.mark.slow
def test_polars() -> None:
    polars = pytest.importorskip("polars")
    frame = answer().pl()
    assert frame.rows() == [VALUES, (None,) * len(TYPES)]
    assert frame.schema["bigint"] == polars.Int64
    assert frame.schema["timestamp with time zone"] == polars.Datetime("us", "UTC")
    assert frame.schema["varchar[]"] == polars.List(polars.String)
    assert answer([]).pl().schema["timestamp"] == polars.Datetime("us")


@pytest.mark.slow
def test_arrow() -> None:
    pytest.importorskip("pyarrow")
    table = answer().arrow()
    assert [tuple(row.values()) for row in table.to_pylist()] == [VALUES, (None,) * len(TYPES)]
    assert json.loads(table.schema.metadata[b"iamsql.caveats"]) == [CAVEAT]
    assert str(table.schema.field("decimal").type) == "decimal128(5, 2)"
    assert str(answer([]).arrow().schema.field("bigint").type) == "int64"


@pytest.mark.parametrize(("method", "package"), [("df", "pandas"), ("pl", "polars"), ("arrow", "pyarrow")])
def test_a_missing_package_is_an_error(monkeypatch: pytest.MonkeyPatch, method: str, package: str) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(
        IamsqlError, match=f"The package {package} is not installed.\nInstall it with: pip install {package}"
    ):
        getattr(answer(), method)()


def test_columns_of_the_same_name_are_numbered() -> None:
    assert unique_names(["a", "a", "a_1", "a"]) == ["a", "a_1", "a_1_1", "a_2"]
