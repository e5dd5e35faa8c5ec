"""Write the findings of the linter as SARIF 2.1.0, which editors and code scanning show at their location in the file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TextIO
from urllib.parse import quote

from iamsql.check.lint.findings import Finding
from iamsql.check.outputs.sarif import SCHEMA
from iamsql.escaping import escape_json
from iamsql.version import HOMEPAGE, __version__

RULE_DESCRIPTIONS = {
    "file": "A file that cannot be read, or a name of two files.",
    "file-name": "The name of a file is not the name of a query.",
    "front-matter": "A key or value of the front matter is not valid.",
    "parameter": "A parameter is not declared, or not used.",
    "syntax": "The SQL cannot be parsed, or has a second statement.",
    "table": "A table does not exist.",
    "column": "A column does not exist, or a column that the kind of the query needs is missing.",
    "function": "A function or query does not exist, or does not take the arguments.",
    "sql": "Another error of the SQL.",
    "null": "A comparison with null is never true.",
    "limit": "LIMIT without ORDER BY returns other rows each time.",
    "clock": "A function reads the clock: the answer differs on another day.",
    "order": "Values are concatenated without an order.",
}
WARNING_RULES = ("limit", "clock", "order")  # the other rules find errors


def write_sarif(findings: Sequence[Finding], stream: TextIO) -> None:
    """Write one SARIF run."""
    rules = [{"id": name, "shortDescription": {"text": text}} for name, text in RULE_DESCRIPTIONS.items()]
    driver = {"name": "iamsql lint", "semanticVersion": __version__, "informationUri": HOMEPAGE, "rules": rules}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "automationDetails": {"id": "iamsql-lint/"},
        "results": [_sarif_result(finding) for finding in findings],
    }
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    stream.write(escape_json(json.dumps(document, ensure_ascii=False)) + "\n")


def _sarif_result(finding: Finding) -> dict[str, Any]:
    return {
        "ruleId": finding.rule,
        "ruleIndex": list(RULE_DESCRIPTIONS).index(finding.rule),
        "level": "warning" if finding.rule in WARNING_RULES else "error",
        "message": {"text": finding.message},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(finding.file.replace("\\", "/"), safe="/", errors="replace")},
                    "region": {"startLine": finding.line, "startColumn": finding.column},
                }
            }
        ],
    }
