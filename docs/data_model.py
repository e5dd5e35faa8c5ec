"""Draw docs/images/data-model.svg, the tables of a run file and how they depend on each other; `--check` compares the file.

A test compares the names in the drawing with the tables and shipped queries. The image has no script and loads nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

IMAGE = Path(__file__).parent / "images" / "data-model.svg"
WIDTH, HEIGHT, LINE, PAD = 1020, 560, 17, 12


class Box(NamedTuple):
    """A box: its corner and width, its CSS class, its title, and the names of tables or queries."""

    x: int
    y: int
    width: int
    style: str
    title: str
    names: tuple[str, ...]

    @property
    def height(self) -> int:
        """Return the height for the title and the names."""
        return 2 * PAD + LINE * (len(self.names) + 1)


ORGANIZATION = ("aws_organizations_account", "aws_organizations_policy", "aws_organizations_policy_target")
PRINCIPALS = ("aws_iam_user", "aws_iam_group", "aws_iam_role", "aws_iam_access_key")
POLICIES = ("aws_iam_policy", "aws_iam_principal_policy", "aws_resource_policy", "aws_iam_document")
COVERAGE = ("iamsql.run", "iamsql.accounts", "iamsql.coverage", "iamsql.event_coverage")
INVENTORY = ("audit_report", "stale_keys", "users_without_mfa", "who_created")
ACCESS = ("can", "who_can", "admins", "escalation_paths", "external_access")
ACTIVITY = ("key_history", "key_timeline", "user_history", "unused_permissions")
BOXES = {
    "organization": Box(20, 20, 270, "t", "Organization", ORGANIZATION),
    "principals": Box(20, 160, 270, "t", "Principals", PRINCIPALS),
    "policies": Box(375, 20, 270, "t", "Policies", POLICIES),
    "statements": Box(375, 185, 270, "t", "Statements", ("aws_iam_statement",)),
    "events": Box(730, 20, 270, "t", "Events", ("aws_cloudtrail_event", "aws_iam_action_use")),
    "coverage": Box(730, 140, 270, "c", "Coverage", COVERAGE),
    "inventory": Box(20, 345, 270, "a", "Who and what exists", INVENTORY),
    "access": Box(375, 345, 270, "a", "Who may do what", ACCESS),
    "activity": Box(730, 345, 270, "a", "Who did what", ACTIVITY),
}
# From a box to the box on the right or below, with the column or the kind of policy that joins them.
ARROWS = (
    ("organization", "policies", "SCP, RCP"),
    ("principals", "statements", "principal_arn"),
    ("policies", "statements", "document_id"),
    ("principals", "inventory", "account_id, user_name"),
    ("statements", "access", "effect, actions, conditions"),
    ("coverage", "activity", "periods that were read"),
    ("events", "coverage", ""),
)
FOOT = (
    "Every answer also reads Coverage: if a call that it depends on failed, the result is unknown, and a note names the account.",
    "Controls and detections are queries over the same tables. The schema raw has each item as AWS returned it.",
)
STYLE = """
.p { fill: #ffffff; } rect { rx: 6; stroke-width: 1.2; }
text { font: 13px ui-monospace, Menlo, Consolas, monospace; fill: #1f2328; }
.h { font: 600 14px system-ui, sans-serif; } .s { font: 12px system-ui, sans-serif; fill: #59636e; }
.t { fill: #eef4fd; stroke: #4184e4; } .c { fill: #fbeefc; stroke: #a64bb0; } .a { fill: #eefaf0; stroke: #2f8a4c; }
path { stroke: #59636e; stroke-width: 1.4; fill: none; marker-end: url(#end); }
"""


def drawing() -> str:
    """Return the image as SVG."""
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">',
            "<title>The tables of a run file, from organization, principals and policies to the queries that read them</title>",
            f"<style>{STYLE}</style>",
            '<defs><marker id="end" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
            '<polygon points="0,0 8,4 0,8" fill="#59636e"/></marker></defs>',
            f'<rect class="p" width="{WIDTH}" height="{HEIGHT}"/>',
            *(line for box in BOXES.values() for line in _box(box)),
            *(line for arrow in ARROWS for line in _arrow(*arrow)),
            *(f'<text class="s" x="20" y="{515 + 20 * row}">{escape(text)}</text>' for row, text in enumerate(FOOT)),
            "</svg>",
            "",
        ]
    )


def _box(box: Box) -> Iterator[str]:
    yield f'<rect class="{box.style}" x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}"/>'
    yield f'<text class="h" x="{box.x + PAD}" y="{box.y + PAD + 12}">{escape(box.title)}</text>'
    for row, name in enumerate(box.names, 1):
        yield f'<text x="{box.x + PAD}" y="{box.y + PAD + 12 + LINE * row}">{escape(name)}</text>'


def _arrow(start: str, end: str, label: str) -> Iterator[str]:
    """Yield a line to the box on the right, or to the box below."""
    first, second = BOXES[start], BOXES[end]
    if second.x > first.x:
        height = max(first.y, second.y) + 40
        yield f'<path d="M{first.x + first.width} {height} H{second.x - 2}"/>'
        place = (first.x + first.width + 6, height - 8)
    else:
        middle = first.x + first.width // 2
        yield f'<path d="M{middle} {first.y + first.height} V{second.y - 2}"/>'
        place = (middle + 8, (first.y + first.height + second.y) // 2 + 4)
    if label:
        yield f'<text class="s" x="{place[0]}" y="{place[1]}">{escape(label)}</text>'


def main() -> int:
    """Write the image, or with --check compare it; return the exit code."""
    if "--check" not in sys.argv:
        IMAGE.write_text(drawing(), encoding="utf-8")
    elif IMAGE.read_text(encoding="utf-8") != drawing():
        print("docs/images/data-model.svg is out of date: run make docs", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
