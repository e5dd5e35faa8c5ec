"""Arrange the tree: sections and controls are in the order of their numbers, and each control counts once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from iamsql.check.selection import Job
from iamsql.check.tree import Branch

# Numbers such as 2.10 and IAM.3. The names of AWS Config rules are not numbers: the rules keep the order of their file.
NUMBER_PATTERN = re.compile(r"(?:[A-Za-z]+\.)?[0-9]+(?:\.[0-9]+)*")

ControlKey = tuple[Job, tuple[tuple[str, int], ...]]
NumberSortKey = tuple[tuple[int, str], ...]


def arrange_tree(tree: Branch) -> Branch:
    """Return the tree of a benchmark in the order of its numbers. A control that occurs twice is shown once.

    The second occurrence adds its number to the first if both stand next to each other, and otherwise refers to the first. The
    counts of a section and of the benchmark include each control once, as the totals do.
    """
    return _merge_duplicates(_sort_by_number(tree), {})


def _sort_by_number(branch: Branch) -> Branch:
    children = [_sort_by_number(child) for child in branch.branches]
    # Branches without a number keep their indexes.
    indexes = [index for index, child in enumerate(children) if NUMBER_PATTERN.fullmatch(child.id)]
    numbered = sorted((children[index] for index in indexes), key=lambda child: _number_sort_key(child.id))
    for index, child in zip(indexes, numbered, strict=True):
        children[index] = child
    return replace(branch, branches=children)


def _number_sort_key(text: str) -> NumberSortKey:
    """Return a key that sorts 2.2 before 2.10."""
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in text.split("."))


def _merge_duplicates(branch: Branch, first: dict[ControlKey, Branch]) -> Branch:
    """Return the branch with each control once; `first` has the controls of the branches before it."""
    children: list[Branch] = []
    for child in branch.branches:
        if not child.control:
            children.append(_merge_duplicates(child, first))
            continue
        # A condition of --where can depend on the section: then the same control has other results.
        key = (child.control.job, tuple(sorted(child.counts.items())))
        earlier_branch = first.setdefault(key, child)
        if earlier_branch is child:
            children.append(child)
        elif children and children[-1] is earlier_branch and earlier_branch.title == child.title:
            first[key] = children[-1] = replace(earlier_branch, id=_join_numbers(earlier_branch.id, child.id))
        else:
            children.append(replace(child, same_as=earlier_branch.id or earlier_branch.name, findings=[]))
    merged_branch = replace(branch, branches=children)
    return replace(merged_branch, counts=total_counts([merged_branch]))


def _join_numbers(number: str, other: str) -> str:
    return number if other in number.split(", ") else f"{number}, {other}".strip(", ")


def total_counts(branches: Sequence[Branch]) -> Counter[str]:
    """Return the number of results by status of all controls under the branches, each control once."""
    counts: dict[Job, Counter[str]] = {}
    for control in control_branches(branches):
        if control.control:
            job = control.control.job
            # | takes the larger count, as the totals of a ControlRun do.
            counts[job] = counts.get(job, Counter()) | control.counts
    return sum(counts.values(), Counter())


def control_branches(branches: Sequence[Branch]) -> Iterator[Branch]:
    """Yield the controls under the branches."""
    for branch in branches:
        if branch.control:
            yield branch
        yield from control_branches(branch.branches)
