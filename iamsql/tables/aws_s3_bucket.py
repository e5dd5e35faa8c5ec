"""An S3 bucket of an account, in any region, with its policy, its public access block, its object ownership and its ACL."""

from iamsql.model import View
from iamsql.tables.calls import resources as calls
from iamsql.tables.fragments.columns import C, akas, title
from iamsql.tables.fragments.resource_policies import join_details
from iamsql.tables.fragments.resource_types import PARTITION

_BLOCK = "null if it was not read. The block of the account, in aws_s3_account_settings, applies as well."


def _switch_column(name: str, member: str) -> str:
    """Return the column of a switch of the public access block, false in a response without a configuration."""
    value = f"try_cast(b.item ->> '$.PublicAccessBlockConfiguration.{member}' as boolean)"
    return f"case when b.item is not null then coalesce({value}, false) end as {name}"


_DETAILS = "\n".join(
    join_details(alias, call, "(l.item ->> '$.Name')", "Bucket")
    for alias, call in (
        ("p", calls.BUCKET_POLICY),
        ("b", calls.BUCKET_BLOCK),
        ("o", calls.BUCKET_OWNERSHIP),
        ("a", calls.BUCKET_ACL),
    )
)
TABLE = View(
    key=("account_id", "name"),
    calls=(calls.BUCKETS, calls.BUCKET_POLICY, calls.BUCKET_BLOCK, calls.BUCKET_OWNERSHIP, calls.BUCKET_ACL),
    columns_of=(
        (calls.BUCKET_POLICY, ("policy",)),
        (
            calls.BUCKET_BLOCK,
            ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"),
        ),
        (calls.BUCKET_OWNERSHIP, ("object_ownership_controls",)),
        (calls.BUCKET_ACL, ("acl",)),
    ),
    by_account=True,
    columns=(
        C("name", "text", "The name of the bucket."),
        C("arn", "text", "The ARN of the bucket."),
        C("creation_date", "timestamptz", "The date and time when the bucket was created."),
        C("block_public_acls", "boolean", f"Whether S3 rejects new public ACLs; {_BLOCK}"),
        C("block_public_policy", "boolean", f"Whether S3 rejects new public policies; {_BLOCK}"),
        C("ignore_public_acls", "boolean", f"Whether S3 ignores public ACLs; {_BLOCK}"),
        C("restrict_public_buckets", "boolean", f"Whether S3 restricts access by a public policy; {_BLOCK}"),
        C("acl", "json", "The ACL, as an object with Grants and Owner; null if it was not read."),
        C("object_ownership_controls", "json", "The ownership controls, with Rules; null if there are none."),
        C("policy", "json", "The policy of the bucket; null if it has none, and if it was not read."),
        title(),
        akas(),
        C("region", "text", "The region of the bucket; null if the list of buckets does not have it."),
    ),
    sql=f"""
select l.account_id, l.item ->> '$.BucketRegion' as region, 's3:{calls.BUCKETS.operation}' as source, l.synced_at,
  l.item ->> '$.Name' as name, l.arn,
  l.item ->> '$.CreationDate' as creation_date, {_switch_column("block_public_acls", "BlockPublicAcls")},
  {_switch_column("block_public_policy", "BlockPublicPolicy")}, {_switch_column("ignore_public_acls", "IgnorePublicAcls")},
  {_switch_column("restrict_public_buckets", "RestrictPublicBuckets")}, empty_null(a.item) as acl,
  json_or_null(o.item -> '$.OwnershipControls') as object_ownership_controls, document(p.item -> '$.Policy') as policy,
  l.item ->> '$.Name' as title, to_json([l.arn]) as akas
from (select *, concat('arn:', {PARTITION}, ':s3:::', item ->> '$.Name') as arn from raw."{calls.BUCKETS.raw}") l
{_DETAILS}
""",
)
