"""Write the contents as one HTML page without network requests: markup and SVG from Python, data as JSON, a little JavaScript.

Names from AWS reach the markup through Jinja's autoescape, and the scripts only as data. The Content-Security-Policy allows
exactly the two inline blocks by their hashes, so that nothing else on the page can run or load.
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

from iamsql.escaping import printable
from iamsql.report.contents import Contents
from iamsql.report.html import drawings
from iamsql.report.html.data import page_data
from iamsql.report.html.phrases import Phrases, phrases
from iamsql.report.html.sections import benchmark_sections, cards
from iamsql.report.html.tables import SEVERITIES, STATUSES

FOLDER = Path(__file__).parent
SCRIPTS = (
    "data.js",
    "address.js",
    "cells.js",
    "principals.js",
    "table.js",
    "details.js",
    "map.js",
    "controls.js",
    "main.js",
)
STYLES = (FOLDER.parent.parent / "charts" / "charts.css", FOLDER / "assets" / "page.css")
# Browsers from 2023 decompress. A small page is not compressed, so that it also works in older ones.
COMPRESSED_FROM = 256 * 1024
SECTIONS = (
    "coverage", "numbers", "map", "keys", "escalation", "risks", "controls", "findings", "access-keys", "users", "principals",
    "changes", "skipped", "events",
)  # fmt: skip


def write_page(contents: Contents, language: str, stream: TextIO) -> None:
    """Write the page in a language (en or es)."""
    say = phrases(language)
    style = "\n".join(path.read_text(encoding="utf-8") for path in STYLES)
    script = _script()
    encoding, data = _data_block(page_data(contents, say))
    template = _environment(say).get_template("page.html.jinja")
    context = _context(contents, say)
    blocks = {"style": style, "script": script, "policy": _policy(style, script), "encoding": encoding, "data": data}
    data_type = "application/json" if encoding == "json" else "application/octet-stream"
    stream.writelines(template.generate(**context, **blocks, data_type=data_type))


def _script() -> str:
    """Return the scripts as one block, whose names are not global."""
    texts = [(FOLDER / "assets" / name).read_text(encoding="utf-8") for name in SCRIPTS]
    return '"use strict";\n{\n' + "\n".join(texts) + "}\n"


def _data_block(data: Mapping[str, Any]) -> tuple[str, str]:
    """Return the encoding and the text of the data. No text can end the script element: < is escaped, or in Base64."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=str)
    if len(text) < COMPRESSED_FROM:
        return "json", text.replace("<", "\\u003c")
    packed = gzip.compress(text.encode("utf-8", "replace"), 9, mtime=0)
    return "gzip", base64.b64encode(packed).decode()


def _policy(style: str, script: str) -> str:
    """Return the Content-Security-Policy: no requests, and only the inline blocks with these hashes."""
    # HTML parsers convert line ends, which would change the hash; the files have none but \n.
    hashes = [base64.b64encode(sha256(text.encode()).digest()).decode() for text in (style, script)]
    policy = f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'"
    return f"{policy}; base-uri 'none'; form-action 'none'"


def _environment(say: Phrases) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER / "templates"), autoescape=True, undefined=jinja2.StrictUndefined
    )
    environment.globals |= {"say": say.say, "word": say.word}
    environment.filters |= {
        "day": partial(_time, form="%Y-%m-%d"),
        "second": partial(_time, form="%Y-%m-%d %H:%M:%S"),
        "minute": partial(_time, form="%Y-%m-%d %H:%M"),
        "number": say.number,
        "printable": printable,
    }
    return environment


def _with_rows(contents: Contents) -> list[str]:
    """Return the users and roles of the escalation paths that the table of users and roles has."""
    known = {row[0] for row in contents.principals.rows}
    named = (arn for path in contents.escalation for step in path.steps for arn in (step.source, step.target))
    return [arn for arn in dict.fromkeys(named) if arn in known]


def _time(value: datetime | None, form: str) -> str:
    return f"{value:{form}}" if value else ""


def _context(contents: Contents, say: Phrases) -> dict[str, Any]:
    """Return the variables of the templates."""
    has_changes = contents.changes is not None
    return {
        "language": say.language,
        "heading": contents.heading,
        "sections": [name for name in SECTIONS if name != "changes" or has_changes],
        "outcomes": contents.outcomes,
        "accounts": sum(contents.outcomes.values()),
        "cards": cards(contents.numbers, say),
        "drawings": drawings.drawings(contents, say),
        "missing": {**dict.fromkeys(SECTIONS, ""), "events": contents.events.note, **contents.missing},
        "escalation": contents.escalation,
        "escalation_principals": _with_rows(contents),
        "escalation_total": contents.escalation_total,
        "benchmarks": benchmark_sections(contents, say),
        "statuses": STATUSES,
        "severities": SEVERITIES,
        "has_changes": has_changes,
        "changes_summary": contents.changes_summary,
    }
