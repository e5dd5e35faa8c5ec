"""The public access block of an account for all of its S3 buckets; without values if the account has none."""

from iamsql.model import Table
from iamsql.tables.calls.resources import ACCOUNT_BLOCK
from iamsql.tables.fragments.columns import C

_BLOCK = "$.PublicAccessBlockConfiguration"
TABLE = Table(
    call=ACCOUNT_BLOCK,
    key=("account_id",),
    columns=(
        C("block_public_acls", "boolean", "Whether S3 rejects new public ACLs.", f"{_BLOCK}.BlockPublicAcls"),
        C(
            "block_public_policy",
            "boolean",
            "Whether S3 rejects new public bucket policies.",
            f"{_BLOCK}.BlockPublicPolicy",
        ),
        C("ignore_public_acls", "boolean", "Whether S3 ignores public ACLs.", f"{_BLOCK}.IgnorePublicAcls"),
        C(
            "restrict_public_buckets",
            "boolean",
            "Whether S3 restricts access by public policies to AWS services and the account.",
            f"{_BLOCK}.RestrictPublicBuckets",
        ),
    ),
)
