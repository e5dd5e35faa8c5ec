"""A KMS key, in the regions that the sync reads, with its key policy and grants; `--region all` reads all regions."""

from iamsql.model import Join, Table
from iamsql.tables.calls.resources import KEY, KEY_GRANTS, KEY_POLICY, KEYS
from iamsql.tables.fragments.columns import C, akas, title

TABLE = Table(
    call=KEYS,
    key=("account_id", "arn"),
    joins=(Join("details", KEY), Join("policy", KEY_POLICY), Join("grants", KEY_GRANTS)),
    columns=(
        C("id", "text", "The ID of the key.", "$.KeyId"),
        C("arn", "text", "The ARN of the key.", "$.KeyArn"),
        C("key_manager", "text", "AWS for AWS managed keys, CUSTOMER for others.", "details:$.KeyManager"),
        C("creation_date", "timestamptz", "The date and time when the key was created.", "details:$.CreationDate"),
        C("deletion_date", "timestamptz", "The date after which AWS deletes the key.", "details:$.DeletionDate"),
        C("description", "text", "The description of the key.", "details:$.Description"),
        C("enabled", "boolean", "Whether the key is enabled.", "details:$.Enabled"),
        C("key_state", "text", "The state: Enabled, Disabled, PendingDeletion …", "details:$.KeyState"),
        C("key_usage", "text", "The use: ENCRYPT_DECRYPT, SIGN_VERIFY …", "details:$.KeyUsage"),
        C("multi_region", "boolean", "Whether the key is a multi-Region key.", "details:$.MultiRegion"),
        C("origin", "text", "The source of the key material: AWS_KMS, EXTERNAL …", "details:$.Origin"),
        C("policy", "json", "The key policy; null if it was not read.", "policy:$.Policy", "document"),
        title("$.KeyId"),
        akas("$.KeyArn"),
    ),
    extra_columns=(
        C("grants", "json", "The first 100 grants; aws_resource_policy has all. Null if not read.", "grants:$.Grants"),
    ),
)
