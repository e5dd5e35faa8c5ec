"""The regions of an account in two services, and the error of a request to a region that is not enabled."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.demo.clients import DAY, PAYMENTS, client, flat, pages, refusal
from tests.fake_aws import FakeAws

NETWORK, WEB = "012345678901", "666677778888"


@pytest.fixture(scope="module")
def aws() -> FakeAws:
    return FakeAws(DAY)


def states(aws: FakeAws, account_id: str) -> dict[str, str]:
    region_names = flat(pages(client(aws, "account", account_id), "list_regions", "Regions"))
    return {region["RegionName"]: region["RegionOptStatus"] for region in region_names}


def test_an_account_has_default_and_opt_in_regions(aws: FakeAws) -> None:
    count = Counter(states(aws, PAYMENTS).values())
    assert count == {"ENABLED_BY_DEFAULT": 17, "DISABLED": 17}
    assert states(aws, NETWORK)["eu-south-2"] == "ENABLED"
    enabled = client(aws, "account", NETWORK).list_regions(RegionOptStatusContains=["ENABLED"])["Regions"]
    assert enabled == [{"RegionName": "eu-south-2", "RegionOptStatus": "ENABLED"}]


def test_list_regions_is_denied_where_describe_regions_works(aws: FakeAws) -> None:
    with refusal("AccessDeniedException"):
        client(aws, "account", WEB).list_regions()
    with refusal("AccessDeniedException"):
        client(aws, "account").list_regions(AccountId=PAYMENTS)
    ec2 = client(aws, "ec2", WEB)
    assert len(ec2.describe_regions()["Regions"]) == 17
    statuses = {
        region["RegionName"]: region["OptInStatus"] for region in ec2.describe_regions(AllRegions=True)["Regions"]
    }
    assert (len(statuses), statuses["ap-east-1"], statuses["eu-west-1"]) == (34, "not-opted-in", "opt-in-not-required")
    [ireland] = [region for region in ec2.describe_regions()["Regions"] if region["RegionName"] == "eu-west-1"]
    assert ireland["Endpoint"] == "ec2.eu-west-1.amazonaws.com"
    with refusal("UnauthorizedOperation"):
        ec2.describe_instances()


@pytest.mark.slow
def test_a_request_to_a_region_that_is_not_enabled_is_an_error(aws: FakeAws) -> None:
    with refusal("UnrecognizedClientException"):
        client(aws, "cloudtrail", PAYMENTS, region="ap-east-1").lookup_events()
    with refusal("UnrecognizedClientException"):
        client(aws, "cloudtrail", PAYMENTS, region="eu-south-2").describe_trails()
    assert client(aws, "cloudtrail", NETWORK, region="eu-south-2").describe_trails()["trailList"]
    with refusal("AuthFailure"):
        client(aws, "ec2", PAYMENTS, region="ap-east-1").describe_regions()


def test_other_partitions_have_their_own_regions() -> None:
    aws = FakeAws(DAY, partition="aws-cn")
    region_names = client(aws, "ec2", region="cn-north-1").describe_regions()["Regions"]
    assert [region["RegionName"] for region in region_names] == ["cn-north-1", "cn-northwest-1"]
