"""What the fault suite says at its end: how many cells were tried, of how many calls and kinds, and how many passed."""

from __future__ import annotations

import re
from typing import Any

CELL = re.compile(r"test_matrix\.py::test_a_fault_is_told_and_the_rest_is_whole\[(?P<call>[\w-]+:\w+)-(?P<kind>\w+)\]$")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Count the cells."""
    ended = {how: terminalreporter.stats.get(how, []) for how in ("passed", "failed", "error")}
    tried = {how: [found for one in reports if (found := CELL.search(one.nodeid))] for how, reports in ended.items()}
    cells = [found for reports in tried.values() for found in reports]
    if cells:
        calls, kinds = ({found[name] for found in cells} for name in ("call", "kind"))
        words = f"{len(cells)} cells tried, {len(calls)} calls under {len(kinds)} kinds of fault: {len(tried['passed'])} passed."
        terminalreporter.write_line(words)
