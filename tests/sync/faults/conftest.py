"""Print how many combinations of call and fault were tested, and how many passed."""

from __future__ import annotations

import re
from typing import Any

CELL = re.compile(
    r"test_matrix\.py::test_a_fault_affects_only_its_call_and_dependent_calls\[(?P<call>[\w-]+:\w+)-(?P<kind>\w+)\]$"
)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the numbers of tests, calls and kinds of fault."""
    ended = {outcome: terminalreporter.stats.get(outcome, []) for outcome in ("passed", "failed", "error")}
    tried = {
        outcome: [match for report in reports if (match := CELL.search(report.nodeid))]
        for outcome, reports in ended.items()
    }
    tests = [match for reports in tried.values() for match in reports]
    if tests:
        calls, fault_kinds = ({match[name] for match in tests} for name in ("call", "kind"))
        summary = f"{len(tests)} tests of {len(calls)} calls with {len(fault_kinds)} kinds of fault: {len(tried['passed'])} passed."
        terminalreporter.write_line(summary)
