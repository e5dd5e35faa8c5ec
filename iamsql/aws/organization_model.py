"""The organization, and the calls that read it."""

from __future__ import annotations

from dataclasses import dataclass, field

from iamsql.aws.partitions import home_region
from iamsql.aws.plan import CallResult
from iamsql.aws.sessions import AccountSession
from iamsql.model import Account, Call


@dataclass(frozen=True)
class OrgCalls:
    """The calls that find the accounts, as the tables declare them; `units` and `children` list the children of one parent."""

    caller: Call
    organization: Call
    accounts: Call
    roots: Call
    units: Call
    children: Call
    delegated: Call
    features: Call


@dataclass
class Organization:
    """The organization. `notes` are sentences for the user; `results` are the results of the calls that found it.

    `reader` is the session that reads the organization: the session of the caller or of `org_role`.
    """

    caller_arn: str
    caller_account: str
    partition: str
    reader: AccountSession
    organization_id: str = ""
    management: str = ""
    accounts: list[Account] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    results: dict[Call, CallResult] = field(default_factory=dict)

    @property
    def owner(self) -> str:
        """Return the ID in the names of run files: the organization's, or the caller's account without an organization."""
        return self.organization_id or self.caller_account

    @property
    def home_region(self) -> str:
        """Return the home region of the partition's IAM."""
        return home_region(self.partition)
