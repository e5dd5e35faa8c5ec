"""Alarms and errors as lines of a terminal, in columns: the reason, the account, and the resource, whose end tells the most."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from iamsql.check.tree import Branch, Finding
from iamsql.escaping import printable
from iamsql.render.terminal.style import Style
from iamsql.render.terminal.width import elide, width_of

GAP = "  "
LABEL = len("ALARM: ")
ONE_LINE = 80  # columns in which one line has room for a finding; fewer columns need two lines
REASON = 0.55  # the share of the reason in a line that is too long
ACCOUNT, RESOURCE, ACCOUNT_ID = 28, 21, 12  # columns that stay; a key ID has 20

ENDLESS = 1_000_000  # columns of a line that is not shortened
WORD = re.compile(
    r"""(?:[^\s'"\\]|'[^']*'|"[^"]*"|\\.|['"\\])+"""
)  # a word of a POSIX shell, as `remediation` quotes values

Line = list[tuple[str, str]]  # texts with their meanings, which determine their colors


def line_width(line: Line) -> int:
    """Return the columns that a line takes."""
    return sum(width_of(text) for text, _ in line)


def painted(line: Line, style: Style) -> str:
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
    place: str
    has_account_id: bool
    commands: tuple[str, ...]


def finding_lines(branch: Branch, room: int, wide: bool) -> Iterator[Line]:
    """Yield the lines of the findings of a control, of at most `room` columns each unless they are `wide`.

    The findings of a control have the same columns: one line for each finding, or two where a line is too short.
    """
    cells = [_cells(finding, branch.severity or "alarm") for finding in branch.findings]
    if not cells:
        return
    natural = tuple(max(width_of(text) for text in texts) for texts in zip(*map(_columns, cells), strict=True))
    space = room - LABEL - len(GAP) * (len(natural) - 1)
    fits = wide or sum(natural) <= space
    widths = natural if fits else _fitted(natural, space)
    for cell in cells:
        if fits or space >= ONE_LINE:
            yield _one_line(cell, widths)
        else:
            yield from _two_lines(cell, natural, room - LABEL)
        yield from _command_lines(cell.commands, ENDLESS if wide else room)


def _cells(finding: Finding, severity: str) -> Cells:
    meaning = severity if finding.status == "alarm" else finding.status
    commands = tuple(map(printable, finding.commands))
    reason, account, place = (printable(text) for text in (finding.reason or "", finding.account, finding.place))
    return Cells(f"{finding.status.upper()}: ", meaning, reason, account, place, finding.number == 1, commands)


def _columns(cells: Cells) -> tuple[str, str, str]:
    return cells.reason, cells.account, cells.place


def _fitted(natural: tuple[int, ...], space: int) -> tuple[int, ...]:
    """Return the widths of the columns in `space` columns."""
    reason, account, place = natural
    least = min(reason, int(space * REASON))
    kept = min(place, RESOURCE)
    name = min(account, max(min(ACCOUNT, space - least - kept), ACCOUNT_ID))
    end = min(place, space - least - name)
    least += min(reason - least, space - least - name - end)
    return least, space - least - end, end


def _one_line(cells: Cells, widths: tuple[int, ...]) -> Line:
    reason, account = _padded(elide(cells.reason, widths[0]), widths[0]), _padded(_account(cells, widths[1]), widths[1])
    return [(cells.status, cells.meaning), (GAP.join((reason, account, _end(cells.place, widths[2]))), "")]


def _two_lines(cells: Cells, natural: tuple[int, ...], space: int) -> Iterator[Line]:
    """Yield the reason, and account and resource below it."""
    yield [(cells.status, cells.meaning), (elide(cells.reason, space), "")]
    _, account, place = natural
    most = max(space - len(GAP) - place, min(ACCOUNT, space * 2 // 3))
    width = min(account, most) if cells.place else space
    shown, end = _account(cells, width), _end(cells.place, space - width - len(GAP))
    yield [(" " * LABEL + (GAP.join((_padded(shown, width), end)) if cells.place else shown), "")]


def _account(cells: Cells, width: int) -> str:
    return elide(cells.account, width, ACCOUNT_ID if cells.has_account_id else 0)


def _end(place: str, width: int) -> str:
    """Return a resource of at most `width` columns, which keeps its end. The account of an ARN is in another column."""
    if width_of(place) <= width:
        return place
    head, _, resource = place.rpartition(":")
    short = f"…{resource}" if head else place
    return short if width_of(short) <= width else elide(place, width, max(width - 1, 0))


def _padded(text: str, width: int) -> str:
    return text + " " * (width - width_of(text))


def _command_lines(commands: Sequence[str], room: int) -> Iterator[Line]:
    """Yield commands, which are never shortened: a shell reads the lines of a long command as one command."""
    start = " " * LABEL
    for command in commands:
        line = start
        for word in WORD.findall(command):
            if line != start and width_of(f"{line} {word} \\") > room:
                is_comment = command.startswith("#")
                yield [(line if is_comment else f"{line} \\", "")]
                line = f"{start}# " if is_comment else f"{start}  "
            line += word if line.endswith(" ") else f" {word}"
        yield [(line, "")]
