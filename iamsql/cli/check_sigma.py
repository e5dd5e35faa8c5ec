"""The part of `iamsql check` that runs Sigma rules, as detections."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from iamsql.catalog import Config, InvalidFile
from iamsql.catalog.settings.check_options import CheckOptions
from iamsql.check.detections import DetectionResult
from iamsql.check.selection import CheckCatalog, has_severity
from iamsql.cli.check_detections import run_selected_detections
from iamsql.model import Result
from iamsql.query.sigma import find_paths

if TYPE_CHECKING:
    from iamsql.query.sigma.rules import RuleSet

RULE_COLUMNS = ("title", "rule_id", "tags")  # after the columns of detections


def check_sigma(config: Config, options: CheckOptions) -> int:
    """Run the rules of folders and files, sigma:PATH, write their findings and notes, and return the exit code."""
    paths = find_paths(options.names)  # before the module is loaded that needs the extra
    from iamsql.query.sigma.rules import load_rules  # noqa: PLC0415 - pySigma is optional

    rule_set = load_rules(paths)
    # Instead of the query folders. The tags are the names of the command, so the refused rules are failures.
    refused_files = {
        name: InvalidFile(reason, name, "detection", options.names) for name, reason in rule_set.refused.items()
    }
    checks = CheckCatalog({}, {}, refused_files, refused=tuple(rule_set.notes))
    queries = [rule.query for rule in rule_set.rules.values()]
    selected_queries = [query for query in queries if has_severity(query, options.severity)]
    return run_selected_detections(
        selected_queries, checks, config, options, lambda result: add_rule_columns(result, rule_set)
    )


def add_rule_columns(result: DetectionResult, rules: RuleSet) -> DetectionResult:
    """Add the title, the ID and the tags of its rule to each finding."""
    columns = {
        name: (rule.query.title, rule.id or None, ", ".join(rule.tags) or None) for name, rule in rules.rules.items()
    }
    findings = result.findings
    rows = [(*row, *columns[row[1]]) for row in findings.rows]
    types = (*findings.types, *("VARCHAR",) * len(RULE_COLUMNS))
    return replace(result, findings=Result((*findings.columns, *RULE_COLUMNS), rows, types))
