"""The regions of an account: those that are enabled by default, and those that it opted into."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from iamsql.demo.errors import AwsError

HOMES = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1", "aws-eusc": "eusc-de-east-1"}
DEFAULT = (
    *("ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2"),
    *("ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1"),
    *("us-east-1", "us-east-2", "us-west-1", "us-west-2"),
)
OPT_IN = (
    *("af-south-1", "ap-east-1", "ap-east-2", "ap-south-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5"),
    *("ap-southeast-6", "ap-southeast-7", "ca-west-1", "eu-central-2", "eu-south-1", "eu-south-2", "il-central-1"),
    *("me-central-1", "me-south-1", "mx-central-1"),
)
STATUS_IN_EC2 = {
    "ENABLED_BY_DEFAULT": "opt-in-not-required",
    "ENABLED": "opted-in",
    "DISABLED": "not-opted-in",
}


def states(enabled: Collection[str]) -> dict[str, str]:
    """Return every region with its status in an account that enabled some of the opt-in regions."""
    optional = {region: "ENABLED" if region in enabled else "DISABLED" for region in OPT_IN}
    return dict(sorted((dict.fromkeys(DEFAULT, "ENABLED_BY_DEFAULT") | optional).items()))


def check(states: Mapping[str, str], service: str, region: str) -> None:
    """Refuse a request that is signed for a region that the account has not enabled."""
    if states.get(region) != "DISABLED":
        return
    if service == "ec2":
        raise AwsError("AuthFailure", "AWS was not able to validate the provided access credentials", 401)
    code = "InvalidClientTokenId" if service == "sts" else "UnrecognizedClientException"
    raise AwsError(code, "The security token included in the request is invalid.")


def list_regions(states: Mapping[str, str], params: dict[str, Any]) -> Sequence[dict[str, Any]]:
    """Return the regions for account:ListRegions; other accounts need trusted access, which is not enabled."""
    if params.get("AccountId"):
        raise AwsError("AccessDeniedException", "Trusted access for account.amazonaws.com is not enabled.", 403)
    wanted = params.get("RegionOptStatusContains") or tuple(STATUS_IN_EC2)
    return [{"RegionName": name, "RegionOptStatus": status} for name, status in states.items() if status in wanted]


def describe_regions(states: Mapping[str, str], params: dict[str, Any]) -> dict[str, Any]:
    """Return the answer of ec2:DescribeRegions: enabled regions, or all with `AllRegions`."""
    names = {value for key, value in params.items() if key.startswith("RegionName.")}
    every = params.get("AllRegions") == "true"
    shown = [
        {"RegionName": name, "Endpoint": f"ec2.{name}.amazonaws.com", "OptInStatus": STATUS_IN_EC2[status]}
        for name, status in states.items()
        if (every or status != "DISABLED") and (not names or name in names)
    ]
    return {"Regions": shown}
