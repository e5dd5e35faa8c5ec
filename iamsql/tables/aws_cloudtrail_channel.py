"""A CloudTrail channel: an integration of CloudTrail Lake, or a service-linked channel of an AWS service."""

from iamsql.model import Join, Table
from iamsql.tables.calls.account import NO_LAKE, for_each, list_of_lake
from iamsql.tables.fragments.columns import C, akas, title

_NO_CHANNEL = (*NO_LAKE, "ChannelNotFoundException")
CHANNELS = list_of_lake("ListChannels", "Channels")
CHANNEL = for_each(CHANNELS, "GetChannel", "", {"Channel": "$.ChannelArn"}, empty_on=_NO_CHANNEL)

TABLE = Table(
    call=CHANNELS,
    key=("account_id", "arn"),
    joins=(Join("channel", CHANNEL),),
    columns=(
        C("name", "text", "The name of the channel; service-linked channels have the prefix aws-service-channel/."),
        C("arn", "text", "The ARN of the channel.", "$.ChannelArn"),
        C(
            "apply_to_all_regions",
            "boolean",
            "Whether the channel applies to all regions; null for an integration.",
            "channel:$.SourceConfig.ApplyToAllRegions",
        ),
        C("source", "text", "The source of the events: CloudTrail, Custom or the name of a partner.", "channel:"),
        C(
            "advanced_event_selectors",
            "json",
            "The advanced event selectors of the channel.",
            "channel:$.SourceConfig.AdvancedEventSelectors",
        ),
        C("ingestion_status", "json", "The latest ingestion attempt and success; null if there was none.", "channel:"),
        C("destinations", "json", "The event data stores, or the AWS service, that receive the events.", "channel:"),
        C("source_config", "json", "The regions and event selectors of a service-linked channel.", "channel:"),
        akas("$.ChannelArn"),
        title("$.Name"),
    ),
)
