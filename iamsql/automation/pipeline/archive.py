"""Store runs in S3, for machines without a permanent disk: restore the newest runs, and upload a run with its files.

`PREFIX/runs/` has the run files and their digests, `PREFIX/run-shards/` the shards to merge, `PREFIX/state/` the state of
notifications, `PREFIX/reports/RUN/` the files that a pipeline wrote. Nothing is deleted: a lifecycle rule of the bucket does that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from iamsql.automation.notify.state import STATE_FILE as STATE
from iamsql.automation.notify.targets.s3 import CONTENT_TYPES, DEFAULT_CONTENT_TYPE, parse_location
from iamsql.aws.delivery import AWS_EXCEPTIONS, Clients, describe_error
from iamsql.model import IamsqlError
from iamsql.render.cells import pluralize
from iamsql.render.files import atomic_replace
from iamsql.runs.checksums import update_digests
from iamsql.runs.directory import RUN_SUFFIX
from iamsql.runs.lock import folder_lock
from iamsql.runs.store.open_new import private_folder, sha256_of

RUN_FILE_PATTERN = re.compile(r"\d{8}T\d{6}Z-[a-z0-9-]{1,40}\.duckdb")
RUNS_PREFIX, SHARDS_PREFIX = "runs/", "run-shards/"  # the expiration of the bucket applies to both
SHARD_FILE_PATTERN = re.compile(r"\d{8}T\d{6}Z-[a-z0-9-]{1,40}-shard-\d{1,4}-of-\d{1,4}\.duckdb")
DIGEST_METADATA_KEY = "sha256"  # the metadata of an object with the digest of its content, in hexadecimal


@dataclass(frozen=True)
class Archive:
    """A bucket and a prefix, '' or with a slash at its end."""

    clients: Clients
    bucket: str
    prefix: str

    @property
    def _client(self) -> Any:
        return self.clients.client("s3")

    def restore(self, folder: Path, max_runs: int) -> str:
        """Download the newest `max_runs` runs, unless they are in the folder, and the state of notifications. Return a sentence.

        Raise IamsqlError for a request that failed, and for a file whose digest differs.
        """
        private_folder(folder)
        run_names = (name for name in self._list_names(RUNS_PREFIX) if RUN_FILE_PATTERN.fullmatch(name))
        names = sorted(run_names, reverse=True)[:max_runs]
        missing_names = [name for name in names if not (folder / name).exists()]
        for name in missing_names:
            self._download_run(folder, RUNS_PREFIX, name)
        has_state = self._exists(f"state/{STATE}")
        if has_state:
            self._download(f"state/{STATE}", folder / STATE)
        return f"Restored {pluralize(len(missing_names), 'run')} of {len(names)} from {self}."

    def restore_shards(self, folder: Path, as_of: str, total: int) -> list[str]:
        """Download the shards of a run that are not in the folder. Return the names of all its shards.

        Raise IamsqlError if there is none, for a request that failed, and for a file whose digest differs.
        """
        private_folder(folder)
        stamp = re.sub("[-:]", "", as_of)
        shard_names = (name for name in self._list_names(SHARDS_PREFIX) if SHARD_FILE_PATTERN.fullmatch(name))
        names = sorted(
            name for name in shard_names if name.startswith(f"{stamp}-") and name.endswith(f"-of-{total}{RUN_SUFFIX}")
        )
        if not names:
            raise IamsqlError(
                f"{self}{SHARDS_PREFIX} has no shard {as_of}.\nRead the shards first: iamsql run -- --shard K/{total}"
            )
        for name in names:
            if not (folder / name).exists():
                self._download_run(folder, SHARDS_PREFIX, name)
        return names

    def upload_shard(self, shard: Path) -> str:
        """Upload a shard, which replaces an earlier upload of it. Return a sentence."""
        self._upload(shard, f"{SHARDS_PREFIX}{shard.name}")
        return f"Uploaded the shard to {self}."

    def upload(self, run: Path, files: Sequence[Path]) -> str:
        """Upload a run, the state of notifications and the files of a pipeline. Return a sentence.

        Raise IamsqlError for a request that failed.
        """
        self._upload(run, f"{RUNS_PREFIX}{run.name}")
        state = run.parent / STATE
        if state.is_file():
            self._upload(state, f"state/{STATE}")
        for file in files:
            self._upload(file, f"reports/{run.name.removesuffix(RUN_SUFFIX)}/{file.name}")
        return f"Uploaded the run and {pluralize(len(files), 'file')} to {self}."

    def __str__(self) -> str:
        """Return the location."""
        return f"s3://{self.bucket}/{self.prefix}"

    def _download_run(self, folder: Path, folder_name: str, name: str) -> None:
        self._download(f"{folder_name}{name}", folder / name)
        with folder_lock(folder):
            update_digests(folder, {name: sha256_of(folder / name)})

    def _list_names(self, folder_name: str) -> list[str]:
        """Return the names of the objects in a folder of the archive."""
        key_prefix = f"{self.prefix}{folder_name}"
        names: list[str] = []
        with _raise_user_errors(self):
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=key_prefix)
            for page in pages:
                names += [item["Key"].removeprefix(key_prefix) for item in page.get("Contents", ())]
        return names

    def _exists(self, key: str) -> bool:
        with _raise_user_errors(self):
            response = self._client.list_objects_v2(Bucket=self.bucket, Prefix=f"{self.prefix}{key}", MaxKeys=1)
        return any(item["Key"] == f"{self.prefix}{key}" for item in response.get("Contents", ()))

    def _download(self, key: str, path: Path) -> None:
        def download(partial: Path) -> None:
            with _raise_user_errors(self):
                metadata = self._client.head_object(Bucket=self.bucket, Key=f"{self.prefix}{key}")
                self._client.download_file(self.bucket, f"{self.prefix}{key}", str(partial))
            expected_digest = metadata.get("Metadata", {}).get(DIGEST_METADATA_KEY)
            if expected_digest and sha256_of(partial) != expected_digest:
                raise IamsqlError(
                    f"{self}{key} was changed after its upload: its SHA-256 is not {expected_digest}.\nDelete the object, or name"
                    " another archive."
                )

        atomic_replace(path, download)

    def _upload(self, path: Path, key: str) -> None:
        content_type = CONTENT_TYPES.get(path.suffix.lower(), DEFAULT_CONTENT_TYPE)
        arguments = {"Metadata": {DIGEST_METADATA_KEY: sha256_of(path)}, "ContentType": content_type}
        with _raise_user_errors(self):
            self.clients.upload(self.bucket, f"{self.prefix}{key}", path, arguments)


@contextmanager
def _raise_user_errors(archive: Archive) -> Iterator[None]:
    """Convert an error of AWS to an IamsqlError with the next step."""
    try:
        yield
    except AWS_EXCEPTIONS as error:
        advice = "The archive needs s3:ListBucket, s3:GetObject and s3:PutObject."
        raise IamsqlError(f"{archive}: {describe_error(error)}\n{advice}") from error


def open_archive(url: str, clients: Clients) -> Archive:
    """Return the archive at s3://bucket/prefix. Raise IamsqlError for another text."""
    bucket, prefix = parse_archive(url)
    return Archive(clients, bucket, prefix)


def parse_archive(url: str) -> tuple[str, str]:
    """Return the bucket and the prefix of s3://bucket/prefix, '' or with a slash at its end. Raise IamsqlError for another text."""
    try:
        bucket, prefix = parse_location(url)
    except IamsqlError as error:
        raise IamsqlError(f"--archive: {error}") from None
    return bucket, f"{prefix}/" if prefix else ""
