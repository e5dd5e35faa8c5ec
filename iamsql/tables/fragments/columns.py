"""Columns that many tables share, and `C`, which declares a column. A View has its own SQL and needs none of the paths."""

from iamsql.model import Column

C = Column  # the short name keeps each column of a table on one line


def title(path: str = "") -> C:
    """Return the column with the display name."""
    return C("title", "text", "The display name of the resource.", path)


def akas(path: str = "$.Arn") -> C:
    """Return the column with the identifiers."""
    return C("akas", "json", "The identifiers of the resource, as a list: its ARN.", path, "one_list")


def tags_src(path: str = "$.Tags", macro: str = "empty_list") -> C:
    """Return the column with the tags as AWS returns them."""
    return C("tags_src", "json", "The tags, as a list of objects with Key and Value; null if not read.", path, macro)


def tags(path: str = "$.Tags") -> C:
    """Return the column with the tags as a map, where no tags are NULL as in Steampipe."""
    return C("tags", "json", "The tags, as a map of keys to values; null if there are none.", path, "tag_map")


def tags_or_empty(path: str = "", macro: str = "tag_map_or_empty") -> C:
    """Return the column with the tags as a map, where no tags are an empty map."""
    return C("tags", "json", "The tags, as a map of keys to values; null if not read.", path, macro)


def block_columns(path: str, setting: str) -> tuple[Column, ...]:
    """Return the four settings of S3 Block Public Access, whose members are below a path; `setting` ends each description."""
    settings = (
        ("block_public_acls", "rejects new public ACLs", "BlockPublicAcls"),
        ("block_public_policy", "rejects new public policies", "BlockPublicPolicy"),
        ("ignore_public_acls", "ignores public ACLs", "IgnorePublicAcls"),
        ("restrict_public_buckets", "restricts access by a public policy", "RestrictPublicBuckets"),
    )
    return tuple(
        C(name, "boolean", f"Whether S3 {effect} {setting}", f"{path}.{member}") for name, effect, member in settings
    )
