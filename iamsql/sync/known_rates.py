"""The request rates that earlier runs found: a sync starts from them instead of being throttled again.

The files may come from anyone, so the types are checked here, and the values where they are used. A file of an earlier
version has no such table.
"""

from __future__ import annotations

import logging
from collections.abc import Collection

from iamsql.aws.rates.quotas import KnownRate
from iamsql.logs import fields
from iamsql.model import IamsqlError
from iamsql.runs.directory import list_runs
from iamsql.runs.store.stored_tables import StoredTables

LOG = logging.getLogger(__name__)
MAX_RUNS = 3  # newest runs that are read
MAX_ROWS = 100_000
RATES_TABLE = "iamsql.rate_limits"
# The casts limit the values of a file to the types of a run; a value of another type fails the query.
KNOWN_RATES_SQL = f"""
select account_id::varchar, region::varchar, quota::varchar, rate::double, burst::double, requests::bigint, throttles::bigint,
  throttled_at::timestamptz::varchar
from {{run}}.{RATES_TABLE} where quota is not null and rate is not null and burst is not null limit {MAX_ROWS}
"""


def known_rates(files: StoredTables, owners: Collection[str], demo: bool = False) -> list[KnownRate]:
    """Return the rates that the newest run of the owners found, which may be partial; [] if there is none.

    A run that cannot be read, such as one that is being written, is not used. The sample organization has no rates.
    """
    if demo:
        return []
    own_runs = [run for run in list_runs(files.folder) if run.run_id.partition("-")[2] in owners]
    for run in own_runs[:MAX_RUNS]:
        try:
            earlier = files.run(run.path)
            rates = (
                [KnownRate(*values) for values in earlier.rows(KNOWN_RATES_SQL)]
                if RATES_TABLE in earlier.columns
                else []
            )
        except IamsqlError as error:
            reason = str(error).partition("\n")[0]
            LOG.info(
                "The request rates of an earlier run are not used.", extra=fields(path=str(run.path), error=reason)
            )
            continue
        if rates:
            return rates
    return []
