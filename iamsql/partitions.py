"""The partitions of AWS, such as aws and aws-cn: the region of their IAM."""

from __future__ import annotations

# about: The Region in which IAM requests of a partition are signed and in which CloudTrail records them.
# source: botocore's endpoint data; inferred for CloudTrail outside the partition aws
# date: 2026-11-28
# rebuild: read the partitions in the endpoint data of botocore
HOME_REGIONS = {
    "aws": "us-east-1",
    "aws-cn": "cn-north-1",
    "aws-us-gov": "us-gov-west-1",
    "aws-eusc": "eusc-de-east-1",
}


def home_region(partition: str) -> str:
    """Return the region of a partition's IAM, which is also the region of its global resources."""
    return HOME_REGIONS.get(partition, HOME_REGIONS["aws"])


def resource_region(region: str, partition: str) -> str:
    """Return the region of a resource for formats in which each resource has one; `global` is the region of IAM."""
    return home_region(partition) if region.strip() in ("", "global") else region
