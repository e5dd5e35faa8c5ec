"""Which regions an account may use: the seventeen that are on from the start, and those that it opted into."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from iamsql.demo.errors import AwsError
from iamsql.demo.people import Site

Item = dict[str, Any]
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
ELSEWHERE = {
    "aws-cn": ("cn-north-1", "cn-northwest-1"),
    "aws-us-gov": ("us-gov-east-1", "us-gov-west-1"),
    "aws-eusc": ("eusc-de-east-1",),
}
WORDS = {"ENABLED_BY_DEFAULT": "opt-in-not-required", "ENABLED": "opted-in", "DISABLED": "not-opted-in"}


def states(site: Site) -> dict[str, str]:
    """Give every region of the partition with its state in the account."""
    if site.partition != "aws":
        return dict.fromkeys(ELSEWHERE[site.partition], "ENABLED_BY_DEFAULT")
    optional = {region: "ENABLED" if region in site.opted else "DISABLED" for region in OPT_IN}
    return dict(sorted((dict.fromkeys(DEFAULT, "ENABLED_BY_DEFAULT") | optional).items()))


def check(site: Site, service: str, region: str) -> None:
    """Refuse a request signed for a region that the account has not enabled."""
    if site.partition == "aws" and region in OPT_IN and region not in site.opted:
        words = "The security token included in the request is invalid."
        if service == "ec2":
            raise AwsError("AuthFailure", "AWS was not able to validate the provided access credentials", 401)
        raise AwsError("InvalidClientTokenId" if service == "sts" else "UnrecognizedClientException", words)


def listed(site: Site, params: dict[str, Any]) -> Sequence[Item]:
    """List regions as account:ListRegions does; another account's only with trusted access, which nobody enabled."""
    if params.get("AccountId"):
        raise AwsError("AccessDeniedException", "Trusted access for account.amazonaws.com is not enabled.", 403)
    wanted = params.get("RegionOptStatusContains") or tuple(WORDS)
    return [{"RegionName": name, "RegionOptStatus": state} for name, state in states(site).items() if state in wanted]


def described(site: Site, params: dict[str, Any]) -> Item:
    """Answer ec2:DescribeRegions: enabled regions, or all of them when asked for."""
    names = {value for key, value in params.items() if key.startswith("RegionName.")}
    all_of_them = params.get("AllRegions") == "true"
    shown = [
        {"RegionName": name, "Endpoint": f"ec2.{name}.amazonaws.com", "OptInStatus": WORDS[state]}
        for name, state in states(site).items()
        if (all_of_them or state != "DISABLED") and (not names or name in names)
    ]
    return {"Regions": shown}
