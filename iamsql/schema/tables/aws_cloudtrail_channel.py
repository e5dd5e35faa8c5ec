"""CloudTrail's channels: the ways by which events of other sources come in, or go out to an AWS service."""

from iamsql.model import Column as C
from iamsql.model import Join, Table
from iamsql.schema.tables._columns import named
from iamsql.schema.tables._trail_calls import CHANNEL, CHANNELS

TABLE = Table(
    "aws_cloudtrail_channel",
    "A channel of CloudTrail Lake, or one that an AWS service made for itself.",
    call=CHANNELS,
    key=("account_id", "arn"),
    joins=(Join("channel", CHANNEL, on="$.ChannelArn", to="@$.Channel"),),
    columns=(
        C("name", "text", "The channel's name; one of a service begins with aws-service-channel/."),
        C("arn", "text", "The ARN.", "$.ChannelArn"),
        C(
            "apply_to_all_regions",
            "boolean",
            "Whether it takes events of all regions; null when its source is none of AWS.",
            "channel:$.SourceConfig.ApplyToAllRegions",
        ),
        C("source", "text", "Where the events come from: CloudTrail, Custom or a partner.", "channel:$.Source"),
        C(
            "advanced_event_selectors",
            "json",
            "The selectors that choose its events.",
            "channel:$.SourceConfig.AdvancedEventSelectors",
        ),
        C(
            "ingestion_status",
            "json",
            "The last attempt and the last success to take in events; null before the first.",
            "channel:$.IngestionStatus",
        ),
        C(
            "destinations",
            "json",
            "The event data stores or the service that get the events.",
            "channel:$.Destinations",
        ),
        C("source_config", "json", "Regions and selectors of a channel of a service.", "channel:$.SourceConfig"),
        *reversed(named("$.Name", "$.ChannelArn")),
    ),
)
