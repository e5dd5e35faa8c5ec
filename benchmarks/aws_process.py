"""The fake AWS over HTTP in a process of its own, so its CPU time is not part of any figure."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from benchmarks.processes import ROOT
from tests.fake_aws.over_http import environment

LATENCY = 0.03  # seconds


@dataclass(frozen=True)
class Traffic:
    """The requests that the fake AWS received, and the least seconds that its busiest rate limit allows for them.

    `times` has the seconds of the first and the last request of each service since the first request of all.
    """

    calls: int
    throttled: int
    repeated: int
    minimum: float
    busiest: str
    times: dict[str, tuple[float, float]] = field(default_factory=dict)


def traffic(report: dict[str, Any]) -> Traffic:
    """Return the traffic of a report of the server."""
    bound = report["bound"] or {"seconds": 0.0, "limit": "", "requests": 0}
    busiest = f"{bound['requests']:,} requests to {bound['limit']}"
    times = {service: (first, last) for service, (first, last) in report["services"].items()}
    return Traffic(report["calls"], report["throttled"], report["repeated"], bound["seconds"], busiest, times)


@dataclass(frozen=True)
class AwsProcess:
    """A running server."""

    url: str

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables that lead a process to the server."""
        return environment(self.url)

    def take_traffic(self) -> Traffic:
        """Return the traffic since the last time. The rate limits have their bursts again."""
        with urllib.request.urlopen(f"{self.url}/_reset", data=b"") as response:
            return traffic(json.load(response))


@contextmanager
def fake_aws(accounts: int, users: int, **faults: Any) -> Iterator[AwsProcess]:
    """Serve an organization whose requests take LATENCY, unless `faults`, fields of Faults, have another latency."""
    given = json.dumps({"latency": LATENCY} | faults)
    sizes = ("--accounts", str(accounts), "--users", str(users))
    line = [sys.executable, "-m", "tests.fake_aws.over_http", *sizes, "--faults", given]
    with subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield AwsProcess(process.stdout.readline().strip())
        finally:
            process.terminate()
            process.communicate()
