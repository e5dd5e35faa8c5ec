"""The rows of a query or check, with the caveats that belong to them. The Python API exports the class."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iamsql import render
from iamsql.model import Result
from iamsql.model.layout import ALL_COLUMNS, DisplayOptions
from iamsql.query import frames
from iamsql.query.notebook import format_html
from iamsql.render.provenance import Provenance

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

MAX_SHOWN = 20  # rows of the text of an answer


@dataclass(frozen=True, repr=False)
class Answer:
    """The rows of a query, with the facts that a reader needs to judge them.

    `result` has the rows as tuples of Python values, with the names and DuckDB types of the columns. `provenance` has the query,
    the run and the caveats. An answer is a sequence of its rows: it can be iterated, indexed and measured with len().
    """

    result: Result
    provenance: Provenance = field(default_factory=Provenance)
    run: Path | None = None  # the run file
    display: DisplayOptions = ALL_COLUMNS  # the columns and the layout that a terminal shows

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return self.result.columns

    @property
    def types(self) -> tuple[str, ...]:
        """The DuckDB types of the columns, such as VARCHAR and TIMESTAMP WITH TIME ZONE."""
        return self.result.types

    @cached_property
    def rows(self) -> list[tuple[Any, ...]]:
        """The rows. Times with a time zone are in UTC; JSON is text."""
        return list(self.result.rows)

    @property
    def caveats(self) -> tuple[str, ...]:
        """The sentences about data that is missing or limited; the commands print them to standard error."""
        return tuple(self.provenance.notes)

    @property
    def title(self) -> str:
        """The title of the query, or the SQL."""
        return self.provenance.title

    @property
    def query(self) -> str:
        """The query as NAME@VERSION; '' for SQL."""
        return self.provenance.query

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The values of the parameters, with defaults."""
        return self.provenance.parameters

    @property
    def run_id(self) -> str:
        """The ID of the run that answered."""
        return self.provenance.run_id

    @property
    def started_at(self) -> datetime | None:
        """The start of that run, the reference time of ages; None if the file is not a run."""
        return self.provenance.started_at

    def dicts(self) -> list[dict[str, Any]]:
        """Return the rows as dictionaries by column. Of columns with the same name, the last one counts."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def df(self) -> pandas.DataFrame:
        """Return a pandas DataFrame, with the caveats in `attrs["caveats"]`. Raise IamsqlError without pandas."""
        frame: pandas.DataFrame = frames.to_pandas(self.columns, self.types, self.rows, self.caveats)
        return frame

    def pl(self) -> polars.DataFrame:
        """Return a polars DataFrame, which cannot store the caveats. Raise IamsqlError without polars."""
        frame: polars.DataFrame = frames.to_polars(self.columns, self.types, self.rows)
        return frame

    def arrow(self) -> pyarrow.Table:
        """Return an Arrow table, with the caveats as JSON in the metadata `iamsql.caveats`. Raise IamsqlError without pyarrow."""
        table: pyarrow.Table = frames.to_arrow(self.columns, self.types, self.rows, self.caveats)
        return table

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return iter(self.rows)

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        return self.rows[index]

    def __repr__(self) -> str:
        """Return the caveats, and a table of the first rows."""
        text = StringIO()
        for caveat in self.caveats:
            text.write(f"! {caveat}\n")
        render.write(Result(self.columns, self.rows[:MAX_SHOWN], self.types), "table", text)
        if len(self.rows) > MAX_SHOWN:
            text.write(f"… {len(self.rows) - MAX_SHOWN:,} further rows\n")
        return text.getvalue().rstrip("\n")

    def _repr_html_(self) -> str:
        """Return the caveats, and a table of the first rows, for a notebook."""
        return format_html(self.title, self.caveats, Result(self.columns, self.rows, self.types))
