"""IAM Access Analyzer's analyzers."""

from iamsql.model import Column as C
from iamsql.model import Table
from iamsql.schema.tables._analyzer_calls import ANALYZERS
from iamsql.schema.tables._columns import AKAS, TITLE

TABLE = Table(
    "aws_accessanalyzer_analyzer",
    "An analyzer of IAM Access Analyzer in one of the regions that were asked; `--region all` asks them all.",
    call=ANALYZERS,
    key=("account_id", "arn"),
    columns=(
        C("name", "text", "The analyzer's name.", "$.name"),
        C("arn", "text", "The ARN.", "$.arn"),
        C("status", "text", "ACTIVE, CREATING, DISABLED or FAILED.", "$.status"),
        C("type", "text", "ACCOUNT or ORGANIZATION, with _UNUSED_ACCESS or _INTERNAL_ACCESS after it.", "$.type"),
        C("created_at", "timestamptz", "When it was made.", "$.createdAt"),
        C("last_resource_analyzed", "text", "The resource looked at last.", "$.lastResourceAnalyzed"),
        C("last_resource_analyzed_at", "timestamptz", "When that was.", "$.lastResourceAnalyzedAt"),
        C("status_reason", "text", "The code that says why it failed or is disabled.", "$.statusReason.code"),
        C("title", "text", TITLE, "$.name"),
        C("tags", "json", "Tags as a map.", "$.tags"),
        C("akas", "json", AKAS, "$.arn", "one_list"),
    ),
    own=(
        C("configuration", "json", "What it was told of: ages, rules, accounts left out.", "$.configuration"),
        C("managed_by", "text", "The service that made it; null for one that a user made.", "$.managedBy"),
    ),
)
