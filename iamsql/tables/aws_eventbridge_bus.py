"""An event bus of EventBridge, in the regions that the sync reads; `--region all` reads all regions."""

from iamsql.model import Table
from iamsql.tables.calls.resources import EVENT_BUSES
from iamsql.tables.fragments.columns import C, akas, title

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
