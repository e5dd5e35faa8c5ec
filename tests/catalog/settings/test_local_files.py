"""An answer says what it takes from the working folder."""

from __future__ import annotations

import pytest

from iamsql.catalog.settings.local_files import local_path, query_notes, shortened_list
from iamsql.catalog.settings.query_values import Config
from iamsql.model import Query

OWN = Query("mine", "", "", path="queries/mine.sql", shipped=False)
OTHER = Query("theirs", "", "", path="/elsewhere/theirs.sql", shipped=False)
ARGS = {"mine": {"days": 1, "all": True}, "theirs": {"days": 2}}


@pytest.mark.parametrize(
    ("path", "local"), [("queries/a/x.sql", "./queries/a/x.sql"), ("/queries/x.sql", ""), ("queries.sql", ""), ("", "")]
)
def test_only_files_of_the_query_folder_are_local(path: str, local: str) -> None:
    assert local_path(path) == local


def test_queries_and_values_of_the_folder_are_named() -> None:
    settings = Config("iamsql.toml", is_local=True, args=ARGS)
    assert query_notes([OWN, OWN, OTHER], settings) == [
        "From ./queries: ./queries/mine.sql.", "./iamsql.toml sets parameters of mine (days, all), theirs (days).",
    ]  # fmt: skip
    assert query_notes([OWN], settings, ["days", "mine.all"]) == ["From ./queries: ./queries/mine.sql."]
    assert query_notes([OTHER], Config("own.toml", args=ARGS)) == []


def test_a_long_list_is_cut() -> None:
    assert (
        shortened_list(["a", "b"], 2) == "a, b"
        and shortened_list(["a", "b", "c"], 2) == "a, b and 1 more"
        and shortened_list([]) == ""
    )
