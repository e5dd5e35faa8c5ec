"""An analyzer of IAM Access Analyzer, in the regions that the sync reads; `--region all` reads all regions."""

from iamsql.model import Call, Table
from iamsql.tables.fragments.columns import C, akas, title

# The API reference documents no maximum for maxResults.
PAGE = (("maxResults", 100),)
ANALYZERS = Call("accessanalyzer", "ListAnalyzers", "analyzers", params=PAGE, regional=True, on_demand=True)
TABLE = Table(
    call=ANALYZERS,
    key=("account_id", "arn"),
    columns=(
        C("name", "text", "The name of the analyzer.", "$.name"),
        C("arn", "text", "The ARN of the analyzer.", "$.arn"),
        C("status", "text", "The status: ACTIVE, CREATING, DISABLED or FAILED.", "$.status"),
        C("type", "text", "ACCOUNT or ORGANIZATION, with or without _UNUSED_ACCESS or _INTERNAL_ACCESS.", "$.type"),
        C("created_at", "timestamptz", "The date and time when the analyzer was created.", "$.createdAt"),
        C("last_resource_analyzed", "text", "The ARN of the last analyzed resource.", "$.lastResourceAnalyzed"),
        C("last_resource_analyzed_at", "timestamptz", "The time of that analysis.", "$.lastResourceAnalyzedAt"),
        C("status_reason", "text", "The code of the reason for the status DISABLED or FAILED.", "$.statusReason.code"),
        title("$.name"),
        C("tags", "json", "The tags, as a map of keys to values.", "$.tags"),
        akas("$.arn"),
    ),
    extra_columns=(
        C("configuration", "json", "The tracking period, rules and excluded accounts.", "$.configuration"),
        C("managed_by", "text", "The AWS service that created the analyzer; null if a user created it.", "$.managedBy"),
    ),
)
