"""Print results as a tree of the benchmark, with counts and bars, and the first alarms and errors of each control."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from shutil import get_terminal_size
from typing import TextIO

from iamsql.catalog import Benchmark
from iamsql.catalog.config import reference
from iamsql.check import fixes
from iamsql.check.run import STATUSES, ControlResults, ControlRun
from iamsql.check.selection import ControlRef
from iamsql.escaping import printable

BAR = 10
NARROWEST, WIDEST, NOT_A_TERMINAL = 72, 140, 110  # characters of a line


@dataclass
class Branch:
    """A line of the tree: its label and counts, the lines and branches under it."""

    label: str
    counts: Counter[str] = field(default_factory=Counter)
    lines: list[str] = field(default_factory=list)
    branches: list[Branch] = field(default_factory=list)


def write(control_run: ControlRun, stream: TextIO, shown: int = 10) -> None:
    """Write the tree with the first `shown` alarms and errors of each control, and the summary."""
    found = control_run.run()
    trees = [
        _branch(tree, [_leaf(next(found), shown, control_run.has_fixes) for _ in controls], controls)
        for tree, controls in control_run.chosen.trees
        if controls
    ]
    for _ in found:  # let the generator end, because it drops the table of the last results then
        continue
    width = _width(stream)
    largest = max((sum(tree.counts.values()) for tree in trees), default=0)
    for tree in trees:
        for line in _tree_lines(tree, width, len(str(largest)), ""):
            stream.write(line + "\n")
        stream.write("\n")
    for line in _summary(control_run.totals):
        stream.write(line + "\n")
    if unknown := control_run.not_evaluated:
        stream.write(f"\n{unknown}\n")


def _width(stream: TextIO) -> int:
    # The width of a terminal must not change what a file or a pipe receives.
    if stream is not sys.stdout or not stream.isatty():
        return NOT_A_TERMINAL
    return max(NARROWEST, min(get_terminal_size().columns, WIDEST))


def _leaf(results: ControlResults, shown: int, has_fixes: bool) -> Branch:
    """Return the line of a control, with up to `shown` of its alarms and errors, and with their commands."""
    control = results.control
    severity = f" ({control.severity})" if control.severity != "none" else ""
    leaf = Branch(
        f"{control.id} {control.title}".strip() + f" [{control.query.name}]{severity}", Counter(results.counts)
    )
    if results.failure:
        leaf.lines.append(f"FAILED: {printable(results.failure.splitlines()[0])}")
    if not shown:
        return leaf
    lines = results.lines(("alarm", "error"), shown)
    for line, commands in fixes.printed(results, lines):
        leaf.lines.append(_result_line(*line))
        # A command is never shortened or wrapped, so that it can be copied.
        leaf.lines += [f"    {printable(command)}" for command in commands if has_fixes]
    if (more := leaf.counts["alarm"] + leaf.counts["error"] - sum(number for *_, number, _, _ in lines)) > 0:
        leaf.lines.append(f"… {more} more: iamsql check {reference(control.query)} --output csv")
    return leaf


def _result_line(
    status: str, reason: str | None, account: str, name: str | None, region: str, resource: str, ident: str | None,
    number: int, names: list[str], dimensions: str | None,
) -> str:  # fmt: skip
    """Return a line: status, reason, account or number of accounts, region and resource."""
    account_text = " ".join(filter(None, (name, account)))
    if number > 1:
        account_text = f"{number} accounts: {', '.join(names)}{', …' if number > len(names) else ''}"
    parts = (None if region == "global" else region, *(() if _is_account(resource) else (resource, ident)))
    resource_text = " ".join(filter(None, parts))
    return f"{status.upper()}: " + "  ".join(
        printable(part) for part in (reason or "", account_text, resource_text) if part
    )


def _is_account(resource: str) -> bool:
    return ":::" in resource and resource.rpartition(":::")[2].isdigit()


def _branch(tree: Benchmark, leaves: list[Branch], controls: Sequence[ControlRef]) -> Branch:
    """Return the tree of a benchmark with its controls. Sections without controls are omitted."""
    root = Branch(tree.title + (f" [{tree.name}]" if tree.name else ""))
    branches: dict[tuple[int, ...], Branch] = {(): root}
    for leaf, control in zip(leaves, controls, strict=True):
        path: tuple[int, ...] = ()
        root.counts.update(leaf.counts)
        for section in control.sections:
            parent, path = path, (*path, id(section))  # two sections of a file can be equal
            if path not in branches:
                branches[path] = Branch(section.label)
                branches[parent].branches.append(branches[path])
            branches[path].counts.update(leaf.counts)
        branches[path].branches.append(leaf)
    return root


def _tree_lines(branch: Branch, width: int, digits: int, indent: str) -> Iterator[str]:
    """Yield the lines of a branch and of the branches under it."""
    yield _line(f"{indent}+ {printable(branch.label)}", branch.counts, width, digits)
    yield from (f"{indent}|   {line}" for line in branch.lines)
    for child in branch.branches:
        yield from _tree_lines(child, width, digits, f"{indent}| ")


def _line(label: str, counts: Mapping[str, int], width: int, digits: int) -> str:
    """Return a label with the number of alarms and errors, of all results, and a bar of their share."""
    bad, total = counts.get("alarm", 0) + counts.get("error", 0), sum(counts.values())
    figures = f"{bad:>{digits}} / {total:>{digits}} [{_bar(bad, total)}]"
    space = width - len(figures) - 2
    short = label if len(label) <= space else label[: space - 1] + "…"
    return f"{short} {'.' * max(space - len(short), 0)} {figures}"


def _bar(part: int, total: int) -> str:
    filled = -(-part * BAR // total) if total else 0  # rounded up, so that one alarm is visible
    return "=" * filled + " " * (BAR - filled)


def _summary(totals: Counter[str]) -> Iterator[str]:
    """Yield the number of results by status; each control counts once."""
    total = sum(totals.values())
    digits = len(str(total))
    yield "Summary"
    yield ""
    for status in reversed(STATUSES):
        yield f"{status.upper() + ' ':.<10} {totals[status]:>{digits}} [{_bar(totals[status], total)}]"
    yield f"{'TOTAL ':.<10} {total:>{digits}}"
