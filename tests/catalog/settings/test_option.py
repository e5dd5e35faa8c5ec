"""Options are declared by the fields of dataclasses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from iamsql.catalog.settings.option import ANY, argument, option, option_set, option_with_resolver, options_of


@option_set
class Base:
    """Options that others have too."""

    quiet: bool = option(False, "--quiet", "-q")
    other: str = "not an option"


@option_set
class Own(Base):
    """Options of a command."""

    names: tuple[str, ...] = argument((), "[NAME]...")
    file: Path | None = option(None, "--file")
    link: str | bool = option(False, "--link", flag_value="[URL]")
    rare: int = option(1, "--rare", only_file=True, toml="a.b.rare", trust=ANY, check=lambda label, value: value * 2)


def test_own_options_come_before_options_of_the_bases() -> None:
    assert [item.name for item in options_of(Own)] == ["names", "file", "link", "rare", "quiet"]
    assert Own(quiet=True).quiet and Own().rare == 1


def test_the_type_of_one_value() -> None:
    types = {item.name: (item.value_type, item.is_multiple) for item in options_of(Own)}
    assert types == {
        "names": (str, True), "file": (Path, False), "link": (str, False), "rare": (int, False), "quiet": (bool, False),
    }  # fmt: skip


def test_an_option_is_labeled_by_its_flag_or_its_key() -> None:
    items = {item.name: item for item in options_of(Own)}
    assert [items[name].label for name in ("quiet", "rare", "names")] == ["--quiet", "rare", "names"]
    assert (items["rare"].key, items["quiet"].key) == ("rare", "")


def test_a_value_is_checked_and_another_check_replaces_it() -> None:
    @option_set
    class Other:
        rare: int = option_with_resolver(Own, "rare", lambda label, value: (label, value))

    def rare(kind: Any) -> Any:
        return next(item for item in options_of(kind) if item.name == "rare")

    assert rare(Own).checked("rare", 4) == 8 and rare(Other).checked("rare", 4) == ("rare", 4)
    assert next(item for item in options_of(Own) if item.name == "file").checked("file", "x") == "x"


def test_a_key_of_the_file_says_who_may_set_it() -> None:
    with pytest.raises(TypeError, match=r"The key a\.b needs `trust`"):
        option(None, toml="a.b")
