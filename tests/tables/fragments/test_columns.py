"""Columns that tables share."""

from __future__ import annotations

from iamsql.tables.fragments.columns import block_columns, tags, tags_or_empty


def test_the_settings_of_block_public_access_have_their_members() -> None:
    columns = block_columns("$.Block", "of the bucket.")
    assert [column.path for column in columns] == [
        "$.Block.BlockPublicAcls", "$.Block.BlockPublicPolicy", "$.Block.IgnorePublicAcls", "$.Block.RestrictPublicBuckets",
    ]  # fmt: skip
    assert {column.type for column in columns} == {"boolean"}
    assert all(column.about.endswith(" of the bucket.") for column in columns)


def test_no_tags_are_null_or_an_empty_map() -> None:
    assert (tags().name, tags().macro) == ("tags", "tag_map") and tags_or_empty().macro == "tag_map_or_empty"
