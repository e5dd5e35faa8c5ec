"""Run the tests of query files, one at a time: expected rows, unread data and seconds are an outcome each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from iamsql.check.testing.cases import Case, QueryFile, QueryFiles
from iamsql.check.testing.differences import MAX_LINES, find_difference
from iamsql.check.testing.expected import (
    VARYING_COLUMNS,
    csv_text,
    read_expected,
    with_line_feeds,
    without_varying_columns,
    write_expected,
)
from iamsql.check.testing.open_run import CaseAnswer, OpenRun
from iamsql.check.testing.sample_runs import DENIED_RUN, SAMPLE_RUN, sample_run
from iamsql.model import IamsqlError, Result
from iamsql.render.cells import pluralize
from iamsql.runs.coverage.not_collected import NotCollected
from iamsql.runs.store.limits import StatementLimits

PASSED, FAILED, RAN, SKIPPED, UPDATED = "passed", "failed", "ran", "skipped", "updated"
RESULT_LABELS = {  # with the words of the summary
    PASSED: "passed",
    FAILED: "failed",
    UPDATED: "updated",
    RAN: "ran without expected rows",
    SKIPPED: "skipped because the run did not collect their tables",
}
FILE_TEST, UNREAD_DATA_TEST = "file", "unread data"  # names of tests; the others are the names of a run and of a case
COLUMNS = ("query", "test", "result", "seconds", "detail")
TYPES = ("VARCHAR", "VARCHAR", "VARCHAR", "DOUBLE", "VARCHAR")


@dataclass(frozen=True)
class QueryTest:
    """A test of a query file: of the file itself without a `case`, of the rows over a `run`, or of unread data."""

    file: QueryFile
    name: str
    case: Case | None = None
    run: str = ""


@dataclass(frozen=True)
class Outcome:
    """The outcome of a test: its result, the seconds of the query, one line of detail, and lines with rows or errors."""

    test: QueryTest
    result: str
    seconds: float | None = None
    detail: str = ""
    lines: tuple[str, ...] = ()

    @property
    def row(self) -> tuple[str, str, str, float | None, str | None]:
        """Return the values of COLUMNS."""
        seconds = None if self.seconds is None else round(self.seconds, 2)
        return self.test.file.name, self.test.name, self.result, seconds, self.detail or None


@dataclass
class Runner:
    """Runs the tests of query files. `runs` are additional run files by name; `update` writes the files of expected rows."""

    queries: QueryFiles
    runs: dict[str, Path] = field(default_factory=dict)
    update: bool = False
    max_seconds: float | None = None
    limits: StatementLimits | None = None
    say: Callable[[str], object] = lambda _line: None

    def __post_init__(self) -> None:
        """Prepare to open each run with its first test."""
        self._exit = ExitStack()
        self._open: dict[str, OpenRun] = {}

    @cached_property
    def cases(self) -> list[Case]:
        """Return the cases of all files."""
        return [case for file in self.queries.files for case in file.cases]

    def tests(self) -> Iterator[QueryTest]:
        """Yield the tests in the order of the files."""
        for file in self.queries.files:
            if file.errors:
                yield QueryTest(file, FILE_TEST)
            for case in file.cases:
                for run in (SAMPLE_RUN, *self.runs):
                    yield QueryTest(file, f"{run} {case.name}".rstrip(), case, run)
                if case.query.kind == "control":
                    yield QueryTest(file, f"{UNREAD_DATA_TEST} {case.name}".rstrip(), case)

    def outcome(self, test: QueryTest) -> Outcome:
        """Run a test."""
        if test.case is None:
            return _failed_outcome(test, "\n".join(test.file.errors))
        if not test.run:
            return self._check_unread_data(test, test.case)
        try:
            answered = self._open_run(test.run).rows(test.case)
        except NotCollected as error:
            return Outcome(test, SKIPPED, None, str(error).splitlines()[0])
        except IamsqlError as error:
            return _failed_outcome(test, str(error))
        outcome = (
            self._compare_rows(test, test.case, answered)
            if test.run == SAMPLE_RUN
            else Outcome(test, RAN, answered.seconds)
        )
        if self.max_seconds is not None and answered.seconds > self.max_seconds and outcome.result != FAILED:
            detail = f"took {answered.seconds:.2f} s, more than {self.max_seconds:g} s"
            return Outcome(test, FAILED, answered.seconds, detail)
        return outcome

    def close(self) -> None:
        """Close the run files."""
        self._exit.close()
        self._open.clear()

    def _open_run(self, run: str) -> OpenRun:
        if run not in self._open:
            path = self.runs.get(run) or sample_run(run, self.say)
            # In the denied run, only controls are evaluated.
            cases = [case for case in self.cases if run != DENIED_RUN or case.query.kind == "control"]
            self._open[run] = OpenRun(path, cases, self.limits)
            self._exit.callback(self._open[run].close)
        return self._open[run]

    def _compare_rows(self, test: QueryTest, case: Case, answered: CaseAnswer) -> Outcome:
        """Compare the rows with the expected rows, or write them."""
        result, seconds = without_varying_columns(answered.result), answered.seconds
        not_compared = sorted(VARYING_COLUMNS & set(answered.result.columns))
        detail = f"not compared: {', '.join(not_compared)}" if not_compared else ""
        text = csv_text(result)
        try:
            expected = read_expected(case.expected, case.folder)
            if expected is None and not self.update:
                return Outcome(
                    test, RAN, seconds, f"{len(result.rows)} rows, none expected: there is no {case.expected.name}"
                )
            row_difference = None if expected is None else find_difference(expected, with_line_feeds(text))
            if expected is not None and row_difference is None:
                return Outcome(test, PASSED, seconds, detail)
            if self.update:
                write_expected(case.expected, case.folder, text)
        except IamsqlError as error:
            return _failed_outcome(test, str(error), seconds)
        if row_difference is None:
            return Outcome(test, UPDATED, seconds, f"wrote {len(result.rows)} rows to {case.expected.name}")
        return Outcome(test, UPDATED if self.update else FAILED, seconds, row_difference.summary, row_difference.lines)

    def _check_unread_data(self, test: QueryTest, case: Case) -> Outcome:
        """Evaluate a control over the runs with gaps."""
        lines: list[str] = []
        for run in (SAMPLE_RUN, DENIED_RUN, *self.runs):
            try:
                lines += [f"{run}: {line}" for line in self._open_run(run).false_results(case)]
            except IamsqlError as error:
                if run == DENIED_RUN:  # the test of the other runs reports their error
                    return _failed_outcome(test, str(error))
        if lines:
            omitted = [f"… and {len(lines) - MAX_LINES} more"] if len(lines) > MAX_LINES else []
            return Outcome(test, FAILED, None, f"ok without data: {lines[0]}", (*lines[:MAX_LINES], *omitted))
        return Outcome(test, PASSED)


def _failed_outcome(test: QueryTest, error: str, seconds: float | None = None) -> Outcome:
    first, *others = error.splitlines() or [""]
    return Outcome(test, FAILED, seconds, first, tuple(others))


def to_result(outcomes: Sequence[Outcome]) -> Result:
    """Return the outcomes as rows of COLUMNS."""
    return Result(COLUMNS, [outcome.row for outcome in outcomes], TYPES)


def summary_sentence(outcomes: Sequence[Outcome]) -> str:
    """Return the number of tests, of queries, and of tests by result, as a sentence."""
    counts = [(result, sum(outcome.result == result for outcome in outcomes)) for result in RESULT_LABELS]
    number_of_queries = len({outcome.test.file.path for outcome in outcomes})
    counts_in_words = ", ".join(
        f"{number} {words}" for (result, number), words in zip(counts, RESULT_LABELS.values(), strict=True) if number
    )
    queries = "1 query" if number_of_queries == 1 else f"{number_of_queries} queries"
    return f"{pluralize(len(outcomes), 'test')} of {queries}: {counts_in_words}."
