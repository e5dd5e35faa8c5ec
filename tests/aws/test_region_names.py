"""Regions are the codes of all partitions."""

from __future__ import annotations

from iamsql.aws.region_names import region_names


def test_regions_have_no_names_of_partitions() -> None:
    names = region_names()
    assert {"us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1"} <= {*names}
    assert names == sorted(names) and not [name for name in names if "global" in name]
