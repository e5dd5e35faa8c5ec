"""A finding of IAM Access Analyzer, in the regions that the sync reads; `--region all` reads all regions."""

from dataclasses import replace

from iamsql.model import View
from iamsql.tables.aws_accessanalyzer_analyzer import ANALYZERS, PAGE
from iamsql.tables.calls.account import for_each
from iamsql.tables.fragments.columns import C, title
from iamsql.tables.fragments.sql_files import read_sql

# ListFindings returns the findings of external access analyzers, with principal and action. ListFindingsV2 returns the findings
# of all other types of analyzer (API reference). The action access-analyzer:ListFindings allows both.
_EXTERNAL_ACCESS = ("ACCOUNT", "ORGANIZATION")
FINDINGS = for_each(
    ANALYZERS,
    "ListFindings",
    "findings",
    {"analyzerArn": "$.arn"},
    params=PAGE,
    only=("type", *_EXTERNAL_ACCESS),
    empty_on=("ResourceNotFoundException",),  # an analyzer that was deleted after the listing
    action="access-analyzer:ListFindings",
)
OTHER_FINDINGS = replace(FINDINGS, operation="ListFindingsV2", only=("-type", *_EXTERNAL_ACCESS))
TABLE = View(
    key=("account_id", "access_analyzer_arn", "id"),
    calls=(ANALYZERS, FINDINGS, OTHER_FINDINGS),
    columns=(
        C("access_analyzer_arn", "text", "The ARN of the analyzer that generated the finding."),
        C("id", "text", "The ID of the finding."),
        C("analyzed_at", "timestamptz", "The date and time when the resource was last analyzed."),
        C("created_at", "timestamptz", "The date and time when the finding was created."),
        C("error", "text", "The error that occurred in the analysis; null if there was none."),
        C("is_public", "boolean", "Whether the access is public; null for other than external access."),
        C("resource", "text", "The ARN of the resource, or of the user or role."),
        C("resource_owner_account", "text", "The ID of the account that owns the resource."),
        C("resource_type", "text", "The type of the resource, such as AWS::S3::Bucket."),
        C("status", "text", "The status: ACTIVE, ARCHIVED or RESOLVED."),
        C("updated_at", "timestamptz", "The date and time when the finding was last updated."),
        C("action", "json", "The actions that the principal may use; null for other than external access."),
        C("sources", "json", "The sources of access to a bucket: Type, and Detail for an access point."),
        C("principal", "json", "The external principal that has access; null for other than external access."),
        C("condition", "json", "The conditions of the policy statement; null for other than external access."),
        title(),
    ),
    extra_columns=(
        C("finding_type", "text", "The type of the finding, such as ExternalAccess, InternalAccess or UnusedIAMRole."),
        C("resource_control_policy_restriction", "text", "Whether a resource control policy restricts the access."),
    ),
    sql=read_sql(__file__, findings=FINDINGS, other_findings=OTHER_FINDINGS),
)
