"""What the room answers over its desks fits botocore's models: a member that they do not know would be lost unseen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from botocore.model import Shape

from iamsql.demo import analyzer, contacts, guardrails, identity_center
from iamsql.demo.directory import Directory
from iamsql.demo.errors import AwsError
from iamsql.demo.people import Site
from iamsql.demo.protocol import model
from iamsql.demo.service import Service
from tests.demo.guests import DAY, MANAGEMENT, PAYMENTS, client, pages, refusal
from tests.fake_aws import FakeAws

DESKS = {
    "accessanalyzer": analyzer.ANALYZER,
    "account": contacts.CONTACTS,
    "identitystore": identity_center.IDENTITY_STORE,
    "sso-admin": identity_center.CENTER,
}
# Of an account that is named nothing is told, and the question of one desk is no question at another.
REFUSED = ("ResourceNotFoundException", "ValidationException", "AccessDeniedException")
KINDS = {"string": str, "boolean": bool, "integer": int, "long": int, "timestamp": datetime}


def fits(value: Any, shape: Shape) -> None:
    """Assert that a value has no member that its shape has not, and the shape's types and words."""
    if shape.type_name == "structure":
        assert value.keys() <= shape.members.keys(), value.keys() - shape.members.keys()
        assert set(getattr(shape, "required_members", ())) <= value.keys()
        for name, one in value.items():
            fits(one, shape.members[name])
    elif shape.type_name in ("list", "map"):
        for one in value.values() if shape.type_name == "map" else value:
            fits(one, shape.value if shape.type_name == "map" else shape.member)
    else:
        assert isinstance(value, KINDS[shape.type_name]), (shape.name, value)
        assert not getattr(shape, "enum", ()) or value in shape.enum


def questions(desk: Service, site: Site, region: str) -> list[dict[str, Any]]:
    """List the parameters that name something at a desk: what its lists have listed, and every type of contact."""
    asked: list[dict[str, Any]] = [{"AlternateContactType": kind} for kind in contacts.OFFICES]
    for one in identity_center.instances(site, region, {}):
        asked.append(store := {"IdentityStoreId": one["IdentityStoreId"]})
        asked += [store | {"GroupId": team["GroupId"]} for team in identity_center.groups(site, region, store)]
        instance = {"InstanceArn": one["InstanceArn"]}
        for arn in identity_center.permission_sets(site, region, instance):
            named = instance | {"PermissionSetArn": arn, "ResourceArn": arn}
            asked += [named | {"AccountId": account} for account in identity_center.provisioned(site, region, named)]
            asked.append(named)
    return [*asked, *({"analyzerArn": one["arn"]} for one in analyzer.analyzers(site, region, {})), {}]


@pytest.mark.parametrize("partition", ["aws", "aws-us-gov"])
@pytest.mark.parametrize("service", DESKS)
def test_every_answer_fits_the_model(service: str, partition: str) -> None:
    desk, answered = DESKS[service], set()
    for site in FakeAws(DAY, partition=partition).directory.sites:
        for region in ("us-east-1", "eu-west-1", site.home):
            for params in questions(desk, site, region):
                for operation in (*desk.singles, *desk.lists):
                    try:
                        if operation in desk.singles:
                            answer = desk.singles[operation](site, region, params)
                        else:
                            member, source = desk.lists[operation]
                            answer = {member: list(source(site, region, params))}
                    except AwsError as refused:
                        assert refused.code in REFUSED
                        continue
                    fits(answer, model(service).operation_model(operation).output_shape)
                    if any(answer.values()):
                        answered.add(operation)
    assert answered == {*desk.singles, *desk.lists}


def test_the_organization_s_policies_fit_the_model() -> None:
    directory: Directory = FakeAws(DAY).directory
    desk, shapes = guardrails.Guardrails(directory), model("organizations")
    for one in guardrails.GUARDRAILS:
        fits(desk.policy({"PolicyId": one.id}), shapes.operation_model("DescribePolicy").output_shape)
        targets = desk.targets({"PolicyId": one.id})
        fits({"Targets": list(targets)}, shapes.operation_model("ListTargetsForPolicy").output_shape)
        fits(
            {"Policies": list(desk.policies({"Filter": one.kind}))}, shapes.operation_model("ListPolicies").output_shape
        )
        for target in targets:
            asking = {"TargetId": target["TargetId"], "Filter": one.kind}
            assert one.id in {policy["Id"] for policy in desk.of_target(asking)}


def test_lists_come_in_small_pages_whose_tokens_are_good_for_their_own_request_alone() -> None:
    room = FakeAws(DAY)
    desk = client(room, "accessanalyzer", PAYMENTS)
    arn = desk.list_analyzers()["analyzers"][0]["arn"]
    assert [len(page) for page in pages(desk, "list_findings", "findings", analyzerArn=arn)] == [2, 2, 1]
    token = desk.list_findings(analyzerArn=arn)["nextToken"]
    with refusal("ValidationException"):
        desk.list_findings_v2(analyzerArn=arn, nextToken=token)
    center = client(room, "sso-admin", region="eu-west-1")
    [instance] = center.list_instances()["Instances"]
    found = pages(center, "list_permission_sets", "PermissionSets", InstanceArn=instance["InstanceArn"])
    assert [len(page) for page in found] == [2, 2, 2]


@pytest.mark.parametrize(
    ("service", "region", "operation", "params", "code"),
    [
        ("accessanalyzer", "us-east-1", "list_findings", {"analyzerArn": "arn:none"}, "ResourceNotFoundException"),
        ("accessanalyzer", "us-east-1", "get_analyzer", {"analyzerName": "account"}, "AccessDeniedException"),
        ("account", "us-east-1", "get_contact_information", {"AccountId": PAYMENTS}, "AccessDeniedException"),
        (
            "sso-admin",
            "us-east-1",
            "list_permission_sets",
            {"InstanceArn": "arn:aws:sso:::instance/ssoins-7223a1b2c3d4e5f6"},
            "ResourceNotFoundException",
        ),
        ("identitystore", "us-east-1", "list_users", {"IdentityStoreId": "d-9367a1b2c3"}, "ResourceNotFoundException"),
        (
            "organizations",
            "us-east-1",
            "describe_policy",
            {"PolicyId": "p-examplepolicyid111"},
            "PolicyNotFoundException",
        ),
        (
            "organizations",
            "us-east-1",
            "list_policies_for_target",
            {"TargetId": "r-none", "Filter": "TAG_POLICY"},
            "TargetNotFoundException",
        ),
    ],
)
def test_what_is_not_there_or_not_known(
    service: str, region: str, operation: str, params: dict[str, Any], code: str
) -> None:
    with refusal(code):
        getattr(client(FakeAws(DAY), service, region=region), operation)(**params)


def test_a_room_of_a_given_size_has_none_of_it() -> None:
    room = FakeAws(DAY, accounts=2, users_per_account=1)
    assert client(room, "sso-admin", region="eu-west-1").list_instances()["Instances"] == []
    assert client(room, "accessanalyzer").list_analyzers()["analyzers"] == []
    assert room.directory.management.account_id != MANAGEMENT or client(room, "account").get_contact_information()
