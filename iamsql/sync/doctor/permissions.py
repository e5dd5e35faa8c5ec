"""Try the permissions that a sync uses, each with the smallest request: one item, no next page.

A call for the items of another call is made for the first item that exists, otherwise for a name that cannot exist: IAM
authorizes a request before it looks for the resource (assumed; NoSuchEntity then shows that the call is allowed).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from iamsql.aws.client import REPORT_NOT_READY_CODES, CallStats, Request
from iamsql.aws.credential_report import GENERATE_OPERATION, REPORT_OPERATION
from iamsql.aws.errors import FINAL_FAULT_TYPES, Fault, RequestFailedError
from iamsql.aws.items import Parent, without_parent
from iamsql.aws.paginate import search_items
from iamsql.aws.plan import CollectionPlan, call_depth, count_requests
from iamsql.model import Call

PAGE_SIZES = ("MaxItems", "MaxResults", "maxResults")  # parameters that limit a page
NO_NAME = "iamsql-doctor-no-such-name"
# Parameters that identify a resource of IAM, and a valid value that no resource has. An access key ID is missing, because IAM
# answers AccessDenied for a key that does not exist.
NO_RESOURCE = {
    "UserName": NO_NAME,
    "GroupName": NO_NAME,
    "RoleName": NO_NAME,
    "PolicyName": NO_NAME,
    "InstanceProfileName": NO_NAME,
    "ServerCertificateName": NO_NAME,
    "VersionId": "v1",
    "SSHPublicKeyId": "APKA00000000000000000",
    "JobId": "00000000-0000-0000-0000-000000000000",
    "Arn": f"arn:{{partition}}:iam::{{account}}:user/{NO_NAME}",
    "PolicyArn": f"arn:{{partition}}:iam::{{account}}:policy/{NO_NAME}",
    "SAMLProviderArn": f"arn:{{partition}}:iam::{{account}}:saml-provider/{NO_NAME}",
    "OpenIDConnectProviderArn": f"arn:{{partition}}:iam::{{account}}:oidc-provider/{NO_NAME}.example.com",
}
# Errors of a request that was authorized: there is no resource or no report, or IAM is generating too many reports.
AUTHORIZED = (
    "NoSuchEntity",
    "NoSuchEntityException",
    "LimitExceeded",
    "ReportGenerationLimitExceeded",
    *REPORT_NOT_READY_CODES,
)
INVALID = re.compile(r"Validation|InvalidInput|InvalidParameter")  # codes that can precede authorization
GENERATE_REPORT = Call("iam", GENERATE_OPERATION)
Send = Callable[[Request, CallStats], Awaitable[Any]]  # raises RequestFailedError


class Outcome(NamedTuple):
    """The result for an action in a region: `fault` is None if it is allowed, `reason` says why it could not be tried."""

    action: str
    region: str
    call: Call
    fault: Fault | None = None
    reason: str = ""

    @property
    def is_allowed(self) -> bool:
        """Return whether the request showed that the action is allowed."""
        return self.fault is None and not self.reason


@dataclass
class PermissionTrial:
    """Tries the calls of a plan with one session; `items` has items that were read before, by raw table and region."""

    send: Send
    plan: CollectionPlan
    account_id: str
    partition: str
    items: dict[tuple[str, str], list[Parent]] = field(default_factory=dict)

    async def run(self, calls: Sequence[Call]) -> list[Outcome]:
        """Try each action once in each of its regions, parents before their children."""
        outcomes: list[Outcome] = []
        for level in _calls_by_level(calls):
            calls_to_try = {
                key: self._call_with_parent(calls_of_action, key[1])
                for key, calls_of_action in self._group_by_action(level).items()
            }
            results = await asyncio.gather(*(self._attempt(call, region) for (_, region), call in calls_to_try.items()))
            outcomes += [outcome for result in results for outcome in result]
            if any(outcome.fault and outcome.fault.fault_type in FINAL_FAULT_TYPES for outcome in outcomes):
                break  # no other request can succeed
        return outcomes

    def _group_by_action(self, calls: Iterable[Call]) -> dict[tuple[str, str], list[Call]]:
        """Group calls by action and region. With --region all, an account's regions are not known: its home is tried."""
        groups: dict[tuple[str, str], list[Call]] = {}
        for call in calls:
            for region in self.plan.regions_of(call, (self.plan.home_region,)):
                groups.setdefault((call.permission, region), []).append(call)
        return groups

    def _call_with_parent(self, calls: Sequence[Call], region: str) -> Call:
        """Return the first of an action's calls that has a parent to try; without such a call, the first call."""
        return next((call for call in calls if not call.parent or self._known_parents(call, region)), calls[0])

    def _known_parents(self, call: Call, region: str) -> list[Parent]:
        if call.parent is None:
            return without_parent(self.account_id)
        sources = (call.parent, *self.plan.fallbacks_of(call.parent))
        return [parent for source in sources for parent in self.items.get((source.raw, region), ())]

    async def _attempt(self, call: Call, region: str) -> list[Outcome]:
        """Try a call in a region. The credential report is generated first, as a sync does."""
        before = await self._attempt(GENERATE_REPORT, region) if call.operation == REPORT_OPERATION else []
        requests = count_requests(call, self._known_parents(call, region), region, self.account_id)
        params, target = next(requests, (None, region))
        is_placeholder = params is None
        if params is None and (params := self._placeholder_parameters(call)) is None:
            reason = f"there is no item of {call.parent.operation}" if call.parent else "it has no parameters"
            return [*before, Outcome(call.permission, region, call, reason=reason)]
        sizes = {name: 1 for name, _ in call.params if name in PAGE_SIZES}
        request = Request(call.service, call.operation, target, dict(call.params) | params | sizes, call.empty_on)
        try:
            response = await self.send(request, CallStats())
        except RequestFailedError as failed:
            return [*before, _outcome_of_fault(call, region, failed.fault, is_placeholder=is_placeholder)]
        self._store_parents(call, region, params, response)
        return [*before, Outcome(call.permission, region, call)]

    def _store_parents(self, call: Call, region: str, params: dict[str, Any], response: Any) -> None:
        """Store the first item of each call that shares the response, as a parent of other calls."""
        for sibling_call in self.plan.calls:
            if sibling_call.request_key == call.request_key and sibling_call.raw in self.plan.parent_tables:
                items = search_items(response, sibling_call.items)[:1]
                self.items.setdefault((sibling_call.raw, region), []).extend(Parent(params, item) for item in items)

    def _placeholder_parameters(self, call: Call) -> dict[str, Any] | None:
        """Return the parameters of a request for a resource that does not exist; None if the service has no such value."""
        names = [name for name, _ in call.params_from]
        if call.service != "iam" or not all(name in NO_RESOURCE for name in names):
            return None
        return {name: NO_RESOURCE[name].format(partition=self.partition, account=self.account_id) for name in names}


def _outcome_of_fault(call: Call, region: str, fault: Fault, *, is_placeholder: bool) -> Outcome:
    """Return the outcome of a request that failed; some errors show that the request was authorized."""
    if fault.fault_type in ("absent", "not_applicable") or fault.code in AUTHORIZED:
        return Outcome(call.permission, region, call)
    if is_placeholder and fault.fault_type == "error" and INVALID.search(fault.code):
        return Outcome(call.permission, region, call, reason=f"AWS rejects the request as invalid ({fault.code})")
    return Outcome(call.permission, region, call, fault)


def _calls_by_level(calls: Sequence[Call]) -> Iterator[list[Call]]:
    """Yield the calls without a parent, then their children, and so on; one call of each request."""
    by_depth: dict[int, dict[Any, Call]] = {}
    for call in calls:
        by_depth.setdefault(call_depth(call), {}).setdefault(call.request_key, call)
    for depth in sorted(by_depth):
        yield list(by_depth[depth].values())


def is_fallback(call: Call) -> bool:
    """Return whether a sync makes a call only if another call was denied or failed, or with `fresh`."""
    return bool(call.fallback_for) and not call.parent_filter


def needs_fallback(call: Call, refused: Collection[str], fresh: bool) -> bool:
    """Return whether a sync would make a fallback call, because a call that it replaces is refused."""
    mains = (main.permission for main in (call.fallback_for, call.also_for) if main)
    return (call.fresh and fresh) or any(main in refused for main in mains)
