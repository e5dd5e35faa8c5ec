"""An SNS topic, in the regions that the sync reads; `--region all` reads all regions."""

from iamsql.model import Join, Table
from iamsql.tables.calls.resources import TOPIC, TOPICS
from iamsql.tables.fragments.columns import C, akas, title

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
