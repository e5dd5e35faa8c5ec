"""Check the arguments of queries: an action exists, a principal is in the run, an account has this name.

A query that is asked about a misspelled name would answer that nothing is allowed and nothing happened. The types that front
matter declares, such as `principal` and `action`, are in `catalog.params.DOMAIN_TYPES`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from iamsql.catalog.params import DOMAIN_TYPES
from iamsql.model import Param, Query
from iamsql.query.arguments.keys_and_names import checked_access_key, checked_accounts, checked_user_name
from iamsql.query.arguments.known_actions import checked_action, checked_service
from iamsql.query.arguments.known_events import checked_event
from iamsql.query.arguments.lookup import Lookup
from iamsql.query.arguments.principals import TYPE_PATH_NAME_PATTERN, resolve_principals
from iamsql.query.arguments.problems import ArgumentError
from iamsql.runs.store.reader import Reader

EVENT_TABLES = frozenset(("aws_cloudtrail_event", "iamsql.events"))
EVENT_NAMES_SQL = "select distinct e.event_name from iamsql.events as e"
RESOURCE_ARN_PATTERN = re.compile(r"arn:(aws[a-z-]*|[*]):[^:\s]+:[^:\s]*:[^:\s]*:.+", re.DOTALL)
RESOURCE_WILDCARDS = ("*", "any")
MAX_UNKNOWN_EVENTS = 10  # names of events that are in no list: each is compared with all known names
USER_ARN_PATTERN = re.compile(r"arn:aws[a-z-]*:(?:iam|sts)::(?P<account>\d{12}):")
# The members of a question, by the type of the parameter: required and optional ones, and an example.
QUESTION_MEMBERS = {
    "questions": (
        {"principal", "action"},
        {"resource"},
        '{"principal": "user/ana", "action": "iam:CreateUser", "resource": "*"}',
    ),
    "requests": ({"action"}, {"resource"}, '{"action": "iam:CreateUser", "resource": "*"}'),
}


def checked_arguments(reader: Reader, query: Query, values: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the values with ARNs, IDs and actions as AWS spells them, and notes about values that cannot be checked.

    Raise IamsqlError for a value that is wrong, with values that resemble it. A file that is not a run is not looked up.
    """
    checked_values = dict(values)
    checks = _Checks(reader, query, reader.query if reader.metadata.run_id else None)
    for param in query.params:
        value = checked_values.get(param.name)
        if param.type in DOMAIN_TYPES and value is not None and (value or param.required):  # '' often means all
            try:
                checked_values[param.name] = checks.value(param, str(value))
            except ArgumentError as problem:
                raise problem.error(query.name, param.name) from None
            if param.type == "user_name" and (arn_match := USER_ARN_PATTERN.match(str(value).strip())):
                checked_values |= _account_of_arn(query, values, arn_match["account"])
    return checked_values, checks.notes


def _account_of_arn(query: Query, values: Mapping[str, Any], account: str) -> dict[str, str]:
    """Return the account of an ARN as the value of the parameter of the type account. Raise IamsqlError for another value."""
    names = [param.name for param in query.params if param.type == "account"]
    for name in names:
        if values.get(name) and values[name] != account:
            raise ArgumentError(str(values[name]), f"is not the account of the ARN, {account}").error(query.name, name)
    return dict.fromkeys(names, account)


@dataclass
class _Checks:
    """The checks of the arguments of one query. `lookup` is None for a file that is not a run."""

    reader: Reader
    query: Query
    lookup: Lookup | None
    notes: list[str] = field(default_factory=list)
    unknown: int = 0

    def value(self, param: Param, text: str) -> str:
        """Return the checked value of a parameter; raise ArgumentError for a wrong one."""
        if param.type in ("principal", "role"):
            return self._resolve_principals([text], required_type=param.type if param.type == "role" else "")[text]
        if param.type == "action":
            return self._store_note(checked_action(text.strip()))
        if param.type == "service":
            return checked_service(text.strip())
        if param.type == "resource":
            return self._check_resource(text.strip())
        if param.type == "access_key":
            return self._store_note(checked_access_key(self.lookup, text)) if self.lookup else text
        if param.type == "user_name":
            return self._store_note(checked_user_name(self.lookup, text)) if self.lookup else text
        if param.type in ("account", "account_list"):
            accounts, notes = checked_accounts(self.lookup, text.split(",") if param.type == "account_list" else [text])
            self.notes += notes
            return ",".join(accounts)
        if param.type == "event_list":
            return self._check_events([name for name in map(str.strip, text.split(",")) if name])
        if param.type == "roles":
            return self._check_roles(text)
        return self._check_questions(text, param.type)

    def _check_roles(self, text: str) -> str:
        """Return the JSON of roles with their ARNs; raise ArgumentError for a value that is not a role."""
        roles = json.loads(text)
        if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
            raise ArgumentError(text, 'is not a JSON list of roles, such as ["role/operations"]')
        arns = self._resolve_principals(roles, required_type="role")
        return json.dumps([arns[role] for role in roles], ensure_ascii=False)

    def _store_note(self, checked_and_note: tuple[str, str]) -> str:
        self.notes += [checked_and_note[1]] if checked_and_note[1] else []
        return checked_and_note[0]

    def _resolve_principals(self, texts: Sequence[str], *, required_type: str = "") -> dict[str, str]:
        if self.lookup is None:
            return {text: text for text in texts}
        is_recorded = self.query.dialect == "duckdb" and bool(EVENT_TABLES & self.reader.tables_of(self.query.sql))
        return resolve_principals(self.lookup, texts, required_type=required_type, is_recorded=is_recorded)

    def _check_resource(self, text: str) -> str:
        if text in RESOURCE_WILDCARDS or RESOURCE_ARN_PATTERN.fullmatch(text):
            return text
        if TYPE_PATH_NAME_PATTERN.fullmatch(text) and self.lookup:
            return self._resolve_principals([text])[text]
        is_bucket = re.fullmatch(r"[a-z0-9.-]{3,63}(/.*)?", text) is not None
        similar_arns = [f"arn:aws:s3:::{text}"] if is_bucket else []
        raise ArgumentError(text, "is not an ARN, * (all resources) or any (some resource)", similar_arns)

    def _check_events(self, names: Sequence[str]) -> str:
        """Return the names of events, joined; raise ArgumentError if more than MAX_UNKNOWN_EVENTS of them are unknown."""
        checked_names = []
        for name in dict.fromkeys(names):
            note_count_before = len(self.notes)
            checked_names.append(self._check_event(name))
            self.unknown += len(self.notes) - note_count_before
            if self.unknown > MAX_UNKNOWN_EVENTS:
                raise ArgumentError(
                    name, f"is one of more than {MAX_UNKNOWN_EVENTS} names that are not in iamsql's list of events"
                )
        return ",".join(checked_names)

    def _check_event(self, name: str) -> str:
        try:
            checked_name, note = checked_event(name)
        except ArgumentError:
            if self.lookup is None:
                raise
            note = checked_name = ""
        if (note or not checked_name) and self.lookup:
            run_event_names = {str(row[0]) for row in self.lookup(EVENT_NAMES_SQL, {})}
            return self._store_note(checked_event(name, run_event_names))
        return self._store_note((checked_name, note))

    def _check_questions(self, text: str, param_type: str) -> str:
        """Return the JSON of questions or requests with checked members. Raise ArgumentError for an invalid question."""
        required, optional, example = QUESTION_MEMBERS[param_type]
        questions = json.loads(text)
        if not isinstance(questions, list):
            raise ArgumentError(text, f"is not a JSON list of {param_type}")
        for number, question in enumerate(questions, 1):
            if not isinstance(question, dict) or not required <= question.keys() <= required | optional:
                raise ArgumentError(
                    json.dumps(question), f"is number {number} of the list, and must be an object such as {example}"
                )
            if invalid_values := [value for value in question.values() if not isinstance(value, str)]:
                raise ArgumentError(
                    json.dumps(invalid_values[0]), f"is in number {number} of the list, and must be text"
                )
        arns = self._resolve_principals([question["principal"] for question in questions if "principal" in question])
        for question in questions:
            if "principal" in question:
                question["principal"] = arns[question["principal"]]
            question["action"] = self._store_note(checked_action(question["action"].strip()))
            if "resource" in question:
                question["resource"] = self._check_resource(question["resource"].strip())
        self.notes = list(dict.fromkeys(self.notes))
        return json.dumps(questions, ensure_ascii=False)
