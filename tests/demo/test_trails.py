"""CloudTrail's configuration: trails and shadow trails, CloudTrail Lake, and errors."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.demo.clients import MANAGEMENT, PAYMENTS, client, refusal
from tests.fake_aws import FakeAws

NETWORK, TOOLS = "012345678901", "333344445555"
ORG = f"arn:aws:cloudtrail:us-east-1:{MANAGEMENT}:trail/acme-organization"
OWN = f"arn:aws:cloudtrail:us-east-1:{NETWORK}:trail/network-trail"


def trails(aws: FakeAws, account_id: str = "", region: str = "us-east-1", **params: Any) -> list[str]:
    cloudtrail = client(aws, "cloudtrail", account_id, region=region)
    return [trail["Name"] for trail in cloudtrail.describe_trails(**params)["trailList"]]


@pytest.mark.slow
def test_the_organization_trail_is_a_shadow_trail_in_every_account(aws: FakeAws) -> None:
    assert trails(aws) == trails(aws, includeShadowTrails=False) == ["acme-organization"]
    for account, region in (("", "eu-west-1"), (PAYMENTS, "us-east-1"), (PAYMENTS, "eu-north-1")):
        assert trails(aws, account, region) == ["acme-organization"]
        assert trails(aws, account, region, includeShadowTrails=False) == []
    assert trails(aws, NETWORK) == ["acme-organization", "network-trail"]
    assert trails(aws, NETWORK, "eu-west-1") == ["acme-organization"]


def test_the_organization_trail_is_logging_and_the_network_trail_is_stopped(aws: FakeAws) -> None:
    management, network = client(aws, "cloudtrail"), client(aws, "cloudtrail", NETWORK)
    trail = management.describe_trails()["trailList"][0]
    assert (trail["S3BucketName"], trail["S3KeyPrefix"], trail["HomeRegion"]) == ("acme-trail", "acme", "us-east-1")
    assert trail["IsMultiRegionTrail"] and trail["LogFileValidationEnabled"] and trail["KmsKeyId"]
    assert management.get_trail_status(Name="acme-organization")["IsLogging"]
    assert client(aws, "cloudtrail", PAYMENTS, region="eu-west-1").get_trail_status(Name=ORG)["IsLogging"]
    stopped = network.get_trail_status(Name="network-trail")
    assert not stopped["IsLogging"] and stopped["StopLoggingTime"] == datetime.fromisoformat("2026-03-12T03:41:12Z")
    attributes = [{"AttributeKey": "EventName", "AttributeValue": "StopLogging"}]
    assert network.lookup_events(LookupAttributes=attributes)["Events"][0]["EventTime"] == stopped["StopLoggingTime"]


def test_selectors_insights_and_tags(aws: FakeAws) -> None:
    management, network = client(aws, "cloudtrail"), client(aws, "cloudtrail", NETWORK)
    assert len(management.get_event_selectors(TrailName=ORG)["AdvancedEventSelectors"]) == 2
    assert network.get_event_selectors(TrailName=OWN)["EventSelectors"][0]["ReadWriteType"] == "WriteOnly"
    assert len(management.get_insight_selectors(TrailName=ORG)["InsightSelectors"]) == 2
    with refusal("InsightNotEnabledException"):
        network.get_insight_selectors(TrailName=OWN)
    tags = management.list_tags(ResourceIdList=[ORG])["ResourceTagList"][0]["TagsList"]
    assert {"Key": "owner", "Value": "security"} in tags
    assert network.list_tags(ResourceIdList=[OWN])["ResourceTagList"][0]["TagsList"] == []
    with refusal("ResourceNotFoundException"):
        network.list_tags(ResourceIdList=[ORG])


def test_cloudtrail_lake_is_in_a_single_account_and_region(aws: FakeAws) -> None:
    lake = client(aws, "cloudtrail", TOOLS, region="eu-west-1")
    [store] = lake.list_event_data_stores()["EventDataStores"]
    arn = store["EventDataStoreArn"]
    assert lake.get_event_data_store(EventDataStore=arn)["Status"] == "ENABLED"
    [channel] = lake.list_channels()["Channels"]
    assert lake.get_channel(Channel=channel["ChannelArn"])["Destinations"][0]["Location"] == arn
    [imported] = lake.list_imports()["Imports"]
    assert lake.get_import(ImportId=imported["ImportId"])["ImportSource"]["S3"]["S3BucketRegion"] == "eu-west-1"
    queries = lake.list_queries(EventDataStore=arn)["Queries"]
    states = {query["QueryId"]: query["QueryStatus"] for query in queries}
    assert sorted(states.values()) == ["FAILED", "FINISHED"]
    for query, state in states.items():
        assert lake.describe_query(QueryId=query)["QueryStatus"] == state
    for account, region in ((TOOLS, "us-east-1"), (PAYMENTS, "eu-west-1")):
        other = client(aws, "cloudtrail", account, region=region)
        assert not other.list_event_data_stores()["EventDataStores"] and not other.list_channels()["Channels"]
        with refusal("EventDataStoreNotFoundException"):
            other.list_queries(EventDataStore=arn)


@pytest.mark.parametrize(
    ("operation", "params", "code"),
    [
        ("get_trail_status", {"Name": "none"}, "TrailNotFoundException"),
        ("get_event_selectors", {"TrailName": OWN}, "TrailNotFoundException"),
        ("get_event_data_store", {"EventDataStore": "none-such"}, "EventDataStoreNotFoundException"),
        ("get_channel", {"Channel": "none"}, "ChannelNotFoundException"),
        ("get_import", {"ImportId": "0" * 36}, "ImportNotFoundException"),
        ("describe_query", {"QueryId": "0" * 36}, "QueryIdNotFoundException"),
        ("get_trail", {"Name": ORG}, "AccessDeniedException"),
    ],
)
def test_errors_for_resources_that_do_not_exist(
    aws: FakeAws, operation: str, params: dict[str, Any], code: str
) -> None:
    with refusal(code):
        getattr(client(aws, "cloudtrail", TOOLS, region="eu-west-1"), operation)(**params)
