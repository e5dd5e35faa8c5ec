"""The tables of docs/guide/scale.md: the files, the bytes read and the costs of a large lake, computed from measured figures.

`python -m benchmarks lake` measures the constants of the first group. The prices are the prices of us-east-1 in USD.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

# Measured, with 3,000,000 events in 14 regions and 90 days.
RECORD = 1_573  # bytes of a record as JSON
STORED, STORED_RECORD = 301, 208  # bytes of an event in Parquet, and of its record, which is one of the columns
SCAN = 4.7e-7  # CPU seconds of a detection for each event
REGIONS = 14

# The organization.
JSON = 10 * 10**12  # bytes of records
ACCOUNTS, DAYS, DETECTIONS = 3_000, 3 * 365, 113

# Prices: a TB that Athena scans, vCPU and GB of EMR Serverless, an m7g.16xlarge, a GB of S3 Standard a month, 1,000 GET requests.
ATHENA, EMR_CPU, EMR_MEMORY, MACHINE, STORAGE, REQUESTS = 5.0, 0.052624, 0.0057785, 2.6112, 0.023, 0.0004
VCPUS, BANDWIDTH = 64, 30 / 8  # of the machine; GB a second
MEMORY = 4  # GB for each vCPU of EMR Serverless
# Assumed: Spark needs this multiple of DuckDB's CPU time.
SPARK = 4
TB, GB, HOUR = 10**12, 10**9, 3600


@dataclass(frozen=True)
class Work:
    """Detections over the events of some days, with the bytes of an event that each detection reads."""

    name: str
    days: int
    event_size: int
    detections: int = 1

    @property
    def events(self) -> float:
        """Return the number of events."""
        return EVENTS * self.days / DAYS

    @property
    def scanned(self) -> float:
        """Return the bytes that all detections read."""
        return self.events * self.event_size * self.detections

    @property
    def cpu(self) -> float:
        """Return the CPU seconds of DuckDB."""
        return self.events * self.detections * SCAN

    @property
    def athena(self) -> float:
        """Return the price of the bytes that Athena scans."""
        return self.scanned / TB * ATHENA

    @property
    def spark(self) -> float:
        """Return the price of the vCPUs and the memory of EMR Serverless."""
        return self.cpu * SPARK / HOUR * (EMR_CPU + MEMORY * EMR_MEMORY)

    @property
    def machine_seconds(self) -> float:
        """Return the seconds of the machine, with its local copy of the files."""
        return self.cpu / VCPUS

    @property
    def machine(self) -> float:
        """Return the price of the machine for this time."""
        return self.machine_seconds / HOUR * MACHINE


EVENTS = JSON / RECORD
WORK = (
    Work("a detection, one day", 1, STORED),
    Work("a detection that reads no records, three years", DAYS, STORED - STORED_RECORD),
    Work("a detection that reads records, three years", DAYS, STORED),
    Work(f"all {DETECTIONS} detections, one day", 1, STORED, DETECTIONS),
    Work(f"all {DETECTIONS} detections, three years", DAYS, STORED, DETECTIONS),
)


def size_table() -> str:
    """Return the table of the sizes of the lake."""
    stored, files = EVENTS * STORED, DAYS * REGIONS
    rows = [
        ("records as JSON", f"{JSON / TB:.0f} TB"),
        ("events", f"{EVENTS / 10**9:.2f} billion, {EVENTS / ACCOUNTS / DAYS:,.0f} in an account a day"),
        ("Parquet", f"{stored / TB:.2f} TB, {STORED} bytes an event, {STORED_RECORD} of them for the record"),
        (
            f"files of a day and region, {REGIONS} regions, compacted",
            f"{files:,} files of {stored / files / 10**6:.0f} MB",
        ),
        ("S3 Standard", f"{stored / GB * STORAGE:,.2f} USD a month"),
        ("GET requests for all files", f"{files / 1000 * REQUESTS:.3f} USD"),
        ("download to a machine with 30 Gbit/s", f"{stored / GB / BANDWIDTH / 60:.0f} minutes"),
    ]
    return "\n".join(["| | |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in rows)])


def cost_table() -> str:
    """Return the table of the costs of queries."""
    head = ["| query | bytes read | Athena | EMR Serverless | m7g.16xlarge |", "| --- | --- | --- | --- | --- |"]
    return "\n".join([*head, *_cost_rows()])


def _cost_rows() -> Iterator[str]:
    for work in WORK:
        machine = f"{_usd(work.machine)}, {_duration(work.machine_seconds)}"
        yield f"| {work.name} | {_size(work.scanned)} | {_usd(work.athena)} | {_usd(work.spark)} | {machine} |"


def _usd(value: float) -> str:
    return "under 0.01 USD" if value < 0.01 else f"{value:,.2f} USD"


def _size(size: float) -> str:
    return f"{size / TB:,.2f} TB" if size >= TB / 10 else f"{size / GB:,.2f} GB"


def _duration(seconds: float) -> str:
    if seconds >= 600:
        return f"{seconds / 60:,.0f} minutes"
    return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s" if seconds >= 1 else f"{seconds:.2f} s"
