"""Which services a user, group or role of the made-up organization may use, and when each was last used.

A job's id is drawn from the principal's ARN, so that the same answer comes on every run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from iamsql.demo.errors import AwsError
from iamsql.demo.pagination import cut, size_of
from iamsql.demo.people import Group, Role, Site, User, mark

Item = dict[str, Any]
Params = dict[str, Any]
Principal = User | Group | Role
NAMES = {
    "dynamodb": "Amazon DynamoDB",
    "ec2": "Amazon EC2",
    "iam": "AWS Identity and Access Management",
    "kms": "AWS Key Management Service",
    "lambda": "AWS Lambda",
    "s3": "Amazon S3",
    "sts": "AWS Security Token Service",
}
FEW = ("iam", "s3")  # what those without a policy for everything are allowed
TRACKED = {"s3": ("ListAllMyBuckets", "PutBucketPolicy"), "iam": ("CreateUser", "ListUsers"), "lambda": ()}
PAGE = 3


def _principals(site: Site) -> dict[str, Principal]:
    """Find everyone whose last use can be asked for, by ARN."""
    kinds: tuple[tuple[str, Sequence[Principal]], ...] = (
        ("user", list(site.users)),
        ("group", site.groups),
        ("role", site.roles),
    )
    return {site.arn(kind, one.path, one.name): one for kind, held in kinds for one in held}


def _job(arn: str) -> str:
    letters = mark("", arn, size=32).lower().translate(str.maketrans("ghijklmnopqrstuvwxyz", "01234567890123456789"))
    return "-".join((letters[:8], letters[8:12], letters[12:16], letters[16:20], letters[20:32]))


def ask(site: Site, params: Params) -> Item:
    """Answer GenerateServiceLastAccessedDetails."""
    arn = params.get("Arn", "")
    if arn not in _principals(site):
        raise AwsError("NoSuchEntity", f"ARN {arn} does not exist.", 404)
    return {"JobId": _job(arn)}


def answer(site: Site, params: Params, first: bool, failed: Sequence[str], page_size: int) -> Item:
    """Answer GetServiceLastAccessedDetails; `first` tells whether the job is asked for the first time."""
    job = params.get("JobId", "")
    found = next(((arn, one) for arn, one in _principals(site).items() if _job(arn) == job), None)
    if found is None:
        raise AwsError("NoSuchEntity", f"Job id {job} does not exist.", 404)
    arn, one = found
    head = {"JobStatus": "COMPLETED", "JobType": "ACTION_LEVEL", "JobCreationDate": site.midnight}
    if one.name in failed:
        error = {"Code": "ServiceFailure", "Message": "The report could not be made."}
        return head | {"JobStatus": "FAILED", "ServicesLastAccessed": [], "Error": error}
    if first and isinstance(one, Role):
        return head | {"JobStatus": "IN_PROGRESS", "ServicesLastAccessed": []}
    size = size_of("iam", params, PAGE if site.small else 0, page_size)
    page = cut("iam", "GetServiceLastAccessedDetails", params, services(site, arn, one), size, gap=False)
    more = {"IsTruncated": page.token is not None, "Marker": page.token, "JobCompletionDate": site.midnight}
    return head | more | {"ServicesLastAccessed": list(page.items)}


def services(site: Site, arn: str, one: Principal) -> list[Item]:
    """Write what a principal may use; of services never used there is no more than the name."""
    whole = any("Administrator" in name or "PowerUser" in name for name in one.attached)
    used = {key.service: key.used for key in getattr(one, "keys", ()) if key.used is not None}
    if isinstance(one, Role) and one.used is not None:
        used["s3"] = one.used
    allowed = sorted({*(NAMES if whole else FEW), *used})
    return [_service(site, arn, name, used.get(name)) for name in allowed]


def _service(site: Site, arn: str, name: str, used: int | None) -> Item:
    tracked = TRACKED.get(name)
    item: Item = {
        "ServiceName": NAMES.get(name, f"AWS {name}"),
        "ServiceNamespace": name,
        "TotalAuthenticatedEntities": int(used is not None),
        "TrackedActionsLastAccessed": None
        if tracked is None
        else [{"ActionName": action} for action in tracked[1:]] + _used_action(site, arn, tracked[:1], used),
    }
    return item if used is None else item | _last(site, arn, used, "LastAuthenticated", "Authenticated")


def _used_action(site: Site, arn: str, actions: Sequence[str], used: int | None) -> list[Item]:
    last = {} if used is None else _last(site, arn, used, "LastAccessedTime", "Accessed")
    return [{"ActionName": action} | last for action in actions]


def _last(site: Site, arn: str, used: int, time: str, word: str) -> Item:
    at = site.at(used, f"{arn}/last")
    return {time: at, f"Last{word}Entity": arn, f"Last{word}Region": site.home}
