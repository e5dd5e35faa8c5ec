"""The SELECT of a Sigma rule: the columns of a detection, for the events that meet the conditions of the rule."""

from __future__ import annotations

from sigma.exceptions import SigmaConditionError, SigmaFeatureNotSupportedByBackendError
from sigma.modifiers import (
    SigmaCaseSensitiveModifier,
    SigmaEndswithModifier,
    SigmaFieldReferenceModifier,
    SigmaRegularExpressionModifier,
    SigmaStartswithModifier,
)
from sigma.rule import SigmaRule
from sigma.rule.detection import SigmaDetection, SigmaDetectionItem
from sigma.types import SigmaFieldReference

from iamsql.query.sigma.backend import DuckDBBackend, scan_filters
from iamsql.query.sigma.literals import literal
from iamsql.query.sigma.predicates import build_any

RULE_SQL = """
select
    e.event_time, e.account_id, e.region, coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
    e.source_ip_address, e.event_name, e.target, concat({title}, ', failed with ' || e.error_code) as detail,
    e.event_id
from aws_cloudtrail_event as e
where
    {conditions}
"""
# Combinations of modifiers that pySigma accepts, and whose meaning it does not define.
AMBIGUOUS_MODIFIERS = {
    (SigmaRegularExpressionModifier, SigmaStartswithModifier): "re|startswith is not supported: use re, with ^",
    (SigmaRegularExpressionModifier, SigmaEndswithModifier): "re|endswith is not supported: use re, with $",
    (SigmaCaseSensitiveModifier, SigmaFieldReferenceModifier): "cased|fieldref is not supported",
}
MAX_FIELD_NAME_CHARACTERS = 300
MAX_FIELD_NAME_MEMBERS = 12  # names of members, separated by dots


def rule_statement(rule: SigmaRule) -> str:
    """Return the SELECT of a rule. Raise SigmaError for a rule that is not supported."""
    if "timeframe" in rule.detection.detections:
        raise SigmaFeatureNotSupportedByBackendError("a timeframe is not supported")
    for detection in rule.detection.detections.values():
        _require_supported(detection)
    queries = [str(query) for query in DuckDBBackend().convert_rule(rule)]
    if not queries:
        raise SigmaConditionError("the condition selects nothing")
    conditions = [*_scan_conditions(rule), " or ".join(f"({query})" for query in queries)]
    conditions[-1] = f"({conditions[-1]})"
    return RULE_SQL.format(title=literal(rule.title), conditions="\n    and ".join(conditions))


def _scan_conditions(rule: SigmaRule) -> list[str]:
    """Return the conditions on one column that the scan evaluates; a rule with several conditions has none."""
    if len(rule.detection.parsed_condition) > 1:
        return []
    filters = scan_filters(rule.detection.parsed_condition[0].parsed)
    conditions = []
    for column, values in filters.items():
        if predicate := build_any(values):
            conditions.append(f"scan_filter({predicate(f'e.{column}')})")
    return conditions


def _require_supported(detection: SigmaDetection | SigmaDetectionItem) -> None:
    """Raise SigmaError for modifiers that have no defined meaning together, and for long names of fields."""
    if isinstance(detection, SigmaDetection):
        for item in detection.detection_items:
            _require_supported(item)
        return
    for pair, reason in AMBIGUOUS_MODIFIERS.items():
        if {*pair} <= {*detection.modifiers}:
            raise SigmaFeatureNotSupportedByBackendError(reason)
    references = [value.field for value in detection.value if isinstance(value, SigmaFieldReference)]
    for name in (detection.field or "", *references):
        if len(name) > MAX_FIELD_NAME_CHARACTERS or name.count(".") >= MAX_FIELD_NAME_MEMBERS:
            raise SigmaFeatureNotSupportedByBackendError(
                f"the name of a field has more than {MAX_FIELD_NAME_CHARACTERS} characters or {MAX_FIELD_NAME_MEMBERS} members"
            )
