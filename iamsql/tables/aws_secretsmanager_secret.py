"""A secret of Secrets Manager, in the regions that the sync reads; `--region all` reads all regions. Values are never read."""

from iamsql.model import Join, Table
from iamsql.tables.calls.resources import SECRET_POLICY, SECRETS
from iamsql.tables.fragments.columns import C, akas, tags, tags_src, title

TABLE = Table(
    call=SECRETS,
    key=("account_id", "arn"),
    joins=(Join("details", SECRET_POLICY),),
    columns=(
        C("name", "text", "The name of the secret."),
        C("arn", "text", "The ARN of the secret.", "$.ARN"),
        C("description", "text", "The description of the secret."),
        C("kms_key_id", "text", "The KMS key that encrypts the secret; null for the key aws/secretsmanager."),
        C("policy", "json", "The policy; null if none, or not read.", "details:$.ResourcePolicy", "document"),
        tags_src(),
        title("$.Name"),
        tags(),
        akas("$.ARN"),
    ),
)
