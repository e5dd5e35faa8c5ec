"""An S3 access point, in the regions that the sync reads; `--region all` reads all regions."""

from iamsql.model import Join, Table
from iamsql.tables.calls.resources import ACCESS_POINT, ACCESS_POINT_POLICY, ACCESS_POINTS
from iamsql.tables.fragments.columns import C, akas, block_columns, title

_SETTING = "for the access point, by its own setting. The settings of the bucket and of its account apply as well."
TABLE = Table(
    call=ACCESS_POINTS,
    key=("account_id", "access_point_arn"),
    joins=(Join("details", ACCESS_POINT_POLICY), Join("block", ACCESS_POINT)),
    columns=(
        C("name", "text", "The name of the access point."),
        C("access_point_arn", "text", "The ARN of the access point."),
        C("bucket_name", "text", "The name of the bucket.", "$.Bucket"),
        C(
            "network_origin",
            "text",
            "Whether the access point allows access from the Internet or a VPC: Internet, VPC.",
        ),
        C("vpc_id", "text", "The ID of the VPC; null for the Internet.", "$.VpcConfiguration.VpcId"),
        *block_columns("block:$.PublicAccessBlockConfiguration", _SETTING),
        C(
            "policy",
            "json",
            "The policy of the access point; null if none, or not read.",
            "details:$.Policy",
            "document",
        ),
        title("$.Name"),
        akas("$.AccessPointArn"),
    ),
)
