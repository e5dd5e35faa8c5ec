"""Write the pages of tables, shipped queries, escalation methods and facts about AWS; `--check` lists pages that differ."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from pathlib import Path

import answers
import escalation_page
import fact_page
import query_pages
import table_pages
from fragments import cell, table

from iamsql.check.detections import technique
from iamsql.model import Query
from iamsql.query.listing import is_on_demand
from iamsql.tables.names import parse_service
from iamsql.tables.registry import all_tables

HERE = Path(__file__).parent
THEMES = {"cloudtrail": "Events", "coverage": "Coverage", "root": "Root users"}
CONTROL = {
    "resource": "The ARN of the resource; `arn:aws:::ACCOUNT` for the account itself.",
    "status": "`ok`, `alarm`, `info`, `skip`, `error` or `muted`.",
    "reason": "The reason for the status, as a sentence.",
    "account_id": "The ID of the account.",
    "region": "The region of the resource, or global.",
}
FINDING = {
    "event_time": "The date and time of the event, in UTC.",
    "account_id": "The ID of the account that received the event.",
    "region": "The region of the event.",
    "actor": "The ARN of the user, role or session that sent the request, or the service.",
    "source_ip_address": "The IP address of the caller; a service name where an AWS service sent the request.",
    "event_name": "The name of the API action.",
    "target": "The resource that the request parameters name.",
    "detail": "The reason why the event is a finding.",
    "event_id": "The ID of the CloudTrail event.",
}


@cache
def pages() -> dict[str, str]:
    """Map the path of each page under docs/ to its text."""
    texts = table_pages.pages() | query_pages.pages() | escalation_page.pages()
    texts["facts.md"] = "\n\n".join(fact_page.page())
    texts["tables.md"] = "\n".join(_tables())
    texts["queries.md"] = "\n".join(_queries([found[-1] for found in query_pages.versions().values()]))
    return {path: text.rstrip("\n") + "\n" for path, text in sorted(texts.items())}


def outdated(folder: Path = HERE) -> list[str]:
    """Return the paths of pages that are missing or differ, or whose table or query no longer exists."""
    wanted = pages()
    existing = {
        str(path.relative_to(folder).as_posix()): path.read_text(encoding="utf-8")
        for path in (*folder.glob("*.md"), *folder.glob("tables/*"), *folder.glob("queries/*"))
        if path.parent != folder or path.name in wanted
    }
    return sorted(path for path in wanted.keys() | existing.keys() if wanted.get(path) != existing.get(path))


def write(folder: Path = HERE) -> list[str]:
    """Write or delete the pages that are outdated, and return their paths."""
    wanted, changed = pages(), outdated(folder)
    for path in changed:
        if path in wanted:
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).write_text(wanted[path], encoding="utf-8")
        else:
            (folder / path).unlink()
    return changed


def _tables() -> Iterator[str]:
    yield from (
        "# Tables",
        "",
        "`iamsql tables` lists the tables with their row counts in a run; `iamsql tables NAME` describes a table. A sync collects",
        "the tables marked *on demand* only with `--table NAME` or `--table all`.",
    )
    for service, names in groupby(sorted(all_tables(), key=lambda name: (parse_service(name), name)), parse_service):
        yield from ("", f"## {service}", "", "| table | a row is | collected |", "| --- | --- | --- |")
        for name in names:
            when = "on demand" if is_on_demand(name) else "always"
            yield f"| [{name}](tables/{name}.md) | {cell(all_tables()[name].about)} | {when} |"
    yield from ("", "## Columns of most tables", "", table(("column", "meaning"), list(table_pages.common().items())))


def _queries(newest: list[Query]) -> Iterator[str]:
    yield from (
        "# Queries",
        "",
        "`iamsql queries` lists them; `iamsql queries NAME` shows one; `iamsql query NAME` runs it.",
    )
    others = sorted((query for query in newest if query.kind != "detection"), key=_theme)
    for theme, group in groupby(others, _theme):
        yield from ("", f"## {THEMES.get(theme, theme.replace('_', ' ').capitalize())}", "")
        yield from ("| query | answers | parameters |", "| --- | --- | --- |")
        for query in sorted(group, key=lambda query: query.name):
            params = ", ".join(f"`{param.name}` {param.type}" for param in query.params)
            yield f"| [{query.name}](queries/{query.name}.md) | {cell(query.title)} | {params} |"
    yield from _detections(sorted((query for query in newest if query.kind == "detection"), key=_theme))
    for kind, meanings in (("control", CONTROL), ("detection", FINDING)):
        rows = [(name, meanings[name]) for name in answers.STANDARD[kind]]
        yield from ("", f"## Columns of every {kind}", "", table(("column", "meaning"), rows))


def _detections(detections: list[Query]) -> Iterator[str]:
    yield from (
        "",
        "## Detections",
        "",
        "`iamsql check detections` runs all of them. They are grouped by MITRE ATT&CK tactic.",
    )
    for tactic, group in groupby(detections, _theme):
        yield from ("", f"### {tactic.replace('_', ' ').capitalize()}", "", "| detection | finds | severity | ATT&CK |")
        yield "| --- | --- | --- | --- |"
        for query in sorted(group, key=lambda query: query.name):
            link = f"[{query.name}](queries/{query.name}.md)"
            yield f"| {link} | {cell(query.title)} | {query.severity or ''} | {technique(query) or ''} |"


def _theme(query: Query) -> str:
    return Path(query.path).parent.name


def main() -> int:
    """Write the pages, or with --check list the outdated pages; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="Write nothing; exit with 1 if a page differs.")
    check = parser.parse_args().check
    changed = outdated() if check else write()
    for path in changed:
        print(f"docs/{path} {'is out of date: run make docs' if check else 'written'}", file=sys.stderr)
    return int(check and bool(changed))


if __name__ == "__main__":
    sys.exit(main())
