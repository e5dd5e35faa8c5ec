"""The tree on a terminal: every line fits, and what matters most (status, reason, account) is shortened last."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from iamsql.check.controls import STATUSES, ControlRun
from iamsql.check.outputs.terminal_findings import UNLIMITED_WIDTH, Line, finding_lines, line_width, paint_line
from iamsql.check.selection import LEVELS
from iamsql.check.tree import Branch, collect_trees, count_digits
from iamsql.check.tree_order import arrange_tree, control_branches, total_counts
from iamsql.escaping import printable
from iamsql.render.cells import pluralize
from iamsql.render.terminal.style import Style
from iamsql.render.terminal.width import display_width, elide, wrap

MIN_WIDTH = 60  # columns of a line; a narrower terminal breaks the lines
MAX_WIDTH = 160  # columns of a line: the dots between label and counts are hard to follow beyond
LEGIBLE_TITLE_WIDTH = 40  # columns of a title that are not shortened; otherwise, the name is in the line below
MAX_FINDINGS_BY_FORMAT = {"table": 10, "brief": 0}  # the findings of a control, by the format that selects the tree
LONG_TREE_LINES = 24  # lines; a longer tree also has the result above it
LEGEND = "Counts: failed and unknown results / all results. Bar: = failed, ? unknown."
COLORED_WORD_PATTERN = re.compile(rf"(?<= )({'|'.join((*STATUSES, *LEVELS))})\b")


@dataclass(frozen=True)
class Layout:
    """The width of a line and of the bar in columns, and the number of digits of a count. `wide` lines are not shortened."""

    width: int
    bar: int
    digits: int
    wide: bool


@dataclass(frozen=True)
class TreeOutcome:
    """The number of results by status, sentences about missing data, and whether the findings have commands."""

    totals: Counter[str]
    missing: Sequence[str]
    has_fixes: bool


def format_run(control_run: ControlRun, style: Style, max_lines: int) -> str:
    """Return the tree with up to `max_lines` findings of each control. A long tree also has the result above it."""
    trees = [arrange_tree(tree) for tree in collect_trees(control_run, max_lines)]
    return format_trees(trees, tree_outcome(control_run), style)


def tree_outcome(control_run: ControlRun) -> TreeOutcome:
    """Return the outcome of a run whose controls have been evaluated."""
    count = len(control_run.failures)
    failed = f"{pluralize(count, 'control')} failed and {'has' if count == 1 else 'have'} no results: see FAILED."
    missing = [control_run.not_evaluated, failed if count else ""]
    return TreeOutcome(control_run.totals, [*filter(None, missing)], control_run.has_fixes)


def format_trees(trees: Sequence[Branch], run_outcome: TreeOutcome, style: Style) -> str:
    """Return arranged trees as text. Only commands, and all lines with `style.wide`, can be wider than the terminal."""
    width = max(MIN_WIDTH, min(style.width, MAX_WIDTH))
    layout = Layout(width, 10 if width >= 100 else 5, count_digits(trees), style.wide)
    lines = [line for tree in trees for line in (*_branch_lines(tree, layout, 0), [])]
    legend: list[Line] = [[(line, "dim")] for line in wrap(LEGEND, width)]
    result = (
        [*_result_lines(trees, run_outcome.totals, width), *_missing_lines(run_outcome, width)]
        if len(lines) > LONG_TREE_LINES
        else []
    )
    summary = _summary_lines(trees, run_outcome, layout)
    return "".join(f"{paint_line(line, style)}\n" for line in (*legend, *result, [], *lines, *summary))


def _branch_lines(branch: Branch, layout: Layout, depth: int) -> Iterator[Line]:
    """Yield the lines of a branch and of the branches under it."""
    rails = "| " * min(depth, layout.width // 6)
    yield from _label_lines(branch, layout, rails)
    indent = f"{rails}|   "
    available = UNLIMITED_WIDTH if layout.wide else layout.width - len(indent)
    if branch.failure:
        message = printable(branch.failure.splitlines()[0])
        yield [(indent, "dim"), ("FAILED: ", "error"), (elide(message, available - 8, 0), "")]
    yield from finding_lines(branch, indent, layout.width, layout.wide)
    for more in filter(None, (branch.omitted_line, branch.omitted_muted_line)):
        yield from ([(f"{indent}{line}", "dim")] for line in wrap(more, available))
    for child in branch.branches:
        yield from _branch_lines(child, layout, depth + 1)


def _label_lines(branch: Branch, layout: Layout, rails: str) -> Iterator[Line]:
    """Yield the line of a branch, and a line with the name of the control if the name does not fit."""
    figures = _branch_figures(branch, layout)
    start: Line = [(f"{rails}+ ", "dim")]
    space = layout.width - line_width(start) - line_width(figures) - 2
    label, rest = _branch_label(branch, UNLIMITED_WIDTH if layout.wide else max(space, 0))
    dots = "." * (space - line_width(label))
    yield [*start, *label, (f" {dots} ", "dim"), *figures]
    if rest:
        yield [(f"{rails}|  ", "dim"), *rest]


def _branch_label(branch: Branch, space: int) -> tuple[Line, Line]:
    """Return number, title, name and severity in `space` columns, and the parts that do not fit next to the title."""
    number = elide(f"{printable(branch.id)} ", max(space // 3, 1)) if branch.id else ""
    name: Line = [(elide(f" [{printable(branch.name)}]", max(space, 12)), "dim")] if branch.name else []
    severity: Line = [(" (", ""), (branch.severity, branch.severity), (")", "")] if branch.severity else []
    title = printable(branch.title)
    available = space - display_width(number)
    if available - line_width([*name, *severity]) >= min(display_width(title), LEGIBLE_TITLE_WIDTH):
        same_line, next_line = [*name, *severity], []
    elif available - line_width(severity) >= display_width(title):
        same_line, next_line = severity, name
    else:
        same_line, next_line = [], [*name, *severity]
    text_of_title = number + elide(title, max(available - line_width(same_line), 0))
    return [(text_of_title, "" if branch.control else "heading"), *same_line], next_line


def _branch_figures(branch: Branch, layout: Layout) -> Line:
    """Return the failed and unknown results, all results, and a bar; or why there are none."""
    digits, unmet, result_count = layout.digits, branch.unmet, sum(branch.counts.values())
    if branch.failure or branch.same_as:
        label = "FAILED" if branch.failure else f"same results as {elide(printable(branch.same_as), 20)}"
        return [(label.rjust(2 * digits + layout.bar + 6), "error" if branch.failure else "dim")]
    meaning = next((status for status in ("alarm", "error", "ok") if branch.counts[status]), "")
    counts: Line = [(f"{unmet:>{digits}}", meaning), (f" / {result_count:>{digits}} [", "")]
    return [*counts, *_result_bar(branch.counts, result_count, layout.bar), ("]", "")]


def _result_bar(counts: Counter[str], result_count: int, width: int) -> Line:
    """Return the share of alarms and of errors. A share above 0 is visible."""
    unmet = counts["alarm"] + counts["error"]
    filled = (
        max(-(-unmet * width // result_count), bool(counts["alarm"]) + bool(counts["error"])) if result_count else 0
    )
    unknown = max(filled * counts["error"] // unmet, bool(counts["error"])) if unmet else 0
    return [("=" * (filled - unknown), "alarm"), ("?" * unknown, "error"), (" " * (width - filled), "")]


def _result_lines(trees: Sequence[Branch], totals: Counter[str], width: int) -> list[Line]:
    """Return the results by status and the alarms by severity as sentences."""
    labels = ", ".join(f"{totals[status]} {status}" for status in STATUSES if totals[status])
    sentences = [f"{pluralize(sum(totals.values()), 'result')}: {labels or 'none'}."]
    if totals["alarm"]:
        sentences.append(f"{pluralize(totals['alarm'], 'alarm')}: {_alarms_by_severity(trees)}.")
    return [_in_color(line) for sentence in sentences for line in wrap(sentence, width)]


def _in_color(sentence: str) -> Line:
    """Return a sentence with its statuses and severities in their colors."""
    return [(part, part) for part in COLORED_WORD_PATTERN.split(sentence)]


def _missing_lines(run_outcome: TreeOutcome, width: int) -> list[Line]:
    return [[(line, "error")] for sentence in run_outcome.missing for line in wrap(sentence, width)]


def _summary_lines(trees: Sequence[Branch], run_outcome: TreeOutcome, layout: Layout) -> Iterator[Line]:
    """Yield the number of results by status, the alarms by severity, what is missing, and what to do next."""
    totals = run_outcome.totals
    result_count = sum(totals.values())
    digits = len(str(result_count))
    yield [("Summary", "heading")]
    yield []
    for status in reversed(STATUSES):
        number = totals[status]
        filled = -(-number * layout.bar // result_count) if result_count else 0
        bar = f" [{('?' if status == 'error' else '=') * filled:{layout.bar}}]"
        label: Line = [(f"{status.upper() + ' ':.<10} {number:>{digits}}", status if number else ""), (bar, "")]
        yield [*label, *(_in_color(f" {_alarms_by_severity(trees)}") if status == "alarm" and number else [])]
    yield [(f"{'TOTAL ':.<10} {result_count:>{digits}}", "heading")]
    if run_outcome.missing:
        yield from ([], *_missing_lines(run_outcome, layout.width))
    yield []
    yield [("Details of a control: iamsql check NAME --output csv", "dim")]
    if (totals["alarm"] or totals["error"]) and not run_outcome.has_fixes:
        yield [("Commands for each result: iamsql check NAME --fix", "dim")]


def _alarms_by_severity(trees: Sequence[Branch]) -> str:
    """Return the number of alarms of each severity."""
    by_level = {
        level: [branch for branch in control_branches(trees) if (branch.severity or "none") == level]
        for level in LEVELS
    }
    numbers = {level: total_counts(branches)["alarm"] for level, branches in by_level.items()}
    labels = {level: level if level != "none" else "without severity" for level in LEVELS}
    return ", ".join(f"{number} {labels[level]}" for level, number in numbers.items() if number)
