"""The quotas from which limiters start."""

from __future__ import annotations

from iamsql.aws.rates.quotas import QUOTAS, find_quota, quota_key


def test_an_operation_with_its_own_quota_does_not_share_the_quota_of_its_service() -> None:
    assert quota_key("cloudtrail", "LookupEvents") == "cloudtrail:LookupEvents"
    assert quota_key("cloudtrail", "DescribeTrails") == "cloudtrail"
    assert find_quota("cloudtrail", "LookupEvents") is QUOTAS["cloudtrail", "LookupEvents"]
    assert find_quota("iam", "ListUsers") is QUOTAS["iam"]
    assert find_quota("unheard-of").rate > 0
