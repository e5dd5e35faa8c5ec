"""An S3 Multi-Region Access Point, with the settings of S3 Block Public Access that it has itself, and its policy."""

from iamsql.model import Join, Table
from iamsql.tables.calls.resources import MULTI_REGION_POINT_POLICY, MULTI_REGION_POINTS
from iamsql.tables.fragments.columns import C, block_columns, title

_SETTING = "for the access point, by its own setting. The settings of the buckets and of the accounts apply as well."
TABLE = Table(
    call=MULTI_REGION_POINTS,
    key=("account_id", "name"),
    joins=(Join("details", MULTI_REGION_POINT_POLICY),),
    columns=(
        C("name", "text", "The name of the access point."),
        C("alias", "text", "The alias, which the ARN contains; null while the access point is created."),
        C("status", "text", "The status: READY, INCONSISTENT_ACROSS_REGIONS, CREATING, PARTIALLY_CREATED, DELETING …"),
        C("created_at", "timestamptz", "When the access point was created."),
        C("regions", "json", "The buckets, as a list of objects with Bucket, Region and BucketAccountId."),
        *block_columns("$.PublicAccessBlock", _SETTING),
        C(
            "policy",
            "json",
            "The established policy; null if none, or not read. A policy that S3 has not yet propagated is not established.",
            "details:$.Policy.Established.Policy",
            "document",
        ),
        title("$.Name"),
    ),
)
