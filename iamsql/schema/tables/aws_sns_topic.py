"""An SNS topic, in the regions that the sync reads; `--region all` reads all regions."""

from iamsql.model import Join, Table
from iamsql.schema.tables._columns import C, akas, title
from iamsql.schema.tables._resource_calls import TOPIC, TOPICS

TABLE = Table(
    call=TOPICS,
    key=("account_id", "topic_arn"),
    joins=(Join("details", TOPIC),),
    columns=(
        C("topic_arn", "text", "The ARN of the topic."),
        C("owner", "text", "The account that owns the topic.", "details:$.Owner"),
        C("policy", "json", "The policy of the topic; null if it was not read.", "details:$.Policy", "document"),
        C("kms_master_key_id", "text", "The KMS key that encrypts the messages.", "details:$.KmsMasterKeyId"),
        title("$.TopicArn"),
        akas("$.TopicArn"),
    ),
)
