"""The navigation of the documentation site: a list of the pages written by hand, and the generated pages by theme.

A page that is listed and does not exist is left out. MkDocs reports a page that exists and is not listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from site_links import ROOT_PAGES

Group = dict[str, tuple[str, ...]]
# In the order that a new user reads them.
START = ("index.md", "guide/install.md", "concepts.md", "demo.md", "cookbook.md", "comparison.md", "faq.md")
GUIDES: Group = {
    "Collect": ("sync", "roles", "doctor", "resource-policies", "import", "troubleshooting"),
    "Query": ("query", "own-queries", "python", "assistants", "changes", "past-state"),
    "Review access": ("permissions", "resource-access", "least-privilege", "principal-report"),
    "Evaluate controls": ("checks", "compliance", "powerpipe", "report"),
    "Investigate": ("events", "incident", "sigma"),
    "Operate": ("weekly-report", "run", "notify", "notify-targets", "notify-aws", "deploy", "lake", "scale"),
}
REFERENCE: Group = {
    "Commands": (
        "reference/commands.md",
        "reference/configuration.md",
        "reference/output.md",
        "reference/exit-codes.md",
    ),
    "Data": (
        "reference/run-file.md",
        "reference/coverage.md",
        "reference/clients.md",
        "reference/query-files.md",
        "reference/promises.md",
        "facts.md",
        "escalation.md",
    ),
    "Security": ("reference/policies.md", "reference/security.md", "reference/threat-model.md", "security-policy.md"),
    "Project": ("reference/benchmarks.md", "changelog.md", "contributing.md", "ARCHITECTURE.md"),
}
ROW = re.compile(r"^\| \[(\w+)\]\(((?:queries|tables)/\w+\.md)\) \|", re.MULTILINE)
HEADING = re.compile(r"^(##+) (.*)$", re.MULTILINE)
INTRODUCTIONS = {
    "control": (
        "Controls",
        "A control evaluates one requirement for each resource. `iamsql check BENCHMARK` runs the controls of a benchmark, and "
        "`iamsql check NAME` one control: [Checks](guide/checks.md). "
        "Every control has the same [first columns](queries.md#columns-of-every-control).",
    ),
    "detection": (
        "Detections",
        "A detection finds one kind of activity in CloudTrail events. `iamsql check detections` runs all of them: "
        "[Events and incidents](guide/events.md). "
        "Every detection has the same [first columns](queries.md#columns-of-every-detection).",
    ),
}


def navigation(docs: Path) -> list[Any]:
    """Return the navigation in the form of `nav` in mkdocs.yml, for the pages in a docs folder."""
    guides = {title: tuple(f"guide/{name}.md" for name in names) for title, names in GUIDES.items()}
    kinds = query_kinds(docs)
    return [
        {"Start": [{"Overview": page} if page == "index.md" else page for page in _existing(docs, START)]},
        {"Guides": [{title: list(_existing(docs, names))} for title, names in guides.items()]},
        {"Reference": [{title: list(_existing(docs, names))} for title, names in REFERENCE.items()]},
        {"Queries": [{"All queries": "queries.md"}, *_by_theme(docs / "queries.md", kinds, "report")]},
        {"Controls": [{"All controls": "controls.md"}, *_by_theme(docs / "queries.md", kinds, "control")]},
        {"Detections": [{"All detections": "detections.md"}, *_by_theme(docs / "queries.md", kinds, "detection")]},
        {"Tables": [{"All tables": "tables.md"}, *_by_theme(docs / "tables.md", {}, "")]},
    ]


def listed_pages(docs: Path) -> set[str]:
    """Return the pages that the navigation of a docs folder contains."""

    def pages(entries: list[Any]) -> Iterator[str]:
        for entry in entries:
            for value in entry.values() if isinstance(entry, dict) else [entry]:
                yield from pages(value) if isinstance(value, list) else [value]

    return set(pages(navigation(docs)))


def indexes(docs: Path) -> dict[str, str]:
    """Return the pages that list controls and detections, with the rows that docs/queries.md has about them."""
    kinds, made = query_kinds(docs), {}
    for kind, (title, introduction) in INTRODUCTIONS.items():
        text = f"# {title}\n\n{introduction}\n"
        for theme, table in _themes(docs / "queries.md"):
            head = [line for line in table.splitlines() if line.startswith("|")][:2]
            rows = [row for row in table.splitlines() if (found := ROW.match(row)) and kinds.get(found[2]) == kind]
            text += "\n".join(["", f"## {theme}", "", *head, *rows, ""]) if rows else ""
        made[f"{title.lower()}.md"] = text
    return made


def query_kinds(docs: Path) -> dict[str, str]:
    """Return the kind of each query by the path of its page, from the line below the title."""
    kinds = {}
    for path in sorted(docs.glob("queries/*.md")):
        with path.open(encoding="utf-8") as stream:
            facts = [next(stream) for _ in range(3)][-1]
        kinds[f"queries/{path.name}"] = facts.partition(",")[0].lower()
    return kinds


def _existing(docs: Path, pages: tuple[str, ...]) -> Iterator[str]:
    return (page for page in pages if page in ROOT_PAGES.values() or (docs / page).is_file())


def _themes(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the lowest headings of an index page, each with the text below it."""
    text = path.read_text(encoding="utf-8")
    found = list(HEADING.finditer(text))
    ends = [*(heading.start() for heading in found[1:]), len(text)]
    for heading, end in zip(found, ends, strict=False):
        yield heading[2], text[heading.end() : end]


def _by_theme(path: Path, kinds: dict[str, str], kind: str) -> Iterator[dict[str, list[dict[str, str]]]]:
    """Yield the pages that an index page lists under each heading, the pages of one kind of query, or all if no kind is given."""
    for theme, text in _themes(path):
        entries = [{name: page} for name, page in ROW.findall(text) if not kind or kinds.get(page) == kind]
        if entries:
            yield {theme: entries}
