"""An event bus of EventBridge, in the regions that the sync reads; `--region all` reads all regions."""

from iamsql.model import Table
from iamsql.schema.tables._columns import C, akas, title
from iamsql.schema.tables._resource_calls import EVENT_BUSES

TABLE = Table(
    call=EVENT_BUSES,
    key=("account_id", "arn"),
    columns=(
        C("name", "text", "The name of the event bus."),
        C("arn", "text", "The ARN of the event bus."),
        C("policy", "json", "The policy of the event bus; null if it has none.", "$.Policy", "document"),
        title("$.Name"),
        akas(),
    ),
)
