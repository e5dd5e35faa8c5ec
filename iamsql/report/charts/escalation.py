"""The steps of escalation paths as one graph: a principal is one box, and equal steps of several paths are one arrow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

VERDICTS = ("certain", "conditional", "unknown")  # from the worst


@dataclass(frozen=True)
class Principal:
    """A user or role, with the name of its account, and the address that its box leads to; '' for none."""

    name: str
    account: str = ""
    link: str = ""


@dataclass(frozen=True)
class Step:
    """A step from a principal to the next; without a `target`, to an administrator. `method` is '' if the source is one."""

    source: Principal
    method: str
    target: Principal | None
    verdict: str


@dataclass(frozen=True)
class Box:
    """A principal in the graph, None for the administrator. Copies of a principal keep the graph without cycles."""

    principal: Principal | None
    copy: int = 0


@dataclass(frozen=True)
class Arrow:
    """The methods that lead from a box to another, and their worst verdict."""

    source: Box
    target: Box
    methods: tuple[str, ...]
    verdict: str


def merge(paths: Sequence[Sequence[Step]]) -> list[Arrow]:
    """Return the arrows of all paths. Each path ends at the administrator, without a method if the principal is one already."""
    steps: dict[tuple[Box, Box], list[Step]] = {}
    for path in paths:
        here: Box | None = None
        for step in _complete_path(path):
            if here is None or here.principal != step.source:
                here = Box(step.source)
            there = _first_free_box(step.target, here, steps)
            steps.setdefault((here, there), []).append(step)
            here = there
    return [
        Arrow(
            source,
            target,
            tuple(dict.fromkeys(step.method for step in box_steps if step.method)),
            min((step.verdict for step in box_steps), key=_verdict_rank),
        )
        for (source, target), box_steps in steps.items()
    ]


def _complete_path(path: Sequence[Step]) -> list[Step]:
    last = path[-1].target if path else None
    return [*path, Step(last, "", None, "certain")] if last else list(path)


def _verdict_rank(verdict: str) -> int:
    return VERDICTS.index(verdict) if verdict in VERDICTS else len(VERDICTS)


def _first_free_box(principal: Principal | None, source: Box, edges: dict[tuple[Box, Box], list[Step]]) -> Box:
    """Return the first box of a principal without arrows back to the source."""
    copy = 0
    while _has_path(box := Box(principal, copy), source, edges):
        copy += 1
    return box


def _has_path(start: Box, end: Box, edges: dict[tuple[Box, Box], list[Step]]) -> bool:
    reached, waiting = {start}, [start]
    while waiting:
        here = waiting.pop()
        next_boxes = {target for source, target in edges if source == here} - reached
        reached |= next_boxes
        waiting += next_boxes
    return end in reached
