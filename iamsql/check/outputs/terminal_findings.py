"""Lay out alarms and errors for a terminal in columns: reason, account and resource. A long resource keeps its end."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from iamsql.check.tree import Branch, Finding
from iamsql.escaping import printable
from iamsql.render.terminal.style import Style
from iamsql.render.terminal.width import display_width, elide, wrap

COLUMN_GAP = "  "
LABEL_WIDTH = len("ALARM: ")
REASON_SHARE = 0.55  # the share of the reason in a line that is too long
LEGIBLE_SHARE = 0.8  # the share of a reason that is still understood; a finding with a shorter reason has two lines
NOT_SHORTENED = -1  # the index of the last column, the resource, where a part is not enough
MIN_ONE_LINE_WIDTH = 80  # columns where one line can have a shortened finding; fewer columns need two lines
# Columns of the terminal that are enough; the ID of an access key has 20.
ACCOUNT_ID_WIDTH, NAMED_ACCOUNT_WIDTH, ACCOUNT_WIDTH, RESOURCE_WIDTH = 12, 24, 32, 21
UNLIMITED_WIDTH = 1_000_000  # columns of a line that is not shortened
# A word of a POSIX shell, as `remediation` quotes values; a quote that is not closed is a letter.
SHELL_WORD_PATTERN = re.compile(r"""(?:[^\s'"\\]|'[^']*'|"[^"]*"|\\.|['"\\])+""")
# The beginning of an ARN: partition, service, region and account.
ARN_PREFIX_PATTERN = re.compile(r"(?<![^ ])arn:[^: ]*:[^: ]*:[^: ]*:[^: ]*:")

Widths = tuple[int, int, int]  # of reason, account and resource
Line = list[tuple[str, str]]  # texts with their meanings, which determine their colors


def line_width(line: Line) -> int:
    """Return the width of a line in columns of the terminal."""
    return sum(display_width(text) for text, _ in line)


def paint_line(line: Line, style: Style) -> str:
    """Return a line in the colors of a terminal, without spaces at its end."""
    while line and not line[-1][0].strip():
        line = line[:-1]
    texts = [*line[:-1], (line[-1][0].rstrip(), line[-1][1])] if line else []
    return "".join(style.paint(text, meaning) for text, meaning in texts)


@dataclass(frozen=True)
class Cells:
    """The printable texts of a finding, with the meaning of its status."""

    status: str
    meaning: str
    reason: str
    account: str
    resource: str
    has_account_id: bool
    commands: tuple[str, ...]
    muted: str


def finding_lines(branch: Branch, indent: str, width: int, wide: bool) -> Iterator[Line]:
    """Yield the lines of the findings of a control, of at most `width` columns each unless they are `wide`.

    The findings of a control have the same columns: one line for each finding, or two where a line is too short.
    """
    available = width - display_width(indent)
    cells = [_format_cells(finding, branch.severity or "alarm") for finding in branch.findings]
    if not cells:
        return
    natural = _widest_value(cells, "reason"), _widest_value(cells, "account"), _widest_value(cells, "resource")
    short = max(display_width(_without_arn_prefix(cell.resource)) for cell in cells)
    widths = natural if wide else _one_line_widths(natural, short, available - LABEL_WIDTH - 2 * len(COLUMN_GAP))
    for cell in cells:
        for line in [_one_line(cell, widths)] if widths else _two_lines(cell, natural, available - LABEL_WIDTH):
            yield [(indent, "dim"), *line]
        for text in wrap(f"by {cell.muted}", max(available - LABEL_WIDTH, 1)) if cell.muted else ():
            yield [(f"{indent}{' ' * LABEL_WIDTH}", "dim"), (text, "muted")]
        # Spaces instead of the indent, so the lines of a command can be copied.
        yield from _command_lines(
            cell.commands, " " * (display_width(indent) + LABEL_WIDTH), UNLIMITED_WIDTH if wide else width
        )


def _format_cells(finding: Finding, severity: str) -> Cells:
    meaning = severity if finding.status == "alarm" else finding.status
    commands = tuple(map(printable, finding.commands))
    reason, account, resource = (printable(text) for text in (finding.reason or "", finding.account, finding.location))
    return Cells(
        f"{finding.status.upper()}: ",
        meaning,
        reason,
        account,
        resource,
        finding.number == 1,
        commands,
        printable(finding.muted or ""),
    )


def _widest_value(cells: Sequence[Cells], column: str) -> int:
    return max(display_width(getattr(cell, column)) for cell in cells)


def _one_line_widths(natural: Widths, short: int, space: int) -> Widths | None:
    """Return the widths of the columns of one line; None if the finding would be too short to read.

    `short` is the width of the shortened resources.
    """
    if sum(natural) <= space:
        return natural
    widths = _fit_widths(natural, short, space)
    minimums = int(natural[0] * LEGIBLE_SHARE), min(natural[1], NAMED_ACCOUNT_WIDTH), min(short, RESOURCE_WIDTH)
    is_legible = all(width >= minimum for width, minimum in zip(widths, minimums, strict=True))
    return widths if space >= MIN_ONE_LINE_WIDTH and is_legible else None


def _fit_widths(natural: Widths, short: int, space: int) -> Widths:
    """Return widths whose sum is `space`."""
    most_of_reason = int(space * REASON_SHARE)
    # In the order that the columns get the space, until there is none; a whole resource only if it fits.
    requests = (
        (0, most_of_reason), (1, ACCOUNT_ID_WIDTH), (2, min(short, RESOURCE_WIDTH)), (1, ACCOUNT_WIDTH), (2, short),
        (0, natural[0]), (NOT_SHORTENED, natural[2]), (1, natural[1]), (2, natural[2]),
    )  # fmt: skip
    widths = [0, 0, 0]
    for column, width in requests:
        missing, available = min(width, natural[column]) - widths[column], space - sum(widths)
        if column != NOT_SHORTENED or missing <= available:
            widths[column] += max(min(missing, available), 0)
    return widths[0], widths[1], widths[2]


def _one_line(cells: Cells, widths: Widths) -> Line:
    reason, account = _pad(elide(cells.reason, widths[0]), widths[0]), _pad(_account_text(cells, widths[1]), widths[1])
    return [
        (cells.status, cells.meaning),
        (COLUMN_GAP.join((reason, account, _shorten_resource(cells.resource, widths[2]))), ""),
    ]


def _two_lines(cells: Cells, natural: Widths, space: int) -> Iterator[Line]:
    """Yield the reason, and account and resource below it."""
    yield [(cells.status, cells.meaning), (elide(cells.reason, space), "")]
    _, account, resource_width = natural
    max_width = max(space - len(COLUMN_GAP) - resource_width, min(ACCOUNT_WIDTH, space * 2 // 3))
    width = min(account, max_width) if cells.resource else space
    account_text, end = _account_text(cells, width), _shorten_resource(cells.resource, space - width - len(COLUMN_GAP))
    yield [
        (
            " " * LABEL_WIDTH + (COLUMN_GAP.join((_pad(account_text, width), end)) if cells.resource else account_text),
            "",
        )
    ]


def _account_text(cells: Cells, width: int) -> str:
    return elide(cells.account, width, ACCOUNT_ID_WIDTH if cells.has_account_id else 0)


def _shorten_resource(resource: str, width: int) -> str:
    """Return a resource of at most `width` columns, which keeps its end."""
    if display_width(resource) <= width:
        return resource
    short = _without_arn_prefix(resource)
    return short if display_width(short) <= width else elide(resource, width, max(width - 1, 0))


def _without_arn_prefix(resource: str) -> str:
    """Return a resource without the beginning of its ARN; the account is in another column."""
    return ARN_PREFIX_PATTERN.sub("…", resource, count=1)


def _pad(text: str, width: int) -> str:
    return text + " " * (width - display_width(text))


def _command_lines(commands: Sequence[str], start: str, width: int) -> Iterator[Line]:
    """Yield commands, which are never shortened: a shell reads the lines of a long command as one command."""
    for command in commands:
        line = start
        for word in SHELL_WORD_PATTERN.findall(command):
            if line != start and display_width(f"{line} {word} \\") > width:
                is_comment = command.startswith("#")
                yield [(line if is_comment else f"{line} \\", "")]
                line = f"{start}# " if is_comment else f"{start}  "
            line += word if line.endswith(" ") else f" {word}"
        yield [(line, "")]
