"""Write the contents as one HTML page without network requests: markup and SVG from Python, data as JSON, a little JavaScript.

Names from AWS reach the markup through Jinja's autoescape, and the scripts only as data. The Content-Security-Policy allows
exactly the two inline blocks by their hashes, so nothing else on the page can run or load.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, TextIO

import jinja2

from iamsql.check.controls import STATUSES
from iamsql.escaping import printable
from iamsql.report.contents import Contents
from iamsql.report.html import drawings, links, overview
from iamsql.report.html.data import page_data
from iamsql.report.html.markup import prose
from iamsql.report.html.phrases import Phrases, phrases
from iamsql.report.html.sections import benchmark_sections
from iamsql.report.html.tables import SEVERITIES

HTML_FOLDER = Path(__file__).parent
SCRIPT_NAMES = (
    "data.js",
    "address.js",
    "cells.js",
    "principals.js",
    "csv.js",
    "rows.js",
    "table.js",
    "details.js",
    "map.js",
    "controls.js",
    "search.js",
    "main.js",
)
STYLE_FILES = (HTML_FOLDER.parent / "charts" / "charts.css", HTML_FOLDER / "assets" / "page.css")
# Browsers from 2023 decompress. A small page is not compressed, so it also works in older browsers.
MIN_COMPRESSED_CHARACTERS = 256 * 1024
DEFAULT_BENCHMARK = "iamsql"  # all controls
SECTIONS = (
    "summary", "first", "since", "escalation", "map", "findings", "controls", "principal-risks", "account-risks", "keys",
    "access-keys", "users", "changes", "events", "skipped",
)  # fmt: skip
NAVIGATION = tuple(name for name in SECTIONS if name not in ("since", "account-risks", "keys"))
# The section of the contents that gives the rows of a section of the page.
CONTENTS_SECTIONS = {"access-keys": "keys", "principal-risks": "risks", "account-risks": "risks", "since": "trend"}


def write_page(contents: Contents, stream: TextIO) -> None:
    """Write the page."""
    say = phrases()
    style = "\n".join(path.read_text(encoding="utf-8") for path in STYLE_FILES)
    script = _script_block()
    encoding, data = _data_block(page_data(contents, say))
    template = _template_environment(say).get_template("page.html.jinja")
    context = _template_context(contents, say)
    blocks = {
        "style": style,
        "script": script,
        "policy": _security_policy(style, script),
        "encoding": encoding,
        "data": data,
    }
    data_type = "application/json" if encoding == "json" else "application/octet-stream"
    stream.writelines(template.generate(**context, **blocks, data_type=data_type))


def _script_block() -> str:
    """Return the scripts as one block, whose names are not global."""
    texts = [(HTML_FOLDER / "assets" / name).read_text(encoding="utf-8") for name in SCRIPT_NAMES]
    return '"use strict";\n{\n' + "\n".join(texts) + "}\n"


def _data_block(data: Mapping[str, Any]) -> tuple[str, str]:
    """Return the encoding and the text of the data. No text can end the script element: < is escaped, or in Base64."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=str)
    if len(text) < MIN_COMPRESSED_CHARACTERS:
        return "json", text.replace("<", "\\u003c")
    compressed_data = gzip.compress(text.encode("utf-8", "replace"), 9, mtime=0)
    return "gzip", base64.b64encode(compressed_data).decode()


def _security_policy(style: str, script: str) -> str:
    """Return the Content-Security-Policy: no requests, and only the inline blocks with these hashes."""
    # HTML parsers convert line ends, which would change the hash; the files have none but \n.
    hashes = [base64.b64encode(sha256(text.encode()).digest()).decode() for text in (style, script)]
    policy = f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'"
    return f"{policy}; base-uri 'none'; form-action 'none'"


def _template_environment(say: Phrases) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HTML_FOLDER / "templates"), autoescape=True, undefined=jinja2.StrictUndefined
    )
    environment.globals |= {"say": say.phrase, "word": say.word}
    environment.globals |= {name: getattr(links, name) for name in ("principal_link", "control_link", "findings_link")}
    environment.filters |= {
        "day": partial(_format_time, form="%Y-%m-%d"),
        "second": partial(_format_time, form="%Y-%m-%d %H:%M:%S"),
        "minute": partial(_format_time, form="%Y-%m-%d %H:%M"),
        "number": "{:,}".format,
        "printable": printable,
        "prose": prose,
        "resource_name": _resource_name,
        "account_id": _account_id,
    }
    return environment


def _account_id(arn: str) -> str:
    """Return the ID of the account in an ARN; '' if there is none."""
    return (arn.split(":", 5)[4:5] or [""])[0]


def _resource_name(arn: str) -> str:
    """Return the part of an ARN after the account, which is shown next to the account."""
    return (arn.split(":", 5)[5:] or [arn])[0] or arn


def _format_time(value: datetime | None, form: str) -> str:
    return f"{value:{form}}" if value else ""


def _page_title(contents: Contents, say: Phrases) -> str:
    """Return the title of the page, with the benchmarks unless they are all controls."""
    titles = [title for name, title in contents.benchmarks if name != DEFAULT_BENCHMARK]
    return " · ".join([*titles, say.phrase("title")])


def _section_notes(contents: Contents) -> dict[str, str]:
    """Return why a section is empty, by section of the page."""
    notes = {**contents.missing, "events": contents.events.note or contents.missing.get("events", "")}
    return {name: notes.get(CONTENTS_SECTIONS.get(name, name), "") for name in SECTIONS}


def _template_context(contents: Contents, say: Phrases) -> dict[str, Any]:
    """Return the variables of the templates."""
    has_changes = contents.changes is not None
    incomplete = {name: bool(contents.incomplete.get(CONTENTS_SECTIONS.get(name, name))) for name in SECTIONS}
    return {
        "title": _page_title(contents, say),
        "heading": contents.heading,
        "sections": [name for name in NAVIGATION if name != "changes" or has_changes],
        "outcomes": contents.outcomes,
        "verdict": overview.verdict(contents, say),
        "banner": overview.missing_data(contents, say),
        "caveats": overview.all_caveats(contents),
        "cards": overview.cards(contents.numbers, say),
        "urgent": contents.urgent,
        "since": overview.since(contents.numbers),
        "other_scope": contents.other_scope,
        "names_only": contents.events.names_only,
        "drawings": drawings.drawings(contents, say),
        "missing": _section_notes(contents),
        "incomplete": incomplete,
        "escalation": contents.escalation,
        "escalation_total": contents.escalation_total,
        "account_names": {row.account_id: row.account_name for row in contents.account_map},
        "benchmarks": benchmark_sections(contents, say),
        "statuses": STATUSES,
        "severities": SEVERITIES,
        "has_changes": has_changes,
        "changes_summary": contents.changes_summary,
    }
