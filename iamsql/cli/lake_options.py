"""The options of commands that read or write a lake."""

from __future__ import annotations

from iamsql.catalog.settings.groups import Rows
from iamsql.catalog.settings.option import option, option_set
from iamsql.lake.open_storage import open_storage
from iamsql.lake.storage import Storage, StorageOptions


@option_set
class LakeOptions(Rows):
    """The lake, and how to read it."""

    lake: str = option(
        "", "--lake", metavar="DIR|s3://BUCKET/PREFIX", envvar="IAMSQL_LAKE", required=True,
        help="The lake: a folder, or a prefix of a bucket.", default_text="$IAMSQL_LAKE",
    )  # fmt: skip
    profile: str | None = option(None, "--profile", metavar="NAME", help="The AWS profile for a lake in S3.")


@option_set
class WrittenLake(LakeOptions):
    """A lake with new files."""

    kms_key: str | None = option(
        None, "--kms-key", metavar="KEY", help="The KMS key that encrypts new files in S3: an ID, ARN or alias."
    )


@option_set
class LakeOrganization(LakeOptions):
    """A lake, or one of its organizations."""

    organization: str | None = option(
        None, "--organization", metavar="ID",
        help="Only this organization of the lake; the account ID for an account without an organization.",
    )  # fmt: skip


def build_storage(options: LakeOptions) -> Storage:
    """Return the storage of --lake."""
    key = options.kms_key if isinstance(options, WrittenLake) else None
    return open_storage(options.lake, StorageOptions(options.profile, kms_key=key or ""))
