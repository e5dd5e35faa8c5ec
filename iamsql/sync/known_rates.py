"""The request rates that earlier runs found: a sync starts from them instead of being throttled again.

Anybody may have written the files, so that the types of the table are checked here, and the values where they are used.
"""

from __future__ import annotations

import logging
from pathlib import Path

from iamsql.aws.quotas import KnownRate
from iamsql.logs import fields
from iamsql.model import IamsqlError
from iamsql.runs import list_runs
from iamsql.store.limits import StatementLimits
from iamsql.store.reader import Reader, open_run

LOG = logging.getLogger(__name__)
MAX_RUNS = 3  # newest runs that are read
MAX_ROWS = 100_000
SECONDS = 10.0
TEXT, NUMBER, COUNT = "VARCHAR", "DOUBLE", "BIGINT"
COLUMNS = {
    **dict.fromkeys(("account_id", "region", "quota"), TEXT),
    **dict.fromkeys(("rate", "burst"), NUMBER),
    **dict.fromkeys(("requests", "throttles"), COUNT),
    "throttled_at": "TIMESTAMP WITH TIME ZONE",
}
READ = f"""
select account_id, region, quota, rate, burst, requests, throttles, throttled_at::varchar from iamsql.rate_limits
where quota is not null and rate is not null and burst is not null limit {MAX_ROWS}
"""


def known_rates(runs: Path, owner: str, demo: bool = False) -> list[KnownRate]:
    """Return the rates that the newest run of the same organization found, which may be partial; [] if there is none.

    A run that cannot be read, such as one that is being written, is not used. The sample organization has no rates.
    """
    if demo:
        return []
    own = [run for run in list_runs(runs) if run.run_id.endswith(f"-{owner}")]
    for run in own[:MAX_RUNS]:
        try:
            with open_run(run.path, limits=StatementLimits(SECONDS)) as reader:
                rates = _read(reader)
        except IamsqlError as error:
            reason = str(error).partition("\n")[0]
            LOG.info(
                "The request rates of an earlier run are not used.", extra=fields(path=str(run.path), error=reason)
            )
            continue
        if rates:
            return rates
    return []


def _read(reader: Reader) -> list[KnownRate]:
    if not reader.stored_columns().get("iamsql.rate_limits", {}).items() >= COLUMNS.items():
        return []
    return [KnownRate(*values) for values in reader.query(READ)]
