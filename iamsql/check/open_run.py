"""Choose and open the run that many queries are evaluated over: `latest` is the newest run with the tables of all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

from iamsql.catalog import Config
from iamsql.check.dependencies import tables_depended_on
from iamsql.model import IamsqlError, Query
from iamsql.query.compat import open_compatible
from iamsql.query.translate import to_duckdb
from iamsql.runs.directory import Folder
from iamsql.runs.latest import Requirements, RunName, choose
from iamsql.runs.store.limits import StatementLimits
from iamsql.runs.store.reader import Reader
from iamsql.runs.store.source import Openable


@dataclass(frozen=True)
class Evaluation:
    """The run that queries are evaluated over, the limits of each statement, and the values of the parameters of the queries.

    `args` has values by NAME or QUERY.NAME, and `settings` the values and the suppressions of iamsql.toml.
    """

    run: RunName
    runs_dir: Folder
    limits: StatementLimits | None = None
    args: Mapping[str, Any] = field(default_factory=dict)
    settings: Config = field(default_factory=Config)


@contextmanager
def opened_run(
    queries: Sequence[Query], evaluation: Evaluation, accounts: Sequence[str] = ()
) -> Iterator[tuple[Reader, list[str]]]:
    """Yield the open run for the queries and for `accounts`, () for any, with notes on the choice of the run.

    Raise OpenError, and IamsqlError for an unknown run and for an account that the run does not list.
    """
    sql = "\n".join(dict.fromkeys(query.sql for query in queries))

    def tables(run: Openable) -> set[str]:
        with closing(open_compatible(run, sql)) as reader:
            reader.require_checked()
            return set().union(*(_referenced_tables(reader, query) for query in queries))

    choice = choose(evaluation.runs_dir, evaluation.run, Requirements(tables, tuple(accounts)))
    with closing(open_compatible(choice.run, sql, limits=evaluation.limits)) as reader:
        reader.require_checked()  # otherwise each query would report the same error
        if accounts and reader.metadata.run_id:
            run_accounts = {account for (account,) in reader.query("select account_id from iamsql.accounts")}
            if unknown := [account for account in accounts if account not in run_accounts]:
                advice = "List the accounts with: iamsql query accounts"
                raise IamsqlError(f"The run has no account {', '.join(unknown)}.\n{advice}")
        yield reader, choice.notes


def _referenced_tables(reader: Reader, query: Query) -> set[str]:
    # The choice of the run does not need valid SQL: the query reports its error when it runs.
    try:
        return tables_depended_on(reader, to_duckdb(reader, query, query.sql).sql, query.resource_types)
    except IamsqlError:
        return set()
