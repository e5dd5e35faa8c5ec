"""AWS Organizations: accounts, organizational units, delegated administrators, tags, and policies with their targets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from iamsql.demo.data import Account, Item, Params
from iamsql.demo.errors import AwsError

Lists = dict[str, tuple[str, Callable[[Params], Sequence[Any]]]]


class Organization:
    """An organization: `data` is the content of organization.json; the first account is the management account."""

    def __init__(self, data: Item, accounts: Sequence[Account]) -> None:
        self.data, self.accounts, self.management = data, accounts, accounts[0]
        self.by_id = {account.id: account for account in accounts}
        self.roots: list[Item] = data["Roots"]
        self.units: list[Item] = data["OrganizationalUnits"]
        self.policies: list[Item] = data["Policies"]
        self.singles: dict[str, Callable[[Params], Item]] = {
            "DescribeOrganization": lambda _: {"Organization": data["Organization"]},
            "DescribePolicy": lambda params: {"Policy": self._describe_policy(params)},
        }
        # For each operation, the member of the response and the function that returns its items.
        self.lists: Lists = {
            "ListAccounts": ("Accounts", lambda _: self._account_items()),
            "ListRoots": ("Roots", lambda _: self.roots),
            "ListOrganizationalUnitsForParent": (
                "OrganizationalUnits",
                lambda params: self._children(self.units, params),
            ),
            "ListAccountsForParent": ("Accounts", lambda params: self._children(self._account_items(), params)),
            "ListDelegatedAdministrators": ("DelegatedAdministrators", self._delegated_administrators),
            "ListDelegatedServicesForAccount": ("DelegatedServices", self._delegated_services),
            "ListTagsForResource": ("Tags", self._tags_of_target),
            "ListPolicies": ("Policies", lambda params: self._policy_summaries(params["Filter"])),
            "ListTargetsForPolicy": ("Targets", self._targets_of_policy),
            "ListPoliciesForTarget": (
                "Policies",
                lambda params: self._policy_summaries(params["Filter"], params["TargetId"]),
            ),
        }

    def administers(self, account: Account, service: str = "") -> bool:
        """Return whether an account is a delegated administrator of a service, or of any service if none is given."""
        services = account.item.get("DelegatedServices", ())
        return any(service in ("", delegated["ServicePrincipal"]) for delegated in services)

    def _account_items(self) -> list[Item]:
        return [account.item for account in self.accounts]

    def _children(self, items: Sequence[Item], params: Params) -> Sequence[Item]:
        parent = params.get("ParentId")
        if parent not in (*(root["Id"] for root in self.roots), *(unit["Id"] for unit in self.units)):
            raise AwsError("ParentNotFoundException", "You specified parent that doesn't exist.")
        return [item for item in items if item["ParentId"] == parent]

    def _delegated_administrators(self, params: Params) -> Sequence[Item]:
        service = params.get("ServicePrincipal", "")
        return [
            account.item | {"DelegationEnabledDate": account.item["DelegatedServices"][0]["DelegationEnabledDate"]}
            for account in self.accounts
            if self.administers(account, service)
        ]

    def _delegated_services(self, params: Params) -> Sequence[Item]:
        account = self.by_id.get(params.get("AccountId", ""))
        if account is None or not self.administers(account):
            raise AwsError("AccountNotRegisteredException", "The account is not a delegated administrator.")
        return list(account.item["DelegatedServices"])

    def _tags_of_target(self, params: Params) -> Sequence[Item]:
        target = params.get("ResourceId", "")
        target_type = self._find_target(target)["Type"]
        return list(self.by_id[target].item["Tags"]) if target_type == "ACCOUNT" else []

    def _describe_policy(self, params: Params) -> Item:
        for policy in self.policies:
            if policy["PolicySummary"]["Id"] == params.get("PolicyId"):
                return policy
        raise AwsError("PolicyNotFoundException", "We can't find a policy with the PolicyId that you specified.")

    def _policy_summaries(self, policy_type: str, target: str = "") -> Sequence[Item]:
        if target:
            self._find_target(target)  # raises the error for an unknown target
        return [
            policy["PolicySummary"]
            for policy in self.policies
            if policy["PolicySummary"]["Type"] == policy_type and (not target or target in policy["TargetIds"])
        ]

    def _find_target(self, target: str) -> Item:
        if target not in (targets := self._targets_by_id()):
            raise AwsError("TargetNotFoundException", "We can't find a root, OU, or account with that ID.")
        return targets[target]

    def _targets_by_id(self) -> dict[str, Item]:
        """Return each root, unit and account as a target, by its ID."""
        lists_by_type = (("ACCOUNT", self._account_items()), ("ORGANIZATIONAL_UNIT", self.units), ("ROOT", self.roots))
        return {
            item["Id"]: {"TargetId": item["Id"], "Arn": item["Arn"], "Name": item["Name"], "Type": target_type}
            for target_type, items in lists_by_type
            for item in items
        }

    def _targets_of_policy(self, params: Params) -> Sequence[Item]:
        targets = self._targets_by_id()  # a search for each target would take minutes with 10,000 accounts
        return [targets[target] for target in self._describe_policy(params)["TargetIds"]]
