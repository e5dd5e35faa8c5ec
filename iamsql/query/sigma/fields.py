"""The values of a field of Sigma in a CloudTrail record, as SQL over a row `e` of aws_cloudtrail_event."""

from __future__ import annotations

from collections.abc import Callable

from iamsql.query.sigma.literals import literal

# Columns with the raw value of a member that CloudTrail defines as a string. Derived columns are not in the list: access_key_id
# is null for '', region and account_id have values of the lookup, event_time and read_only have another type.
COLUMN_BY_FIELD = {
    "eventName": "event_name",
    "eventSource": "event_source",
    "eventType": "event_type",
    "eventID": "event_id",
    "errorCode": "error_code",
    "errorMessage": "error_message",
    "sourceIPAddress": "source_ip_address",
    "userAgent": "user_agent",
    "vpcEndpointId": "vpc_endpoint_id",
    "userIdentity.type": "user_type",
    "userIdentity.principalId": "principal_id",
    "userIdentity.arn": "actor_arn",
    "userIdentity.accountId": "actor_account_id",
    "userIdentity.userName": "user_name",
    "userIdentity.invokedBy": "invoked_by",
    "userIdentity.sessionContext.attributes.mfaAuthenticated": "session_mfa",
    "userIdentity.sessionContext.sessionIssuer.arn": "issuer_arn",
}
RECORD_TEXT_SQL = "cast(e.event as varchar)"

Predicate = Callable[[str], str]  # maps an SQL expression of type text to a condition on it, which may be null


def any_value(field: str, predicate: Predicate) -> str:
    """Return the condition that a value of the field meets a predicate; false, never null, if the field has no value."""
    if column := COLUMN_BY_FIELD.get(field):
        return f"coalesce({predicate(f'e.{column}')}, false)"
    return f"(len(list_filter({values_sql(field)}, lambda x : {predicate('x')})) > 0)"


def any_pair(field: str, other: str, predicate: Callable[[str, str], str]) -> str:
    """Return the condition that a value of one field and a value of another meet a predicate."""
    if field in COLUMN_BY_FIELD and other in COLUMN_BY_FIELD:
        return f"coalesce({predicate(f'e.{COLUMN_BY_FIELD[field]}', f'e.{COLUMN_BY_FIELD[other]}')}, false)"
    inner = f"len(list_filter({_list_of_values(other)}, lambda y : {predicate('x', 'y')})) > 0"
    return f"(len(list_filter({_list_of_values(field)}, lambda x : {inner})) > 0)"


def has_value(field: str) -> str:
    """Return the condition that a value of the field is not null."""
    return any_value(field, lambda text: f"{text} is not null")


def record_text(predicate: Predicate, unescaped: Predicate) -> str:
    """Return the condition that the JSON of the record meets a predicate, or the JSON without its escapes the other one."""
    return f"coalesce({predicate(RECORD_TEXT_SQL)} or {unescaped(_unescape(RECORD_TEXT_SQL))}, false)"


def values_sql(field: str) -> str:
    """Return an SQL list of the values of a member of the record, which the names of members separated by dots identify.

    A list on the way, or as the value, stands for its elements. So does a list in a list, but no deeper one. A value that
    is an object gives its JSON text, and this text without the escapes of quotes and backslashes. Null is in the list as NULL.
    """
    names = [name.removesuffix("[]") for name in field.split(".")]
    pointers = ["".join(f"/{_pointer_token(name)}" for name in names[:end]) for end in range(1, len(names) + 1)]
    types = f"json_type(e.event, [{', '.join(map(literal, pointers))}])"
    single_value_list = f"[e.event ->> {literal(pointers[-1])}]"
    # Most records have text at the path and no list on the way, so they need no lists of values.
    is_nested = f"list_contains({types}, 'ARRAY') or list_extract({types}, -1) = 'OBJECT'"
    return f"case when {is_nested} then {_texts_of_elements(_elements_at(names))} else {single_value_list} end"


def _list_of_values(field: str) -> str:
    return f"[e.{COLUMN_BY_FIELD[field]}]" if field in COLUMN_BY_FIELD else values_sql(field)


def _elements_at(names: list[str]) -> str:
    """Return an SQL list of the values at a path as JSON, with the elements of lists in their place."""
    elements = "[e.event]"
    for name in names:
        elements = f"list_transform({elements}, lambda v : v -> {literal('/' + _pointer_token(name))})"
        for _ in range(2):
            elements = f"flatten(list_transform({elements}, lambda v : if(json_type(v) = 'ARRAY', v -> '$[*]', [v])))"
    return elements


def _texts_of_elements(elements: str) -> str:
    objects = f"list_filter({elements}, lambda v : json_type(v) = 'OBJECT')"
    unescaped = f"list_transform({objects}, lambda v : {_unescape('cast(v as varchar)')})"
    return f"list_concat(list_transform({elements}, lambda v : v ->> '$'), {unescaped})"


def _unescape(text: str) -> str:
    r"""Return the text of JSON with " for \" and \ for \\."""
    return rf"""replace(replace({text}, '\"', '"'), '\\', '\')"""


def _pointer_token(name: str) -> str:
    """Return a name as a token of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")
