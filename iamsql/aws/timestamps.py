"""ISO strings of the timestamps in AWS responses."""

from __future__ import annotations

import time
from typing import Any


def iso_time(value: Any) -> str:
    """Return a timestamp of a response as an ISO string in UTC. XML has ISO strings, JSON has seconds since 1970."""
    if isinstance(value, str) and not value.replace(".", "", 1).isdigit():
        return value
    seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(float(value)))
    fraction = f"{float(value) % 1:.3f}"[1:]
    return seconds + ("" if fraction == ".000" else fraction) + "Z"
