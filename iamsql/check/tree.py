"""Results as a tree of the benchmark, and its text for files and pipes, which never depends on a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TextIO

from iamsql.catalog.benchmarks import Benchmark
from iamsql.catalog.settings.query_values import version_reference
from iamsql.check import fixes
from iamsql.check.controls import STATUSES, ControlResults, ControlRun
from iamsql.check.resource_types import ACCOUNT_ARN_PATTERN
from iamsql.check.selection import ControlRef
from iamsql.escaping import printable

BAR_WIDTH = 10
LINE_WIDTH = 110  # characters of a head; lines of results are longer
UNMET_STATUSES, MUTED_STATUSES = ("alarm", "error"), ("muted",)


@dataclass(frozen=True)
class Finding:
    """An alarm, error or muted result to print, as `ResultTable.lines` returns it: identical results are grouped."""

    status: str
    reason: str | None
    account_id: str
    account_name: str | None
    region: str
    resource: str
    subresource: str | None
    number: int
    names: Sequence[str]
    dimensions: str | None
    muted: str | None = None  # owner, date and reason of the mute
    commands: Sequence[str] = ()  # what resolves the alarm, or collects the data of the error

    @property
    def account(self) -> str:
        """Return the name and ID of the account, or the number of accounts and their first names."""
        if self.number > 1:
            ellipsis = ", …" if self.number > len(self.names) else ""
            return f"{self.number} accounts: {', '.join(self.names)}{ellipsis}"
        return " ".join(filter(None, (self.account_name, self.account_id)))

    @property
    def location(self) -> str:
        """Return the region, the resource and what distinguishes results of one resource; '' for an account itself."""
        region = None if self.region == "global" else self.region
        return " ".join(
            filter(None, (region, *(() if _is_account(self.resource) else (self.resource, self.subresource))))
        )


@dataclass
class Branch:
    """A benchmark, a section or a control: its counts, its first findings, and the branches under it."""

    title: str
    id: str = ""
    name: str = ""
    control: ControlRef | None = None
    counts: Counter[str] = field(default_factory=Counter)
    failure: str = ""
    findings: list[Finding] = field(default_factory=list)
    branches: list[Branch] = field(default_factory=list)
    same_as: str = ""  # the number of the same control earlier in the tree, if only that has the findings

    @property
    def unmet(self) -> int:
        """Return the number of alarms and errors."""
        return sum(self.counts[status] for status in UNMET_STATUSES)

    @property
    def severity(self) -> str:
        """Return the severity of a control; '' for a control without severity, a section and a benchmark."""
        return self.control.severity if self.control and self.control.severity != "none" else ""

    @property
    def omitted_line(self) -> str:
        """Return a line with the number of omitted alarms and errors; '' if none is omitted."""
        return self._more_line(UNMET_STATUSES, "more")

    @property
    def omitted_muted_line(self) -> str:
        """Return a line with the number of omitted muted results; '' if none is omitted."""
        return self._more_line(MUTED_STATUSES, "more muted")

    def _more_line(self, statuses: Sequence[str], words: str) -> str:
        printed = sum(finding.number for finding in self.findings if finding.status in statuses)
        omitted = sum(self.counts[status] for status in statuses) - printed
        if not (self.findings and omitted and self.control):
            return ""
        return f"… {omitted} {words}: iamsql check {version_reference(self.control.query)} --output csv"


def collect_trees(control_run: ControlRun, max_lines: int) -> list[Branch]:
    """Evaluate the controls. Return the tree of each benchmark, with up to `max_lines` findings of each control."""
    results = control_run.run()
    trees = [
        _benchmark_branch(
            tree, [_control_branch(next(results), max_lines, control_run.has_fixes) for _ in controls], controls
        )
        for tree, controls in control_run.selection.trees
        if controls
    ]
    for _ in results:  # let the generator end, because it drops the table of the last results then
        continue
    return trees


def write(control_run: ControlRun, stream: TextIO, max_lines: int = 10) -> None:
    """Write the tree with the first `max_lines` alarms and errors of each control, and the summary."""
    trees = collect_trees(control_run, max_lines)
    for tree in trees:
        for line in _tree_lines(tree, count_digits(trees), ""):
            stream.write(line + "\n")
        stream.write("\n")
    for line in _summary_lines(control_run.totals):
        stream.write(line + "\n")
    if unknown := control_run.not_evaluated:
        stream.write(f"\n{unknown}\n")


def count_digits(trees: Sequence[Branch]) -> int:
    """Return the number of digits of the largest count."""
    return len(str(max((sum(tree.counts.values()) for tree in trees), default=0)))


def _control_branch(results: ControlResults, max_lines: int, has_fixes: bool) -> Branch:
    """Return a control with up to `max_lines` of its alarms and errors, and as many of its muted results.

    Alarms and errors have their commands if the output has fixes.
    """
    control, lines = results.control, results.lines(UNMET_STATUSES, max_lines) if max_lines else []
    if max_lines and results.counts.get("muted"):
        lines += results.lines(MUTED_STATUSES, max_lines)
    findings = [
        replace(Finding(*line), commands=commands if has_fixes else ())
        for line, commands in fixes.lines_with_commands(results, lines)
    ]
    counts = Counter(results.counts)
    return Branch(control.title, control.id, control.query.name, control, counts, results.failure, findings)


def _is_account(resource: str) -> bool:
    return bool(ACCOUNT_ARN_PATTERN.fullmatch(resource))


def _benchmark_branch(tree: Benchmark, leaves: list[Branch], controls: Sequence[ControlRef]) -> Branch:
    """Return the tree of a benchmark with its controls. Sections without controls are omitted."""
    root = Branch(tree.title, name=tree.name)
    branches: dict[tuple[int, ...], Branch] = {(): root}
    for leaf, control in zip(leaves, controls, strict=True):
        path: tuple[int, ...] = ()
        root.counts.update(leaf.counts)
        for section in control.sections:
            parent, path = path, (*path, id(section))  # two sections of a file can be equal
            if path not in branches:
                branches[path] = Branch(section.title, section.id)
                branches[parent].branches.append(branches[path])
            branches[path].counts.update(leaf.counts)
        branches[path].branches.append(leaf)
    return root


def _tree_lines(branch: Branch, digits: int, indent: str) -> Iterator[str]:
    """Yield the lines of a branch and of the branches under it."""
    yield _branch_line(f"{indent}+ {printable(_branch_label(branch))}", branch.counts, digits)
    if branch.failure:
        yield f"{indent}|   FAILED: {printable(branch.failure.splitlines()[0])}"
    for finding in branch.findings:
        parts = (finding.reason or "", finding.account, finding.location)
        yield f"{indent}|   {finding.status.upper()}: " + "  ".join(printable(part) for part in parts if part)
        if finding.muted:
            yield f"{indent}|          by {printable(finding.muted)}"
        # A command is never shortened or wrapped, so it can be copied.
        yield from (f"{indent}|       {printable(command)}" for command in finding.commands)
    yield from (f"{indent}|   {more}" for more in (branch.omitted_line, branch.omitted_muted_line) if more)
    for child in branch.branches:
        yield from _tree_lines(child, digits, f"{indent}| ")


def _branch_label(branch: Branch) -> str:
    name = f" [{branch.name}]" if branch.name else ""
    severity = f" ({branch.severity})" if branch.severity else ""
    return f"{branch.id} {branch.title}".strip() + name + severity


def _branch_line(label: str, counts: Mapping[str, int], digits: int) -> str:
    """Return a label with the number of alarms and errors, of all results, and a bar of their share."""
    unmet_count, total = counts.get("alarm", 0) + counts.get("error", 0), sum(counts.values())
    figures = f"{unmet_count:>{digits}} / {total:>{digits}} [{_result_bar(unmet_count, total)}]"
    space = LINE_WIDTH - len(figures) - 2
    shortened_label = label if len(label) <= space else label[: space - 1] + "…"
    return f"{shortened_label} {'.' * max(space - len(shortened_label), 0)} {figures}"


def _result_bar(part: int, total: int) -> str:
    filled = -(-part * BAR_WIDTH // total) if total else 0  # rounded up, so one alarm is visible
    return "=" * filled + " " * (BAR_WIDTH - filled)


def _summary_lines(totals: Counter[str]) -> Iterator[str]:
    """Yield the number of results by status; each control counts once."""
    total = sum(totals.values())
    digits = len(str(total))
    yield "Summary"
    yield ""
    for status in reversed(STATUSES):
        yield f"{status.upper() + ' ':.<10} {totals[status]:>{digits}} [{_result_bar(totals[status], total)}]"
    yield f"{'TOTAL ':.<10} {total:>{digits}}"
