"""An S3 Multi-Region Access Point, with the settings of S3 Block Public Access that it has itself, and its policy."""

from iamsql.model import Join, Table
from iamsql.schema.tables._columns import C, title
from iamsql.schema.tables._resource_calls import MULTI_REGION_POINT_POLICY, MULTI_REGION_POINTS

_BLOCK = "for the access point, by its own setting. Those of the buckets and of the accounts apply as well."


def _block(name: str, effect: str, member: str) -> C:
    return C(name, "boolean", f"Whether S3 {effect} {_BLOCK}", f"$.PublicAccessBlock.{member}")


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
        _block("block_public_acls", "rejects new public ACLs", "BlockPublicAcls"),
        _block("block_public_policy", "rejects new public policies", "BlockPublicPolicy"),
        _block("ignore_public_acls", "ignores public ACLs", "IgnorePublicAcls"),
        _block("restrict_public_buckets", "restricts access by a public policy", "RestrictPublicBuckets"),
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
