"""The Sigma rules for AWS CloudTrail in files, as detections. A rule that cannot run is refused by name, and the others run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sigma.collection import SigmaCollection
from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaError
from sigma.rule import SigmaRule

from iamsql.model import IamsqlError, Query
from iamsql.query.sigma import SIGMA_PREFIX
from iamsql.query.sigma.documents import read_documents, rule_files
from iamsql.query.sigma.policy import SIGMA_POLICY
from iamsql.query.sigma.statement import rule_statement

CLOUDTRAIL_LOGSOURCE = ("aws", "cloudtrail")
MAX_SHOWN = 5  # names of rules in a note
SEVERITY_BY_LEVEL = {"informational": "info"}  # the other levels have the same names
TECHNIQUE_PATTERN = re.compile(r"t\d{4}(\.\d{3})?")
OTHER_TAG_PATTERN = re.compile(r"[a-z]+\d+")  # the ID of a group, a software, a data source or a mitigation of ATT&CK


@dataclass(frozen=True)
class Rule:
    """A Sigma rule as a detection, with its ID ('' without one) and its tags as the file has them."""

    query: Query
    id: str = ""
    tags: tuple[str, ...] = ()


@dataclass
class RuleSet:
    """The rules by the names of their detections, the reasons of the refused ones by name, and notes on what was not read."""

    rules: dict[str, Rule] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def load_rules(paths: list[str]) -> RuleSet:
    """Read the rules of folders and files.

    Raise IamsqlError for a path without rules for AWS CloudTrail.
    """
    rule_set, other_titles = RuleSet(), []
    for path in rule_files(paths, rule_set.notes):
        try:
            for rule in _parse_file(path):
                other_titles += _add_rule(rule_set, path, rule)
        except IamsqlError as error:
            rule_set.refused.setdefault(str(path), str(error))
        # PyYAML and pySigma raise errors of many classes for invalid files, such as AttributeError and RecursionError.
        except Exception as error:
            rule_set.refused.setdefault(str(path), f"{path}: not run: {_one_line_message(error)}")
    if other_titles:
        titles = ", ".join(other_titles[:MAX_SHOWN]) + (
            f" and {len(other_titles) - MAX_SHOWN} more" if len(other_titles) > MAX_SHOWN else ""
        )
        rules = "1 Sigma rule was" if len(other_titles) == 1 else f"{len(other_titles)} Sigma rules were"
        rule_set.notes.append(
            f"{rules} not run, because the log source is not product aws, service cloudtrail: {titles}."
        )
    if not rule_set.rules and not rule_set.refused:
        lines = "\n".join(rule_set.notes)
        raise IamsqlError(f"no Sigma rules for product aws, service cloudtrail in {', '.join(paths)}\n{lines}".strip())
    return rule_set


def _parse_file(path: Path) -> Iterator[SigmaRule | str]:
    """Yield the rules of a file, and a sentence for each document that is not a rule, or not a valid one."""
    documents = read_documents(path)
    options: dict[str, Any] = {"collect_filters": True, "resolve_references": False, "policy": SIGMA_POLICY}
    collection = SigmaCollection.from_dicts(documents, collect_errors=True, **options)
    for rule in collection.rules:
        if isinstance(rule, SigmaCorrelationRule):
            yield f"{rule.title or rule.name}: correlation rules are not supported"
        else:
            yield rule
    yield from (f"{rule.title}: Sigma filters are not supported" for rule in collection.filters)
    rule_errors = [error for rule in (*collection.rules, *collection.filters) for error in rule.errors]
    yield from (_one_line_message(error) for error in collection.errors if error not in rule_errors)


def _add_rule(rule_set: RuleSet, path: Path, rule: SigmaRule | str) -> list[str]:
    """Add a rule to the detections or to the refused rules; return its title if the rule is for another log source."""
    if isinstance(rule, str):
        rule_set.refused[f"{path}#{len(rule_set.refused)}"] = f"{path}: not run: {rule}"
        return []
    logsource = rule.logsource
    if (
        logsource
        and (logsource.product or logsource.service or logsource.category)
        and (logsource.product, logsource.service) != CLOUDTRAIL_LOGSOURCE
    ):
        return [" ".join(str(rule.title or path.name).split())]
    name = f"{SIGMA_PREFIX}{_name_of_file(path)}"
    if name in rule_set.rules:
        name = f"{name}_{_to_identifier(str(rule.title))}"
    try:
        if rule.errors:
            raise rule.errors[0]
        if name in rule_set.rules:
            raise SigmaError(f"another rule has the name {name}: {rule_set.rules[name].query.path}")
        rule_set.rules[name] = _convert_rule(name, path, rule)
    except Exception as error:  # as in load_rules: pySigma raises TypeError and others when it converts a rule
        rule_set.refused[f"{path}#{len(rule_set.refused)}"] = (
            f"{path}: the rule {rule.title!r} was not run: {_one_line_message(error)}"
        )
    return []


def _convert_rule(name: str, path: Path, rule: SigmaRule) -> Rule:
    """Convert a rule. Raise SigmaError for a rule that is not supported."""
    tags = tuple(str(tag) for tag in rule.tags)
    level = str(rule.level) if rule.level else ""
    query = Query(
        name=name,
        title=rule.title,
        sql=rule_statement(rule),
        path=str(path),
        kind="detection",
        severity=SEVERITY_BY_LEVEL.get(level, level),
        tags=tuple(_attack_tags(tags)),
        about=(rule.description or "").strip(),
        shipped=False,
    )
    return Rule(query, str(rule.id or ""), tags)


def _attack_tags(tags: tuple[str, ...]) -> Iterator[str]:
    """Yield the techniques and tactics of ATT&CK in the form of the tags of shipped detections."""
    for tag in tags:
        namespace, _, name = tag.lower().partition(".")
        if namespace == "attack" and TECHNIQUE_PATTERN.fullmatch(name):
            yield f"mitre:{name.upper()}"
        elif namespace == "attack" and not OTHER_TAG_PATTERN.fullmatch(name):
            yield f"tactic:{name.replace('-', '_')}"


def _name_of_file(path: Path) -> str:
    return _to_identifier(path.stem) or "rule"


def _to_identifier(text: str) -> str:
    return re.sub("[^a-z0-9]+", "_", text.lower()).strip("_")


def _one_line_message(error: Exception) -> str:
    """Return the message of an error in one line."""
    return " ".join(str(error).split()) or type(error).__name__
