"""The partitions of AWS, such as aws and aws-cn: the region of their IAM, and the start of the names of their regions."""

from __future__ import annotations

# about: The Region where IAM requests of a partition are signed and where CloudTrail records them.
# source: botocore's endpoint data; inferred for CloudTrail outside the partition aws
# date: 2026-11-28
# rebuild: read the partitions in the endpoint data of botocore
HOME_REGIONS = {
    "aws": "us-east-1",
    "aws-cn": "cn-north-1",
    "aws-us-gov": "us-gov-west-1",
    "aws-eusc": "eusc-de-east-1",
}
# about: The start of the names of a partition's regions; the other regions belong to the partition aws.
# source: botocore's data of partitions
# date: 2026-12-01
# rebuild: read regionRegex in the file partitions.json of botocore
REGION_PREFIXES = {
    "cn-": "aws-cn",
    "eusc-": "aws-eusc",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "eu-isoe-": "aws-iso-e",
    "us-isof-": "aws-iso-f",
    "us-gov-": "aws-us-gov",
}


def home_region(partition: str) -> str:
    """Return the region of a partition's IAM, which is also the region of its global resources."""
    return HOME_REGIONS.get(partition, HOME_REGIONS["aws"])


def resource_region(region: str, partition: str) -> str:
    """Return the region of a resource for formats where each resource has one; `global` is the region of IAM."""
    return home_region(partition) if region.strip() in ("", "global") else region


def find_partition(region: str) -> str:
    """Return the partition of a region."""
    return next((name for prefix, name in REGION_PREFIXES.items() if region.startswith(prefix)), "aws")


def build_arn(template: str, region: str, account_id: str, item: str) -> str:
    """Return the ARN of a listed item. The template has the fields {partition}, {region}, {account} and {item}."""
    return template.format(partition=find_partition(region), region=region, account=account_id, item=item)
