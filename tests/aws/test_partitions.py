"""The regions of partitions."""

from __future__ import annotations

import pytest
from botocore.session import get_session

from iamsql.aws.partitions import HOME_REGIONS, home_region, resource_region


def test_home_regions_are_regions_of_their_partition() -> None:
    session = get_session()
    assert {session.get_partition_for_region(region): region for region in HOME_REGIONS.values()} == HOME_REGIONS


@pytest.mark.parametrize(
    ("region", "partition", "expected"),
    [
        ("global", "aws", "us-east-1"),
        ("global", "aws-cn", "cn-north-1"),
        ("", "aws-us-gov", "us-gov-west-1"),
        ("eu-west-1", "aws", "eu-west-1"),
        ("global", "aws-new", "us-east-1"),
    ],
)
def test_a_global_resource_is_in_the_home_region(region: str, partition: str, expected: str) -> None:
    assert resource_region(region, partition) == expected
    assert region or home_region(partition) == expected
