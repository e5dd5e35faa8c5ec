"""What Organizations answers: accounts in pages (one of them empty), units, delegated administrators, tags."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from iamsql.demo.errors import AwsError
from iamsql.demo.people import Site, mark

Item = dict[str, Any]
Params = dict[str, Any]
ORGANIZATION = "o-demo123456"
ROOT = "r-demo"
SCP, RCP, TAG = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY", "TAG_POLICY"
ENABLED = (SCP, RCP, TAG)


class Directory:
    """The organization's tree over its sites; the first site is the management account."""

    def __init__(self, sites: Sequence[Site]) -> None:
        self.sites, self.management = sites, sites[0]

    @cached_property
    def by_id(self) -> dict[str, Site]:
        """Index the sites."""
        return {site.account_id: site for site in self.sites}

    @cached_property
    def units(self) -> dict[tuple[str, ...], str]:
        """Index every unit's id by its path; the root is the empty path."""
        paths = {site.units[:depth] for site in self.sites for depth in range(len(site.units) + 1)} | {()}
        ids = {path: mark("ou-demo-", *path, size=8).lower() for path in sorted(paths) if path}
        return {(): ROOT} | ids

    def arn(self, kind: str, name: str) -> str:
        """Give the ARN of something of the organization."""
        management = self.management
        tail = f"{kind}/{ORGANIZATION}/{name}" if name else f"{kind}/{ORGANIZATION}"
        return f"arn:{management.partition}:organizations::{management.account_id}:{tail}"

    def account(self, site: Site) -> Item:
        """Write an account."""
        item = {
            "Id": site.account_id,
            "Arn": self.arn("account", site.account_id),
            "Email": site.email,
            "Name": site.name,
            "JoinedMethod": "INVITED" if site is self.management else "CREATED",
            "JoinedTimestamp": site.at(site.joined, "joined"),
        }
        return item | {"State": site.state}

    def describe(self, _: Params) -> Item:
        """Answer DescribeOrganization."""
        management = self.management
        return {
            "Organization": {
                "Id": ORGANIZATION,
                "Arn": self.arn("organization", ""),
                "FeatureSet": "ALL",
                "MasterAccountArn": self.arn("account", management.account_id),
                "MasterAccountId": management.account_id,
                "MasterAccountEmail": management.email,
                "AvailablePolicyTypes": [],
            }
        }

    def accounts(self, _: Params) -> Sequence[Item]:
        """List all accounts."""
        return [self.account(site) for site in self.sites]

    def roots(self, _: Params) -> Sequence[Item]:
        """List the one root."""
        kinds = [{"Type": kind, "Status": "ENABLED"} for kind in ENABLED]
        return [{"Id": ROOT, "Arn": self.arn("root", ROOT), "Name": "Root", "PolicyTypes": kinds}]

    def path(self, parent: str) -> tuple[str, ...]:
        """Find a unit's path by its id, or refuse."""
        for path, unit in self.units.items():
            if unit == parent:
                return path
        raise AwsError("ParentNotFoundException", "You specified parent that doesn't exist.")

    def children(self, params: Params) -> Sequence[Item]:
        """List a parent's units."""
        path = self.path(params.get("ParentId", ""))
        return [
            {"Id": unit, "Arn": self.arn("ou", unit), "Name": below[-1]}
            for below, unit in self.units.items()
            if below and below[:-1] == path
        ]

    def residents(self, params: Params) -> Sequence[Item]:
        """List a parent's accounts."""
        path = self.path(params.get("ParentId", ""))
        return [self.account(site) for site in self.sites if site.units == path]

    def parents(self, params: Params) -> Sequence[Item]:
        """List the one parent of an account or a unit."""
        child = params.get("ChildId", "")
        path = self.by_id[child].units if child in self.by_id else self.path(child)[:-1]
        return [{"Id": self.units[path], "Type": "ORGANIZATIONAL_UNIT" if path else "ROOT"}]

    def administrators(self, params: Params) -> Sequence[Item]:
        """List delegated administrators."""
        service = params.get("ServicePrincipal")
        chosen = [site for site in self.sites if site.administers and (not service or service in site.administers)]
        return [
            self.account(site) | {"DelegationEnabledDate": site.at(site.joined - 5, "delegated")} for site in chosen
        ]

    def services(self, params: Params) -> Sequence[Item]:
        """List the services that an account administers."""
        site = self.by_id.get(params.get("AccountId", ""))
        if site is None or not site.administers:
            raise AwsError("AccountNotRegisteredException", "The account is no delegated administrator.")
        enabled = site.at(site.joined - 5, "delegated")
        return [{"ServicePrincipal": name, "DelegationEnabledDate": enabled} for name in site.administers]

    def tags(self, params: Params) -> Sequence[Item]:
        """List an account's tags."""
        target = params.get("ResourceId", "")
        if target in self.by_id:
            return [{"Key": key, "Value": value} for key, value in self.by_id[target].tags]
        if target in self.units.values():
            return []
        raise AwsError("TargetNotFoundException", "We can't find a root, OU, account, or policy with that id.")

    @cached_property
    def lists(self) -> dict[str, tuple[str, Callable[[Params], Sequence[Item]]]]:
        """Name the paged operations: member and source."""
        return {
            "ListAccounts": ("Accounts", self.accounts),
            "ListRoots": ("Roots", self.roots),
            "ListOrganizationalUnitsForParent": ("OrganizationalUnits", self.children),
            "ListAccountsForParent": ("Accounts", self.residents),
            "ListParents": ("Parents", self.parents),
            "ListDelegatedAdministrators": ("DelegatedAdministrators", self.administrators),
            "ListDelegatedServicesForAccount": ("DelegatedServices", self.services),
            "ListTagsForResource": ("Tags", self.tags),
        }
