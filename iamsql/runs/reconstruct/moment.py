"""The times that --at takes without a lake."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from iamsql.escaping import printable
from iamsql.model import IamsqlError

# A time in UTC, with or without Z, or a day.
TIME_PATTERN = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d):?(\d\d)(?::?(\d\d))?Z?)?", re.ASCII)


def parse_moment(text: str, now: datetime) -> datetime:
    """Return a time in UTC. A day means its end, and a minute its last second. Raise IamsqlError for other text and the future."""
    match = TIME_PATTERN.fullmatch(text.strip())
    try:
        day, hour, minute, second = match.groups() if match else ("", None, None, None)
        time = datetime.fromisoformat(f"{day}T{hour or '23'}:{minute or '59'}:{second or '59'}").replace(tzinfo=UTC)
    except ValueError:
        raise IamsqlError(
            f"--at takes a time in UTC, such as 2026-11-25 or 2026-11-25T08:00, not {printable(text[:80])}."
            "\nTo read the data of a run, name it with --run ID. List the runs with: iamsql runs"
        ) from None
    if time > now + timedelta(days=1):
        raise IamsqlError(f"--at {printable(text[:80])} is in the future.\nOmit --at to read the newest run.")
    return time
