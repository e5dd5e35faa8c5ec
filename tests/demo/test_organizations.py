"""Organizations: accounts, units, delegation and policies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from iamsql.demo.protocol import service_model
from tests.demo.clients import DAY, MANAGEMENT, PAYMENTS, client, flat, pages, refusal
from tests.demo.shapes import fits
from tests.fake_aws import FakeAws


def test_list_accounts_has_pages_and_the_second_is_empty(aws: FakeAws) -> None:
    parts = pages(client(aws, "organizations"), "list_accounts", "Accounts")
    assert [len(part) for part in parts] == [5, 0, 5, 5, 1]
    accounts = flat(parts)
    assert {account["State"] for account in accounts} == {"ACTIVE", "SUSPENDED", "CLOSED", "PENDING_ACTIVATION"}
    assert not any("Status" in account for account in accounts)
    assert "012345678901" in {account["Id"] for account in accounts}


def test_the_organizational_units_have_every_account(aws: FakeAws) -> None:
    organizations = client(aws, "organizations")
    accounts = dict(accounts_below(organizations, flat(pages(organizations, "list_roots", "Roots"))[0]["Id"], "Root"))
    assert len(accounts) == 16
    assert accounts["101010101010"] == "Root/Workloads/Test/Sandbox"
    assert accounts[MANAGEMENT] == "Root"
    parent = organizations.list_parents(ChildId=PAYMENTS)["Parents"][0]
    assert parent["Type"] == "ORGANIZATIONAL_UNIT"


def accounts_below(organizations: Any, parent: str, path: str) -> Iterator[tuple[str, str]]:
    for account in flat(pages(organizations, "list_accounts_for_parent", "Accounts", ParentId=parent)):
        yield account["Id"], path
    for unit in flat(
        pages(organizations, "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=parent)
    ):
        yield from accounts_below(organizations, unit["Id"], f"{path}/{unit['Name']}")


def test_delegation_tags_and_root_features(aws: FakeAws) -> None:
    organizations = client(aws, "organizations")
    delegated = flat(pages(organizations, "list_delegated_administrators", "DelegatedAdministrators"))
    assert [account["Id"] for account in delegated] == ["333344445555"]
    services = flat(
        pages(organizations, "list_delegated_services_for_account", "DelegatedServices", AccountId="333344445555")
    )
    assert {service["ServicePrincipal"] for service in services} == {"guardduty.amazonaws.com", "iam.amazonaws.com"}
    tags = flat(pages(organizations, "list_tags_for_resource", "Tags", ResourceId=PAYMENTS))
    assert {"Key": "pci", "Value": "yes"} in tags
    assert client(aws, "iam").list_organizations_features()["EnabledFeatures"] == ["RootCredentialsManagement"]
    assert client(aws, "organizations", "333344445555").list_roots()["Roots"]
    with refusal("AccessDeniedException"):
        client(aws, "organizations", PAYMENTS).list_roots()


def test_the_organization_fits_the_model() -> None:
    organization, shapes = FakeAws(DAY).organization, service_model("organizations")
    ours = {"ParentId", "Tags", "DelegatedServices", "AssumableRoles", "DeniedOperations", "EnabledRegions"}
    for account in organization.accounts:
        fits({name: value for name, value in account.item.items() if name not in ours}, shapes.shape_for("Account"))
        fits(account.item["Tags"], shapes.shape_for("Tags"))
    for unit in organization.units:
        fits({name: unit[name] for name in ("Id", "Arn", "Name")}, shapes.shape_for("OrganizationalUnit"))
    fits(organization.roots, shapes.shape_for("Roots"))
    fits(organization.data["Organization"], shapes.shape_for("Organization"))


def test_the_policies_of_the_organization_are_listed_by_target_as_by_policy() -> None:
    organization, shapes = FakeAws(DAY).organization, service_model("organizations")
    for policy in organization.policies:
        summary = policy["PolicySummary"]
        fits(summary, shapes.shape_for("PolicySummary"))
        targets = list(organization.lists["ListTargetsForPolicy"][1]({"PolicyId": summary["Id"]}))
        fits({"Targets": targets}, shapes.operation_model("ListTargetsForPolicy").output_shape)
        assert summary in organization.lists["ListPolicies"][1]({"Filter": summary["Type"]})
        for target in targets:
            params = {"TargetId": target["TargetId"], "Filter": summary["Type"]}
            assert summary in organization.lists["ListPoliciesForTarget"][1](params)
