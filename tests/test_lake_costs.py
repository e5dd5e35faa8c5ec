"""The arithmetic of the costs of a large lake in docs/guide/scale.md."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "docs"))  # the generators are not part of the package
costs = importlib.import_module("lake_costs")
PAGE = (ROOT / "docs" / "guide" / "scale.md").read_text(encoding="utf-8")


@pytest.fixture
def round_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set figures whose results are easily computed: a billion events in a thousand days."""
    for name, value in {
        "EVENTS": 10**9,
        "DAYS": 1_000,
        "SCAN": 36e-6,
        "VCPUS": 100,
        "MACHINE": 10.0,
        "SPARK": 2,
    }.items():
        monkeypatch.setattr(costs, name, value)
    for name, value in {"ATHENA": 5.0, "EMR_CPU": 0.05, "EMR_MEMORY": 0.01, "MEMORY": 5}.items():
        monkeypatch.setattr(costs, name, value)


@pytest.mark.usefixtures("round_figures")
def test_costs_are_bytes_and_cpu_time_at_their_prices() -> None:
    work = costs.Work("two detections, all days", 1_000, 500, 2)
    assert work.events == 10**9
    assert work.scanned == 10**12  # 500 bytes of each event, twice
    assert work.athena == pytest.approx(5.0)
    assert work.cpu == pytest.approx(72_000)  # 20 hours
    assert work.spark == pytest.approx(20 * 2 * (0.05 + 5 * 0.01))
    assert work.machine_seconds == pytest.approx(720)
    assert work.machine == pytest.approx(2.0)


@pytest.mark.usefixtures("round_figures")
def test_a_day_costs_its_share_of_the_history() -> None:
    all_days, day = costs.Work("", 1_000, 300, 80), costs.Work("", 1, 300, 80)
    for figure in ("events", "scanned", "cpu", "athena", "spark", "machine"):
        assert getattr(day, figure) == pytest.approx(getattr(all_days, figure) / 1_000)


def test_the_page_has_the_computed_tables() -> None:
    assert costs.size_table() in PAGE and costs.cost_table() in PAGE
    assert costs.EVENTS * costs.RECORD == costs.JSON
    assert f"| Parquet | {costs.EVENTS * costs.STORED / 10**12:.2f} TB," in PAGE


def test_the_costs_are_for_all_shipped_detections() -> None:
    assert len(list((ROOT / "queries" / "detections").rglob("*.sql"))) == costs.DETECTIONS


def test_the_page_names_the_figures_that_the_tables_are_computed_from() -> None:
    prices = (costs.EMR_CPU, costs.EMR_MEMORY, costs.MACHINE)
    assert all(f"{price} USD" in PAGE for price in prices)
    assert f"{costs.RECORD:,} bytes" in PAGE and f"{costs.VCPUS} vCPUs" in PAGE and f"{costs.MEMORY} GB a vCPU" in PAGE


@pytest.mark.parametrize(("value", "text"), [(0.004, "under 0.01 USD"), (0.01, "0.01 USD"), (1234.5, "1,234.50 USD")])
def test_amounts(value: float, text: str) -> None:
    assert costs._usd(value) == text
