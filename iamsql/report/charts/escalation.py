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


def merge_paths(paths: Sequence[Sequence[Step]]) -> list[Arrow]:
    """Return the arrows of all paths. Each path ends at the administrator, without a method if the principal is one already."""
    steps: dict[tuple[Box, Box], list[Step]] = {}
    for path in paths:
        source_box: Box | None = None
        for step in _complete_path(path):
            if source_box is None or source_box.principal != step.source:
                source_box = Box(step.source)
            target_box = _first_free_box(step.target, source_box, steps)
            steps.setdefault((source_box, target_box), []).append(step)
            source_box = target_box
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
    last_principal = path[-1].target if path else None
    return [*path, Step(last_principal, "", None, "certain")] if last_principal else list(path)


def _verdict_rank(verdict: str) -> int:
    return VERDICTS.index(verdict) if verdict in VERDICTS else len(VERDICTS)


def _first_free_box(principal: Principal | None, source: Box, edges: dict[tuple[Box, Box], list[Step]]) -> Box:
    """Return the first box of a principal without arrows back to the source."""
    copy = 0
    while _has_path(box := Box(principal, copy), source, edges):
        copy += 1
    return box


def _has_path(start: Box, end: Box, edges: dict[tuple[Box, Box], list[Step]]) -> bool:
    reached_boxes, boxes_to_visit = {start}, [start]
    while boxes_to_visit:
        current_box = boxes_to_visit.pop()
        next_boxes = {target for source, target in edges if source == current_box} - reached_boxes
        reached_boxes |= next_boxes
        boxes_to_visit += next_boxes
    return end in reached_boxes
