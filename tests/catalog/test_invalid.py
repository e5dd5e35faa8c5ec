"""An invalid file is described by what can be read of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamsql.catalog.invalid import Catalog, InvalidFile, invalid_file
from iamsql.model import IamsqlError

ERROR = IamsqlError("x.sql:1: no title")


@pytest.mark.parametrize(
    ("content", "kind", "tags"),
    [
        (b"-- kind: control\n-- tags: a, b ,\nselect", "control", ("a", "b")),
        (b"--kind:detection \n", "detection", ()),
        (b"-- kind: other\n", "", ()),
        (b"\xff\xfe-- kind: control\n", "", ()),
        (None, "", ()),
    ],
)
def test_the_kind_and_the_tags_of_a_file(
    tmp_path: Path, content: bytes | None, kind: str, tags: tuple[str, ...]
) -> None:
    path = tmp_path / "x.sql"
    if content is not None:
        path.write_bytes(content)
    invalid = invalid_file(path, ERROR)
    assert invalid == InvalidFile(str(ERROR), str(path), kind, tags)
    assert invalid.note == f"x.sql:1: no title. The file {path} is skipped."


def test_a_catalog_lists_what_it_skips_and_checks_the_values_of_its_queries(tmp_path: Path) -> None:
    catalog = Catalog({}, {"x": InvalidFile("no title", "x.sql")}, ("y is a link",))
    assert list(catalog.notes()) == ["y is a link", "no title. The file x.sql is skipped."]
    file = tmp_path / "iamsql.toml"
    file.write_text("[args.x]\ndays = 1\n")
    assert catalog.read_config(file).args == {"x": {"days": 1}}
    file.write_text("[args.y]\ndays = 1\n")
    with pytest.raises(IamsqlError, match=r"args\.y: no query of that name"):
        catalog.read_config(file)
