"""The regions of an account: the default regions, and the regions that the account opted into."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from iamsql.demo.errors import AwsError
from iamsql.demo.files import read_data

HOME_REGIONS = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1", "aws-eusc": "eusc-de-east-1"}
REGION_STATUSES = {item["RegionName"]: item["RegionOptStatus"] for item in json.loads(read_data("regions.json"))}
DEFAULT_REGIONS = tuple(name for name, status in REGION_STATUSES.items() if status == "ENABLED_BY_DEFAULT")
STATUS_IN_EC2 = {"ENABLED_BY_DEFAULT": "opt-in-not-required", "ENABLED": "opted-in", "DISABLED": "not-opted-in"}


def states(enabled: Collection[str]) -> dict[str, str]:
    """Return every region with its status in an account that enabled some of the opt-in regions."""
    return REGION_STATUSES | dict.fromkeys(enabled, "ENABLED")


def check_enabled(states: Mapping[str, str], service: str, region: str) -> None:
    """Refuse a request that is signed for a region that the account has not enabled, with the error code of the service."""
    if states.get(region) != "DISABLED":
        return
    if service == "ec2":
        raise AwsError("AuthFailure", "AWS was not able to validate the provided access credentials", 401)
    code = "InvalidClientTokenId" if service == "sts" else "UnrecognizedClientException"
    raise AwsError(code, "The security token included in the request is invalid.")


def list_regions(states: Mapping[str, str], params: dict[str, Any]) -> Sequence[dict[str, Any]]:
    """Return the regions for account:ListRegions."""
    statuses = params.get("RegionOptStatusContains") or tuple(STATUS_IN_EC2)
    return [{"RegionName": name, "RegionOptStatus": status} for name, status in states.items() if status in statuses]


def describe_regions(states: Mapping[str, str], params: dict[str, Any]) -> dict[str, Any]:
    """Return the answer of ec2:DescribeRegions: enabled regions, or all with `AllRegions`."""
    all_regions = params.get("AllRegions") == "true"
    regions = [
        {"RegionName": name, "Endpoint": f"ec2.{name}.amazonaws.com", "OptInStatus": STATUS_IN_EC2[status]}
        for name, status in states.items()
        if all_regions or status != "DISABLED"
    ]
    return {"Regions": regions}
