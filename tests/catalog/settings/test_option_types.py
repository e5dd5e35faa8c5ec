"""Option values: ages, and the names of buckets with a prefix."""

from __future__ import annotations

from datetime import timedelta

import pytest

from iamsql.catalog.settings.option_types import parse_age, s3_location
from iamsql.model import IamsqlError


@pytest.mark.parametrize(
    ("text", "days"),
    [("90d", 90), ("12w", 84), ("6m", 180), ("1y", 365), (" 1Y ", 365), ("0d", 0), ("99999y", 36499635)],
)
def test_an_age_is_parsed(text: str, days: int) -> None:
    assert parse_age(text) == timedelta(days=days)


@pytest.mark.parametrize("text", ["", "d", "90", "-1d", "1.5y", "90 d", "1h", "٣d", "999999d", "1d1d", "90d\n90d"])
def test_an_invalid_age_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="is not an age: use 90d, 12w, 6m or 1y"):
        parse_age(text)


@pytest.mark.parametrize(
    ("text", "bucket", "prefix"),
    [("s3://lake", "lake", ""), ("s3://lake/", "lake", ""), ("s3://my.lake-1/a/b=c/", "my.lake-1", "a/b=c")],
)
def test_the_bucket_and_the_prefix_of_a_location(text: str, bucket: str, prefix: str) -> None:
    assert s3_location(text) == (bucket, prefix)


@pytest.mark.parametrize(
    "text", ["", "lake", "s3://", "s3://B", "s3://lake/../x", "s3://lake/a//b", "s3://lake/a\nb", "gs://lake"]
)
def test_another_text_is_not_a_location(text: str) -> None:
    with pytest.raises(IamsqlError, match=r"Example: s3://my-bucket/iamsql"):
        s3_location(text)
