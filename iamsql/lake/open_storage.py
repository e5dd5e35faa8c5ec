"""Open the storage of a lake by its location."""

from __future__ import annotations

from iamsql.lake.storage import Storage, StorageOptions
from iamsql.lake.storage_local import open_folder
from iamsql.model import IamsqlError


def open_storage(location: str, options: StorageOptions | None = None) -> Storage:
    """Return the storage of a folder or of s3://BUCKET/PREFIX. Raise IamsqlError for any other location."""
    scheme, separator, _ = location.partition("://")
    if not separator:
        return open_folder(location)
    if scheme != "s3":
        raise IamsqlError(f"A lake is a folder or s3://BUCKET/PREFIX, not {location!r}.")
    from iamsql.lake.storage_s3 import open_bucket  # noqa: PLC0415 - boto3, which a lake in a folder does not need

    return open_bucket(location, options or StorageOptions())
