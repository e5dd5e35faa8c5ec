"""iam_sharing_events names operations and parameters of botocore's models, and no operation with a resource policy is missing."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache

import botocore.session
import pytest

from iamsql.catalog import load, shipped_folder
from iamsql.tables.compiler.facts import DATA, read_facts

EVENTS = read_facts(DATA / "iam_sharing_events.csv").records()
# Operations whose policies other detections evaluate, by the service of botocore.
ELSEWHERE = {
    ("ecr", "PutRegistryPolicy"), ("ecr", "SetRepositoryPolicy"), ("iam", "*"), ("kms", "*"), ("s3", "PutBucketPolicy"),
    ("s3control", "PutBucketPolicy"), ("sso-admin", "PutInlinePolicyToPermissionSet"),
}  # fmt: skip
# Policies that give no principal access to a resource: they restrict sessions or networks, or have another language.
OTHER_POLICIES = {
    ("bedrock-agentcore-control", "*"), ("config", "*"), ("datazone", "*"), ("dlm", "*"), ("ec2", "*"), ("fms", "*"),
    ("iot", "*"), ("logs", "PutAccountPolicy"), ("logs", "PutDataProtectionPolicy"), ("logs", "PutIndexPolicy"),
    ("networkmanager", "PutCoreNetworkPolicy"), ("opensearchserverless", "*"), ("resiliencehub", "*"),
    ("sns", "PutDataProtectionPolicy"),
}  # fmt: skip
POLICY = re.compile(r"(^|Resource|Access|AccessPoint|Repository|Model)[Pp]olic(y|ies)(Document|Text|InJson)?$")


@cache
def operations() -> Mapping[str, Mapping[str, set[str]]]:
    """Map each operation to the services that have it, with the names of their parameters and of parameters within."""
    by_operation: dict[str, dict[str, set[str]]] = defaultdict(dict)
    session = botocore.session.get_session()
    for service in session.get_available_services():
        model = session.get_service_model(service)
        for name in model.operation_names:
            shape = model.operation_model(name).input_shape
            by_operation[name][service] = set(_members(shape)) if shape else set()
    return by_operation


def _members(shape: object) -> Iterator[str]:
    for name, member in shape.members.items():  # type: ignore[attr-defined]
        if member.type_name == "structure":
            yield from member.members
        else:
            yield name


def parameters(paths: str) -> set[str]:
    """Return the last names of paths, without indexes, in lowercase."""
    return {re.sub(r"\[\d+\]", "", path).split(".")[-1].lower() for path in paths.split()}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["policy", "statement", "share"])
def test_events_and_paths_match_the_models(kind: str) -> None:
    # Attributes of queues and topics are maps, and these paths lead to lists of structures or to the values of operations.
    free = {"policy", "value", "content", "principals", "id", "datalakeprincipalidentifier"}
    for event in EVENTS:
        if event["kind"] != kind:
            continue
        services = operations().get(event["event_name"], {})
        assert services, event["event_name"]
        parameter_names = {name.lower() for names in services.values() for name in names}
        assert parameters(event["paths[]"]) & (parameter_names | free), event


@pytest.mark.slow
def test_no_operation_with_a_resource_policy_is_missing() -> None:
    event_names = {event["event_name"] for event in EVENTS}
    missing = {
        (service, operation)
        for operation, services in operations().items()
        if re.match("(Put|Set|Create|Update|Add|Attach).*(Polic|Permission)", operation)
        for service, names in services.items()
        if any(POLICY.search(name) for name in names)
        and operation not in event_names
        and not {(service, operation), (service, "*")} & (ELSEWHERE | OTHER_POLICIES)
    }
    assert missing == set()


@pytest.mark.parametrize("kind", ["policy", "statement", "share"])
def test_the_conditions_of_the_scans_admit_each_event(kind: str) -> None:
    [query] = load([shipped_folder() / "detections" / "exfiltration"])[
        "resource_shared" if kind == "share" else "resource_policy_opened"
    ]
    pattern = re.search(r"regexp_matches\(\w+\.event_name, '([^']+)'\)", query.sql)
    assert pattern
    assert [e["event_name"] for e in EVENTS if e["kind"] == kind and not re.search(pattern[1], e["event_name"])] == []
