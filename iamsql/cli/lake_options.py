"""The options of commands that read or write a lake."""

from __future__ import annotations

import click

from iamsql.lake.open_storage import open_storage
from iamsql.lake.storage import Storage, StorageOptions

LAKE = click.option(
    "--lake",
    envvar="IAMSQL_LAKE",
    required=True,
    metavar="DIR|s3://BUCKET/PREFIX",
    help="The lake: a folder, or a prefix of a bucket [default: $IAMSQL_LAKE].",
)
PROFILE = click.option("--profile", metavar="NAME", help="The AWS profile for a lake in S3.")
KMS_KEY = click.option(
    "--kms-key", metavar="KEY", help="The KMS key that encrypts new files in S3: an ID, ARN or alias."
)
ORGANIZATION = click.option(
    "--organization",
    metavar="ID",
    help="Only this organization of the lake; the account ID for an account without an organization.",
)


def storage_of(lake: str, profile: str | None = None, kms_key: str | None = None) -> Storage:
    """Return the storage of --lake."""
    return open_storage(lake, StorageOptions(profile, kms_key=kms_key or ""))
