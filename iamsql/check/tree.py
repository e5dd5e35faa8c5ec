"""Verdicts for people: the benchmark as a tree, counts and bars to its right, and under each control what needs somebody."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from shutil import get_terminal_size
from typing import TextIO

from iamsql.catalog import Benchmark
from iamsql.check.judging import STATUSES, Judged, Judging
from iamsql.check.selection import Place
from iamsql.render import seen

BAR = 10
SHOWN = 10  # lines a control
NARROW, WIDE, PLAIN = 72, 140, 110


@dataclass
class Branch:
    """A line of the tree: what it says, its counts, and what hangs under it."""

    label: str
    counts: Counter[str] = field(default_factory=Counter)
    lines: list[str] = field(default_factory=list)
    branches: list[Branch] = field(default_factory=list)


def write_table(judging: Judging, stream: TextIO) -> None:
    """Write the tree with the alarms and errors of each control, and the summary."""
    _write(judging, stream, SHOWN)


def write_brief(judging: Judging, stream: TextIO) -> None:
    """Write the tree with counts alone, and the summary."""
    _write(judging, stream, 0)


def _write(judging: Judging, stream: TextIO, shown: int) -> None:
    found = judging.run()
    trees = [
        _grown(tree, [_leaf(next(found), shown) for _ in places], places)
        for tree, places in zip(judging.chosen.trees, judging.chosen.places, strict=True)
        if places
    ]
    for _ in found:  # what follows the last verdict: its table is dropped
        continue
    width = _width(stream)
    most = max((sum(tree.counts.values()) for tree in trees), default=0)
    for tree in trees:
        for line in _drawn(tree, width, len(str(most)), ""):
            stream.write(line + "\n")
        stream.write("\n")
    for line in _summary(judging.totals):
        stream.write(line + "\n")
    if unknown := judging.not_evaluated:
        stream.write(f"\n{unknown}\n")


def _width(stream: TextIO) -> int:
    if stream is not sys.stdout or not stream.isatty():
        return PLAIN
    return max(NARROW, min(get_terminal_size().columns, WIDE))


def _leaf(judged: Judged, shown: int) -> Branch:
    """Make the line of a control, with as many of its alarms and errors as are shown."""
    place = judged.place
    grave = f" ({place.severity})" if place.severity != "none" else ""
    leaf = Branch(f"{place.id} {place.title}".strip() + f" [{place.query.name}]{grave}", Counter(judged.counts))
    if judged.failure:
        leaf.lines.append(f"FAILED: {seen(judged.failure.splitlines()[0])}")
    if not shown:
        return leaf
    lines = judged.lines(("alarm", "error"), shown)
    leaf.lines += [_said(*line) for line in lines]
    if (more := leaf.counts["alarm"] + leaf.counts["error"] - sum(number for *_, number, _ in lines)) > 0:
        leaf.lines.append(f"… {more} more: iamsql check {_reference(place)} --output csv")
    return leaf


def _said(
    status: str, reason: str | None, account: str, name: str | None, region: str, resource: str, ident: str | None,
    number: int, names: list[str],
) -> str:  # fmt: skip
    """Spell a line: the verdict, its account or how many, and what it is of."""
    who = " ".join(filter(None, (name, account))) if number == 1 else _accounts(number, names)
    parts = (None if region == "global" else region, *(() if _is_account(resource) else (resource, ident)))
    what = " ".join(filter(None, parts))
    return f"{status.upper()}: " + "  ".join(seen(part) for part in (reason or "", who, what) if part)


def _accounts(number: int, names: list[str]) -> str:
    """Name the first of several accounts."""
    return f"{number} accounts: {', '.join(names)}{', …' if number > len(names) else ''}"


def _reference(place: Place) -> str:
    return place.query.name if place.query.latest else f"{place.query.name}@{place.query.version}"


def _is_account(resource: str) -> bool:
    return ":::" in resource and resource.rpartition(":::")[2].isdigit()


def _grown(tree: Benchmark, leaves: list[Branch], places: tuple[Place, ...]) -> Branch:
    """Hang the controls on their sections; a section without any is left out."""
    root = Branch(tree.title + (f" [{tree.name}]" if tree.name else ""))
    held: dict[tuple[int, ...], Branch] = {(): root}
    for leaf, place in zip(leaves, places, strict=True):
        path: tuple[int, ...] = ()
        root.counts.update(leaf.counts)
        for section in place.sections:
            above, path = path, (*path, id(section))
            if path not in held:
                held[path] = Branch(section.label)
                held[above].branches.append(held[path])
            held[path].counts.update(leaf.counts)
        held[path].branches.append(leaf)
    return root


def _drawn(branch: Branch, width: int, digits: int, indent: str) -> Iterator[str]:
    """Draw a branch and all under it."""
    yield _line(f"{indent}+ {seen(branch.label)}", branch.counts, width, digits)
    yield from (f"{indent}|   {line}" for line in branch.lines)
    for one in branch.branches:
        yield from _drawn(one, width, digits, f"{indent}| ")


def _line(label: str, counts: Mapping[str, int], width: int, digits: int) -> str:
    """Put the figures to the right: alarms and errors, of all verdicts, and a bar of their part."""
    bad, every = counts.get("alarm", 0) + counts.get("error", 0), sum(counts.values())
    figures = f"{bad:>{digits}} / {every:>{digits}} [{_bar(bad, every)}]"
    room = width - len(figures) - 2
    short = label if len(label) <= room else label[: room - 1] + "…"
    return f"{short} {'.' * max(room - len(short), 0)} {figures}"


def _bar(part: int, whole: int) -> str:
    filled = -(-part * BAR // whole) if whole else 0  # one alarm is seen
    return "=" * filled + " " * (BAR - filled)


def _summary(totals: Counter[str]) -> Iterator[str]:
    """Count the verdicts by status, each control once."""
    every = sum(totals.values())
    digits = len(str(every))
    yield "Summary"
    yield ""
    for status in reversed(STATUSES):
        yield f"{status.upper() + ' ':.<10} {totals[status]:>{digits}} [{_bar(totals[status], every)}]"
    yield f"{'TOTAL ':.<10} {every:>{digits}}"
