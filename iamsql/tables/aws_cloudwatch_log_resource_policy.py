"""A resource policy of CloudWatch Logs, in the regions that the sync reads; `--region all` reads all regions.

It applies to the log groups of the region that its statements name.
"""

from iamsql.model import Table
from iamsql.tables.calls.resources import LOG_POLICIES
from iamsql.tables.fragments.columns import C, title

TABLE = Table(
    call=LOG_POLICIES,
    key=("account_id", "region", "policy_name"),
    columns=(
        C("policy_name", "text", "The name of the policy.", "$.policyName"),
        C("policy", "json", "The policy document.", "$.policyDocument", "document"),
        C("resource_arn", "text", "The ARN of the log group, for a policy of one log group.", "$.resourceArn"),
        title("$.policyName"),
    ),
)
