"""Each modifier of Sigma selects the records that its specification says, and plain Python agrees."""

from __future__ import annotations

import base64
from typing import Any

import duckdb
import pytest
from sigma.exceptions import SigmaError
from sigma.rule import SigmaRule

from iamsql.query.sigma.policy import SIGMA_POLICY
from iamsql.query.sigma.statement import rule_statement
from tests.query.sigma.harness import load, rule_of, selected, stored
from tests.query.sigma.matcher import matches

P = "requestParameters"
USERS = [{P: {"userName": name}} for name in ("Bob", "BOB", "bobby", "jim-bob", "b*b", "", None)] + [{}, {P: None}]
LISTS = [
    {"resources": [{"ARN": "arn:a"}, {"ARN": "arn:b"}]},
    {"resources": {"ARN": "arn:b"}},
    {"resources": [{"ARN": None}]},
    {"resources": []},
    {"resources": [[{"ARN": "arn:b"}], {"other": 1}]},
    {"resources": "arn:b"},
]
NUMBERS = [{P: {"n": value}} for value in (5, 5.0, "5", "05", 7.5, -1, "5x", True, None, "1e1")]
ADDRESSES = [
    {"sourceIPAddress": text}
    for text in (
        "10.0.0.1",
        "10.1.255.255",
        "10.2.0.0",
        "10.0.0.256",
        "s3.amazonaws.com",
        "010.0.0.1",
        "10.0.0.01",
        "2001:db8::1",
    )
]
SIX = [
    {P: {"ip": text}}
    for text in (
        "2001:db8::1",
        "2001:DB8:0:0:0:0:0:ff",
        "2001:db9::",
        "::1",
        "2001:db8:0:0:0:0:0:0:1",
        ":::",
        "1::2::3",
    )
] + [{P: {"ip": text}} for text in ("2001:db8:1:2:3:4:5::", "2001:db8:1:2::3:4:5:6", "2001:db8::g", "2001:db8:1")]
TIMES = [
    {"eventTime": text}
    for text in ("2026-03-01T22:30:00Z", "2026-03-02T00:30:00+02:00", "2026-12-31T03:00:00Z", "yesterday", None)
]
TEXT = [
    {P: {"policyDocument": '{"Effect":"Allow","Action":"s3:GetObject"}'}},
    {"responseElements": {"path": "C:\\Temp\\x"}},
    {"userAgent": "Deny"},
]
PAIRS = [
    {"userIdentity": {"arn": "arn:aws:iam::1:user/Ana", "userName": "Ana"}, P: {"userName": "ana"}},
    {"userIdentity": {"arn": "arn:aws:iam::1:user/Ana", "userName": "Ana"}, P: {"userName": "bo"}},
    {"userIdentity": {"userName": "Ana"}, P: {"userName": ["x", "ANA"]}},
    {"userIdentity": {}, P: {}},
]
SECRET = base64.b64encode(b"..secret command..").decode()
ENCODED = [{P: {"x": text}} for text in (base64.b64encode(b"secret").decode(), SECRET, "secret", SECRET[:6])]
WIDE = [{P: {"x": base64.b64encode("Get-Item".encode("utf-16-le")).decode()}}, {P: {"x": "Get-Item"}}]
DASHES = [{P: {"x": text}} for text in ("run -force", "run /force", "run \u2013force", "run force", "run-force")]
SPECIAL = [{P: {"a b": {"c/d~e": {'"q"': "x"}}, "$.x": "y", "z[]": "w", "k": {"0": "v"}}}, {P: {"k": ["v"]}}]

CASES: list[tuple[str, list[Any], dict[str, Any], set[int]]] = [
    ("exact, in any case", USERS, {f"{P}.userName": "bob"}, {0, 1}),
    ("wildcards", USERS, {f"{P}.userName": "b?b*"}, {0, 1, 2, 4}),
    ("escaped wildcard", USERS, {f"{P}.userName": r"b\*b"}, {4}),
    ("contains", USERS, {f"{P}.userName|contains": "OBB"}, {2}),
    ("startswith", USERS, {f"{P}.userName|startswith": "bob"}, {0, 1, 2}),
    ("endswith", USERS, {f"{P}.userName|endswith": "bob"}, {0, 1, 3}),
    ("list", USERS, {f"{P}.userName": ["bob", "bobby"]}, {0, 1, 2}),
    ("all", USERS, {f"{P}.userName|contains|all": ["bob", "-"]}, {3}),
    ("cased", USERS, {f"{P}.userName|cased": "Bob"}, {0}),
    ("cased with wildcard", USERS, {f"{P}.userName|cased|contains": "ob"}, {0, 2, 3}),
    ("empty", USERS, {f"{P}.userName": ""}, {5}),
    ("any value", USERS, {f"{P}.userName": "*"}, {0, 1, 2, 3, 4, 5}),
    ("not empty", USERS, {f"{P}.userName": "?*"}, {0, 1, 2, 3, 4}),
    ("null", USERS, {f"{P}.userName": None}, {6, 7, 8}),
    ("null or a value", USERS, {f"{P}.userName": [None, "bobby"]}, {2, 6, 7, 8}),
    ("exists", USERS, {f"{P}.userName|exists": True}, {0, 1, 2, 3, 4, 5}),
    ("does not exist", USERS, {f"{P}|exists": False}, {7, 8}),
    ("neq", USERS, {f"{P}.userName|neq": "bob"}, {2, 3, 4, 5, 6, 7, 8}),
    ("re", USERS, {f"{P}.userName|re": "^b.b$"}, {4}),
    ("re, ignoring case", USERS, {f"{P}.userName|re|i": "^b.b$"}, {0, 1, 4}),
    ("re in a part", USERS, {f"{P}.userName|re": "ob+y?"}, {0, 2, 3}),
    ("re with a dot for newlines", [{"userAgent": "a\nb"}, {"userAgent": "axb"}], {"userAgent|re": "a.b"}, {1}),
    ("re s", [{"userAgent": "a\nb"}, {"userAgent": "axb"}], {"userAgent|re|s": "a.b"}, {0, 1}),
    ("re m", [{"userAgent": "a\nb"}, {"userAgent": "ab"}], {"userAgent|re|m": "^b$"}, {0}),
    ("re contains", USERS, {f"{P}.userName|re|contains": "obb"}, {2}),
    ("column in any case", [{"eventName": "CreateUser"}, {"eventName": "x"}], {"eventName": "createuser"}, {0}),
    ("elements of a list", LISTS, {"resources.ARN": "ARN:b"}, {0, 1, 4}),
    ("elements with brackets", LISTS, {"resources[].ARN": "ARN:b"}, {0, 1, 4}),
    ("list without value", LISTS, {"resources.ARN": None}, {2, 3, 5}),
    ("list of objects as text", LISTS, {"resources|contains": '{"ARN":"arn:b"}'}, {0, 1, 4}),
    ("list of texts", [{P: {"k": ["a", "b"]}}, {P: {"k": "ab"}}], {f"{P}.k|endswith": "b"}, {0, 1}),
    ("number", NUMBERS, {f"{P}.n": 5}, {0, 1, 2, 3}),
    ("number as text", NUMBERS, {f"{P}.n": "5"}, {0, 2}),
    ("true", NUMBERS, {f"{P}.n": True}, {7}),
    ("lt", NUMBERS, {f"{P}.n|lt": 5}, {5}),
    ("lte", NUMBERS, {f"{P}.n|lte": 5}, {0, 1, 2, 3, 5}),
    ("gt", NUMBERS, {f"{P}.n|gt": 5}, {4, 9}),
    ("gte", NUMBERS, {f"{P}.n|gte": 7.5}, {4, 9}),
    ("cidr", ADDRESSES, {"sourceIPAddress|cidr": "10.0.0.0/15"}, {0, 1}),
    ("cidr of a part of an octet", ADDRESSES, {"sourceIPAddress|cidr": ["10.2.0.0/30", "9.0.0.0/8"]}, {2}),
    ("cidr of version 6", SIX, {f"{P}.ip|cidr": "2001:db8::/32"}, {0, 1, 7}),
    ("cidr of one address", SIX, {f"{P}.ip|cidr": "::1/128"}, {3}),
    ("hour", TIMES, {"eventTime|hour": 22}, {0, 1}),
    ("week", TIMES, {"eventTime|week": 53}, {2}),
    ("hour, compared", TIMES, {"eventTime|hour|lt": 10}, {2}),
    ("object as text", TEXT, {f"{P}|contains|all": ['"Allow"', '"s3:GetObject"']}, {0}),
    ("object as JSON", TEXT, {f"{P}|contains": '\\\\"Allow\\\\"'}, {0}),
    ("object in an object as text", [{P: {"k": {"n": 'a"b'}}}, {P: {"k": 'a"b'}}], {f"{P}.k|contains": 'a"b'}, {0, 1}),
    ("backslash and wildcard", TEXT, {"responseElements.path": "c:\\t?mp\\*"}, set()),
    ("backslash and wildcard, escaped", TEXT, {"responseElements.path": "c:\\t?mp\\\\*"}, {1}),
    ("keywords", TEXT, "deny", {2}),
    ("keywords with wildcard", TEXT, ["user*deny", "C:\\Temp"], {1, 2}),
    ("all keywords", TEXT, {"|all": ["allow", "effect"]}, {0}),
    ("keywords in JSON", TEXT, '"Effect":"Allow"', {0}),
    ("keyword as regular expression", TEXT, {"|re": "[Gg]etObj.ct"}, {0}),
    ("keyword as a number", [{P: {"port": 3389}}, {}], 3389, {0}),
    ("fieldref", PAIRS, {"userIdentity.userName|fieldref": f"{P}.userName"}, {0, 2}),
    ("fieldref endswith", PAIRS, {"userIdentity.arn|fieldref|endswith": f"{P}.userName"}, {0}),
    ("fieldref contains", PAIRS, {"userIdentity.arn|fieldref|contains": "userIdentity.userName"}, {0, 1}),
    ("fieldref startswith", PAIRS, {"userIdentity.arn|fieldref|startswith": "userIdentity.userName"}, set()),
    ("base64", ENCODED, {f"{P}.x|base64": "secret"}, {0}),
    ("base64offset", ENCODED, {f"{P}.x|base64offset|contains": "secret"}, {0, 1}),
    ("wide", WIDE, {f"{P}.x|wide|base64": "Get-Item"}, {0}),
    ("windash", DASHES, {f"{P}.x|windash|contains": " -force"}, {0, 1, 2}),
    ("names with special characters", SPECIAL, {f'{P}.a b.c/d~e."q"': "x"}, {0}),
    ("a name as of a path", SPECIAL, {f"{P}.$": "x"}, set()),
    ("a number as a name", SPECIAL, {f"{P}.k.0": "v"}, {0}),
    ("a list of maps", USERS, [{f"{P}.userName|cased": "Bob"}, {f"{P}.userName": "", "eventName": "any"}], {0, 5}),
]


@pytest.mark.parametrize(
    ("records", "selection", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_rule_selects(
    con: duckdb.DuckDBPyConnection, records: list[Any], selection: dict[str, Any], expected: set[int]
) -> None:
    load(con, records)
    rule = rule_of({"selection": selection})
    assert selected(con, rule) == expected
    assert {index for index, text in enumerate(stored(con)) if matches(rule, text)} == expected
    negated = rule_of({"selection": selection, "condition": "not selection"})
    assert selected(con, negated) == {*range(len(records))} - expected


CONDITIONS = [
    ("one and not other", {0}),
    ("not (one or other)", {2, 3}),
    ("1 of sel_*", {0, 1}),
    ("all of sel_*", {1}),
    ("any of them", {0, 1}),
    ("1 of sel_* and not all of them", {0, 1}),
    ("not one and not other or one", {0, 1, 2, 3}),
    (["one and other", "not 1 of sel_*"], {1, 2, 3}),
]


@pytest.mark.parametrize(("condition", "expected"), CONDITIONS)
def test_a_condition_combines_detections(con: duckdb.DuckDBPyConnection, condition: Any, expected: set[int]) -> None:
    load(con, [{"eventName": "A"}, {"eventName": "A", "errorCode": "x"}, {"eventName": "b"}, {"eventName": "c"}])
    a, x = {"eventName": "a"}, {"errorCode": "x"}
    detection = {"one": a, "other": x, "sel_a": a, "sel_x": x, "none": {"eventName": "none"}, "condition": condition}
    rule = rule_of(detection)
    assert selected(con, rule) == expected
    assert {index for index, text in enumerate(stored(con)) if matches(rule, text)} == expected


HOSTILE = [
    "'",
    "''; drop table iamsql.events; --",
    '"',
    "%",
    "_",
    "\\",
    "\\'",
    "a\nb",
    "\0",
    "a\0b",
    "\x1b[31m",
    "{x}",
    "é",
    "İ",
    "$1",
]


@pytest.mark.slow
@pytest.mark.parametrize("field", ["userAgent", f"{P}.x"])
def test_a_hostile_value_is_only_text(con: duckdb.DuckDBPyConnection, field: str) -> None:
    values = [*HOSTILE, "x", "''", "", "aab", "\\\\"]
    load(con, [{"userAgent": value, P: {"x": value}} for value in values])
    texts = stored(con)
    for index, value in enumerate(HOSTILE):
        for modifier in ("", "|startswith", "|cased|contains"):
            rule = rule_of({"selection": {field + modifier: value}}, title=f"A rule {value}")
            events = selected(con, rule)
            assert index in events, (value, modifier)
            assert {index for index, text in enumerate(texts) if matches(rule, text)} == events, (value, modifier)


@pytest.mark.parametrize("name", ["'", "'); drop table x; --", '"', "a%b", "a\nb", "a\0b", "~0", "a/b", ""])
def test_a_hostile_name_of_a_field_is_only_a_name(con: duckdb.DuckDBPyConnection, name: str) -> None:
    load(con, [{P: {name: {"y": "v"}}}, {P: {"other": {"y": "v"}}}, {P: [{name: [{"y": "v"}]}]}])
    assert selected(con, rule_of({"selection": {f"{P}.{name}.y": "V"}})) == {0, 2}


UNSUPPORTED: list[tuple[dict[str, Any], str]] = [
    ({"selection": {"userName|expand": "%admins%"}}, "placeholder"),
    ({"selection": {"userName|re|startswith": "a"}}, r"re\|startswith is not supported: use re, with \^"),
    ({"selection": {"userName|re|endswith": "a"}}, r"re\|endswith is not supported: use re, with \$"),
    ({"selection": {"userName|cased|fieldref": "a"}}, r"cased\|fieldref"),
    ({"selection": {"userName|re": "(?=a)"}}, "invalid"),
    ({"selection": {"userName|re": "("}}, "invalid"),
    ({"selection": {"userName|unknown": "a"}}, "Unknown modifier"),
    ({"selection": {"userName|cidr": "10.0.0.1/8"}}, "CIDR"),
    ({"selection": {"userName|base64": "a*"}}, "wildcards"),
    ({"selection": {"userName|lt": "a"}}, "incompatible"),
    ({"selection": {"userName": 2**60 + 1}}, "is not exact as a double: quote it"),
    ({"selection": {"userName|contains": None}}, "incompatible"),
    ({"selection": {"a": "b"}, "timeframe": "5m"}, "timeframe is not supported"),
    ({"selection": {"a": "b"}, "condition": "selection | count() > 5"}, "deprecated"),
    ({"selection": {"a": "b"}, "condition": "other"}, "not defined"),
    ({"selection": {"a": "b"}, "condition": "1 of x*"}, "doesn't match any detection"),
    ({"selection": {"a": "b"}, "condition": "selection and"}, "end of text"),
    ({"selection": [True]}, "standalone|must be a text"),
]


@pytest.mark.parametrize(("detection", "reason"), UNSUPPORTED)
def test_what_is_not_supported_is_an_error_with_the_reason(detection: dict[str, Any], reason: str) -> None:
    with pytest.raises(SigmaError, match=reason):
        rule_statement(SigmaRule.from_dict(rule_of(detection), policy=SIGMA_POLICY))


def test_the_scan_excludes_events_by_columns_that_every_match_has() -> None:
    either = {"a": {"eventName": ["CreateUser", "Delete*"]}, "b": {"eventName": "PutRole", "errorCode": None}}
    sql = rule_statement(SigmaRule.from_dict(rule_of(either | {"condition": "1 of them"})))
    name = "e.event_name"
    assert f"scan_filter((lower({name}) in ('createuser', 'putrole') or starts_with(lower({name}), 'delete')))" in sql
    assert "scan_filter(lower(e.error" not in sql
    sql = rule_statement(SigmaRule.from_dict(rule_of(either | {"condition": "a and not b"})))
    assert sql.count("scan_filter") == 1
    sql = rule_statement(SigmaRule.from_dict(rule_of(either | {"c": {"userAgent": "x"}, "condition": "a or c"})))
    assert "scan_filter" not in sql
