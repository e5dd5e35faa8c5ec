"""Columns that several tables spell the same way."""

from iamsql.model import Column as C

TITLE = "A name to show."
AKAS = "Other names of it: its ARN."


def tags(path: str = "$.Tags") -> tuple[C, C]:
    """Give tags as AWS has them and as a map."""
    return (
        C("tags_src", "json", "Tags as a list of Key and Value.", path, "empty_list"),
        C("tags", "json", "Tags as a map.", path, "tag_map"),
    )


def named(path: str, akas: str = "$.Arn") -> tuple[C, C]:
    """Give title and akas."""
    return (C("title", "text", TITLE, path), C("akas", "json", AKAS, akas, "one_list"))
