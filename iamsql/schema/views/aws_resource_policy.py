"""A resource that can have a policy, with the policy: a bucket, a KMS key, a queue, a topic, a function, a secret and others."""

from iamsql.model import View
from iamsql.schema.tables._columns import C

_COLUMNS = (
    C("account_id", "text", "The ID of the account."),
    C("region", "text", "The AWS Region of the resource."),
    C("partition", "text", "The AWS partition."),
    C("resource_type", "text", "The type of the resource, such as s3_bucket, kms_key or sqs_queue."),
    C("arn", "text", "The ARN of the resource."),
    C("name", "text", "The name of the resource."),
    C("policy", "json", "The policy document; null without a policy."),
    C("document_id", "text", "The ID of the document, as in aws_iam_statement; null without a policy."),
    C("policy_status", "text", "read, none (the resource has no policy), or unread."),
    C("block_public_acls", "boolean", "Whether BlockPublicAcls is on for the bucket or its account."),
    C("ignore_public_acls", "boolean", "Whether IgnorePublicAcls is on for the bucket or its account."),
    C("block_public_policy", "boolean", "Whether BlockPublicPolicy is on for the bucket or its account."),
    C("restrict_public_buckets", "boolean", "Whether RestrictPublicBuckets is on for the bucket or its account."),
    C("object_ownership", "text", "The object ownership of a bucket."),
    C("grants", "json", "The grants of a KMS key, as ListGrants returns them; null if not read."),
)
TABLE = View(
    key=("account_id", "arn"),
    common_columns="none",
    columns=_COLUMNS,
    sql="select " + ", ".join(f"cast(null as {column.type}) as {column.name}" for column in _COLUMNS) + " where false",
)
