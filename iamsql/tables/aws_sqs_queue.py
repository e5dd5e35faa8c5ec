"""An SQS queue, in the regions that the sync reads; `--region all` reads all regions."""

from iamsql.model import Join, Table
from iamsql.tables.calls.resources import QUEUE, QUEUES
from iamsql.tables.fragments.columns import C

TABLE = Table(
    call=QUEUES,
    key=("account_id", "queue_url"),
    joins=(Join("details", QUEUE),),
    columns=(
        C("queue_url", "text", "The URL of the queue.", "$"),
        C("queue_arn", "text", "The ARN of the queue; null if its attributes were not read.", "details:$.QueueArn"),
        C("policy", "json", "The policy of the queue; null if none, or not read.", "details:$.Policy", "document"),
        C("kms_master_key_id", "text", "The KMS key that encrypts the messages.", "details:$.KmsMasterKeyId"),
    ),
)
