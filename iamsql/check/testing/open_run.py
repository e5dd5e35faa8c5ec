"""Answer the cases of queries over one run that stays open: reports and detections by their SQL, controls as `check` does."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from iamsql.catalog.benchmarks import Benchmark
from iamsql.check.controls import ControlRun
from iamsql.check.detections import iter_findings
from iamsql.check.open_run import Evaluation, opened_run
from iamsql.check.selection import ControlRef, Job, Selection
from iamsql.check.testing.cases import Case
from iamsql.check.testing.unread import false_results
from iamsql.model import IamsqlError, Result
from iamsql.query.compat import make_compatible
from iamsql.query.execute import answer
from iamsql.runs.store.limits import StatementLimits
from iamsql.runs.store.reader import Reader

# The columns of the results of a control that do not depend on the benchmark.
CONTROL_COLUMNS = ("status", "resource", "reason", "account_id", "account_name", "region", "dimensions")
CONTROL_TYPES = (*("VARCHAR",) * (len(CONTROL_COLUMNS) - 1), "JSON")


class CaseAnswer(NamedTuple):
    """The rows of a case, and the seconds that they took."""

    result: Result
    seconds: float


class OpenRun:
    """A run file, and the cases that are answered over it. The first answer opens the file."""

    def __init__(self, path: Path, cases: Sequence[Case], limits: StatementLimits | None = None) -> None:
        """Take the path of a run, and all cases: the tables that several controls read are computed once."""
        self.path, self._cases, self._limits = path, cases, limits
        self._exit, self._answers_by_job = ExitStack(), dict[Job, CaseAnswer]()

    def rows(self, case: Case) -> CaseAnswer:
        """Answer a case. Raise IamsqlError for an error of the SQL, and for columns that `check` does not accept."""
        if case.query.kind == "control":
            return self._evaluate_control(case)
        reader, started = self._reader, time.monotonic()
        make_compatible(reader, case.query.sql)
        result = answer(reader, case.query, case.values).result
        seconds = time.monotonic() - started
        if case.query.kind == "detection":
            try:
                list(iter_findings(result))
            except IamsqlError as error:
                raise IamsqlError(f"{case.query.path}: {error}") from error
        return CaseAnswer(result, seconds)

    def false_results(self, case: Case) -> list[str]:
        """Return a line for each result of a control that is ok although its data was not read."""
        rows = self._evaluate_control(case).result.rows
        accounts_and_regions = {(account, region) for status, _, _, account, _, region, _ in rows if status == "ok"}
        return false_results(
            self._reader, self._controls.statements[_control_reference(case).job], accounts_and_regions
        )

    def close(self) -> None:
        """Close the file."""
        self._exit.close()

    @cached_property
    def _reader(self) -> Reader:
        queries = [case.query for case in self._cases]
        evaluation = Evaluation(str(self.path), self.path.parent, self._limits)
        reader, _ = self._exit.enter_context(opened_run(queries, evaluation))
        return reader

    @cached_property
    def _controls(self) -> ControlRun:
        references = [_control_reference(case) for case in self._cases if case.query.kind == "control"]
        return ControlRun(self._reader, Selection([(Benchmark("", "Tests"), references)]), "", [])

    def _evaluate_control(self, case: Case) -> CaseAnswer:
        """Evaluate a control, once. Raise IamsqlError with its error."""
        job = _control_reference(case).job
        controls, started = self._controls, time.monotonic()  # the tables that controls share do not count
        if job not in self._answers_by_job:
            for results in controls.run({job}):
                if results.failure:
                    raise IamsqlError(results.failure)
                result = Result(CONTROL_COLUMNS, list(results.rows(CONTROL_COLUMNS)), CONTROL_TYPES)
                self._answers_by_job[job] = CaseAnswer(result, time.monotonic() - started)
        return self._answers_by_job[job]


def _control_reference(case: Case) -> ControlRef:
    return ControlRef("", (), "", case.query.title, case.query, case.values)
