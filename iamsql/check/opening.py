"""Open a run for many queries at once: `latest` is the newest run that holds what all of them stand on."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from iamsql.check.ground import stood_on
from iamsql.model import IamsqlError, Query
from iamsql.query.compat import shadows
from iamsql.query.translate import in_duckdb
from iamsql.runs.latest import Choice, Needs, choose
from iamsql.store.bounds import Bounds
from iamsql.store.read import Reader, open_run


def chosen_run(queries: Sequence[Query], runs_dir: Path, run: str, accounts: Sequence[str] = ()) -> Choice:
    """Find the run that the queries are asked of, for some accounts or all; one that fails says so when it is run."""

    def tables(path: Path) -> set[str]:
        with closing(opened(queries, path)) as reader:
            return set().union(*(_tables(reader, query) for query in queries))

    return choose(runs_dir, run, Needs(tables, tuple(accounts)))


def _tables(reader: Reader, query: Query) -> set[str]:
    try:
        return stood_on(reader, in_duckdb(reader, query, query.sql).sql)
    except IamsqlError:
        return set()


def opened(queries: Sequence[Query], path: Path, bounds: Bounds | None = None) -> Reader:
    """Open a run so that it answers the queries."""
    reader = open_run(path, prelude=shadows("\n".join(dict.fromkeys(query.sql for query in queries))), bounds=bounds)
    try:
        reader.require_checked()  # before any control fails on its own
    except IamsqlError:
        reader.close()
        raise
    return reader


def require_accounts(reader: Reader, accounts: Sequence[str]) -> None:
    """Raise IamsqlError for an account that the run does not list."""
    if accounts and reader.facts.run_id:
        listed = {account for (account,) in reader.run("select account_id from iamsql.accounts").rows}
        if unknown := [account for account in accounts if account not in listed]:
            raise IamsqlError(f"The run has no account {', '.join(unknown)}.\nSee them with: iamsql query accounts")
