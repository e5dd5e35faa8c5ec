"""Convert the condition of a Sigma rule to a condition on a row `e` of aws_cloudtrail_event, which is true or false, never null."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionItem,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.conversion.base import TextQueryBackend
from sigma.conversion.state import ConversionState
from sigma.exceptions import SigmaFeatureNotSupportedByBackendError
from sigma.types import (
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaString,
    SigmaType,
)

from iamsql.query.sigma.fields import COLUMN_BY_FIELD, any_pair, any_value, has_value, record_text
from iamsql.query.sigma.predicates import any_keyword, build_any

COMPARISON_FUNCTIONS = {
    (False, False): "",
    (True, False): "starts_with",
    (False, True): "ends_with",
    (True, True): "contains",
}

Condition = ConditionItem | ConditionFieldEqualsValueExpression | ConditionValueExpression | None


class DuckDBBackend(TextQueryBackend):
    """The SQL of conditions. The templates of TextQueryBackend join them; the methods convert the conditions on fields."""

    name: ClassVar[str] = "iamsql"
    group_expression: ClassVar[str] = "({expr})"
    or_token: ClassVar[str] = "or"  # noqa: S105
    and_token: ClassVar[str] = "and"  # noqa: S105
    not_token: ClassVar[str] = "not"  # noqa: S105

    def decide_convert_condition_as_in_expression(
        self, cond: ConditionOR | ConditionAND, state: ConversionState
    ) -> bool:
        """Return whether to convert all values of a condition at once: the values of one field, or keywords."""
        if isinstance(cond, ConditionOR) and all(isinstance(arg, ConditionValueExpression) for arg in cond.args):
            return True
        fields = {getattr(arg, "field", None) for arg in cond.args}
        values = [arg.value for arg in cond.args if isinstance(arg, ConditionFieldEqualsValueExpression)]
        is_or = isinstance(cond, ConditionOR) and len(fields) == 1 and len(values) == len(cond.args)
        return is_or and build_any([part for value in values for part in expand_value(value)]) is not None

    def convert_condition_as_in_expression(self, cond: ConditionOR | ConditionAND, state: ConversionState) -> str:
        """Convert several values of a field, or several keywords."""
        conditions = [arg for arg in cond.args if isinstance(arg, ConditionFieldEqualsValueExpression)]
        keywords = [arg.value for arg in cond.args if isinstance(arg, ConditionValueExpression)]
        if keywords:
            return _keyword_condition(keywords)
        return _field_condition(conditions[0].field, [condition.value for condition in conditions])

    def convert_condition_field_eq_val(self, cond: ConditionFieldEqualsValueExpression, state: ConversionState) -> str:
        """Convert one value of a field."""
        match cond.value:
            case SigmaNull():
                return f"(not {has_value(cond.field)})"
            case SigmaExists():
                return has_value(cond.field) if cond.value.exists else f"(not {has_value(cond.field)})"
            case SigmaFieldReference():
                return any_pair(cond.field, cond.value.field, _field_comparison(cond.value))
        return _field_condition(cond.field, [cond.value])

    def convert_condition_val(self, cond: ConditionValueExpression, state: ConversionState) -> str:
        """Convert a keyword, which the text of the record contains."""
        return _keyword_condition([cond.value])


def expand_value(value: SigmaType) -> Iterator[SigmaType]:
    """Yield the values that modifiers such as base64offset made of a value; otherwise the value itself."""
    if isinstance(value, SigmaExpansion):
        for part in value.values:
            yield from expand_value(part)
    else:
        yield value


def scan_filters(cond: Condition) -> dict[str, list[SigmaType]]:
    """Map columns to values. An event that meets the condition has one of the values, so the scan can exclude others."""
    match cond:
        case ConditionAND():
            merged_filters: dict[str, list[SigmaType]] = {}
            for arg in cond.args:
                merged_filters = scan_filters(arg) | merged_filters
            return merged_filters
        case ConditionOR():
            first, *others = map(scan_filters, cond.args)
            common_columns = [column for column in first if all(column in other for other in others)]
            return {
                column: [value for filters in (first, *others) for value in filters[column]]
                for column in common_columns
            }
        case ConditionFieldEqualsValueExpression() if cond.field in COLUMN_BY_FIELD:
            values = list(expand_value(cond.value))
            return {COLUMN_BY_FIELD[cond.field]: values} if build_any(values) else {}
    return {}


def _field_condition(field: str, values: Sequence[SigmaType]) -> str:
    predicate = build_any([part for value in values for part in expand_value(value)])
    if predicate is None:
        raise SigmaFeatureNotSupportedByBackendError(f"a value of the field {field} is of a type that is not supported")
    return any_value(field, predicate)


def _keyword_condition(values: Sequence[SigmaType]) -> str:
    keywords = []
    for part in (part for value in values for part in expand_value(value)):
        if not isinstance(part, SigmaString | SigmaNumber | SigmaRegularExpression):
            raise SigmaFeatureNotSupportedByBackendError("a keyword must be a text, a number or a regular expression")
        keywords.append(part)
    return record_text(*any_keyword(keywords))


def _field_comparison(reference: SigmaFieldReference) -> Callable[[str, str], str]:
    function = COMPARISON_FUNCTIONS[reference.starts_with, reference.ends_with]
    if not function:
        return lambda text, other: f"lower({text}) = lower({other})"
    return lambda text, other: f"{function}(lower({text}), lower({other}))"
