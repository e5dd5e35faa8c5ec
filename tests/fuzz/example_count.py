"""The number of random examples: a sample in `make test`, and as many as IAMSQL_FUZZ says in `make test-all`."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from click.testing import CliRunner
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from iamsql.cli import main

EXAMPLES = int(os.environ.get("IAMSQL_FUZZ", "0"))
QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
ARGUMENT = TEXT.filter(lambda text: "\x00" not in text)  # no system hands one over


def example_settings(examples: int, **options: Any) -> Callable[[Any], Any]:
    """Return the settings of a test. `make test` tries a quarter of `examples`, which are the same each time.

    With IAMSQL_FUZZ, that many examples are tried, which differ each time.
    """
    number = EXAMPLES or max(2, examples // 4)
    return settings(
        max_examples=number, derandomize=not EXAMPLES, deadline=None, suppress_health_check=QUIET, **options
    )


def exit_code(args: list[str], stdin: str = "") -> int:
    """Run a command and return its exit code; fail on an unknown code or a traceback."""
    result = CliRunner().invoke(main, args, input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise AssertionError(f"{args!r}: {result.exception!r}") from result.exception
    assert result.exit_code in (0, 1, 2, 3), (args, result.output)
    assert "Traceback" not in result.output
    assert result.exit_code != 2 or result.stderr.startswith(("Error: ", "Usage: ")) or "\nError: " in result.stderr, (
        result.stderr
    )
    return result.exit_code
