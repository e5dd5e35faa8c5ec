"""A lake under a prefix of an S3 bucket. DuckDB reads local copies of its files, which are compared with the manifest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

from platformdirs import user_cache_dir

from iamsql.aws.delivery import Clients
from iamsql.aws.object_storage import Bucket
from iamsql.catalog.settings.option_types import s3_location
from iamsql.lake.cache import Cache
from iamsql.lake.files import (
    BoundedStream,
    ChangedFileError,
    FileTooLargeError,
    MissingFileError,
    StoredFile,
    Stream,
    size_or_digest_difference,
)
from iamsql.lake.model import LakeFile
from iamsql.lake.paths import checked_path, final_path
from iamsql.lake.storage import Storage, StorageOptions

PARALLEL_REQUESTS = 10  # at once: the connections that botocore's pool has by default


class BucketStorage:
    """The storage of a prefix: see `Storage`."""

    def __init__(self, bucket: Bucket, name: str, prefix: str, cache: Cache) -> None:
        """Use the keys below a prefix, which ends with '/' or is ''."""
        self.name, self._bucket, self._prefix, self._cache = name, bucket, prefix, cache

    def read(self, path: str, largest: int) -> bytes:
        """Return the content of a file. Raise MissingFileError, and ChangedFileError if it has more than `largest` bytes."""
        content = BytesIO()
        try:
            if not self._bucket.download(self._key_of(path), BoundedStream(content, largest)):
                raise MissingFileError(self.name, path)
        except FileTooLargeError as error:
            raise ChangedFileError(self.name, path, str(error)) from None
        return content.getvalue()

    def create(self, path: str, content: bytes) -> bool:
        """Write a file that readers see completely or not at all. Return False if the path exists."""
        return self._bucket.create(self._key_of(path), content)

    def upload(self, source: Path, path: str) -> None:
        """Copy a local file to the lake, to a path that no other writer uses."""
        self._bucket.upload(source, self._key_of(path))

    def upload_all(self, files: Sequence[tuple[Path, str]]) -> None:
        """Copy several local files to the lake in parallel."""
        with ThreadPoolExecutor(PARALLEL_REQUESTS) as threads:
            list(threads.map(lambda file: self.upload(*file), files))

    def listing(self, prefix: str = "") -> Iterator[StoredFile]:
        """Yield the files whose paths begin with a prefix, also files that do not belong to the lake."""
        for entry in self._bucket.list_objects(self._prefix + prefix):
            if not entry.key.endswith("/"):  # the console creates such objects for folders
                yield StoredFile(entry.key.removeprefix(self._prefix), entry.size, entry.modified)

    def delete(self, paths: Iterable[str]) -> None:
        """Delete files. A missing file is not an error."""
        self._bucket.delete(self._prefix + path for path in paths if checked_path(final_path(path)))

    def local(self, file: LakeFile) -> Path:
        """Return the local copy of a file; download it if there is none. Raise ChangedFileError if it differs from the manifest."""
        return self.local_all([file])[0]

    def local_all(self, files: Sequence[LakeFile]) -> list[Path]:
        """Return the local copies of several files, which are downloaded in parallel."""
        distinct_files = list(dict.fromkeys(files))
        with ThreadPoolExecutor(PARALLEL_REQUESTS) as threads:
            paths = dict(zip(distinct_files, threads.map(self._local_copy, distinct_files), strict=True))
        self._cache.evict(set(paths.values()))
        return [paths[file] for file in files]

    def check(self, file: LakeFile) -> str:
        """Read a file and return how it differs from the manifest: '' if it does not. Raise MissingFileError."""
        content = _DigestStream()
        try:
            if not self._bucket.download(self._key_of(file.path), BoundedStream(content, file.size)):
                raise MissingFileError(self.name, file.path)
        except FileTooLargeError as error:
            return str(error)
        return size_or_digest_difference(content.size, content.digest.hexdigest(), file)

    def uri(self, path: str) -> str:
        """Return s3://BUCKET/KEY."""
        return f"{self.name}/{checked_path(path)}"

    def _local_copy(self, file: LakeFile) -> Path:
        key = self._key_of(file.path)
        if path := self._cache.find(file):
            return path
        is_missing = False

        def download(stream: Stream) -> None:
            nonlocal is_missing
            is_missing = not self._bucket.download(key, stream)

        reason = self._cache.store(file, download)
        if is_missing:
            raise MissingFileError(self.name, file.path)
        path = self._cache.find(file)
        if reason or path is None:
            raise ChangedFileError(self.name, file.path, reason)
        return path

    def _key_of(self, path: str) -> str:
        return self._prefix + checked_path(path)


class _DigestStream:
    """Counts and hashes the bytes of a download."""

    def __init__(self) -> None:
        self.seek(0)

    def write(self, content: bytes, /) -> None:
        self.size += len(content)
        self.digest.update(content)

    def seek(self, _offset: int, /) -> None:
        """Begin again."""
        self.size, self.digest = 0, hashlib.sha256()

    def truncate(self) -> None:
        """Do nothing, because nothing was stored."""


def open_bucket(location: str, options: StorageOptions) -> Storage:
    """Return the storage of s3://BUCKET/PREFIX. Raise IamsqlError for any other location, and for a profile that does not exist."""
    bucket, prefix = s3_location(location)
    objects = Bucket(Clients(options.profile, options.region), bucket, options.kms_key)
    cache = Cache(Path(user_cache_dir("iamsql", appauthor=False)) / "lake")
    return BucketStorage(objects, f"s3://{bucket}/{prefix}".rstrip("/"), f"{prefix}/" if prefix else "", cache)
