"""The drawing of the data model names tables, columns and queries that exist, its texts fit, and the file is the drawing."""

from __future__ import annotations

import importlib
import sys
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

from iamsql import catalog
from iamsql.query.listing import columns
from iamsql.runs.file.template import template
from iamsql.runs.store.sandbox import connect
from iamsql.tables.registry import all_tables

sys.path.insert(0, str(Path(__file__).parent.parent / "docs"))  # the generators are not part of the package
data_model = importlib.import_module("data_model")
SVG = "{http://www.w3.org/2000/svg}"
CHARACTER = 7.9  # the width of a character of the names, in pixels


def test_the_image_is_the_drawing_and_loads_nothing() -> None:
    text = data_model.IMAGE.read_text(encoding="utf-8")
    assert text == data_model.drawing(), "run make docs"
    names = {element.tag.removeprefix(SVG) for element in ElementTree.fromstring(text).iter()}
    assert names == {"svg", "title", "style", "defs", "marker", "polygon", "rect", "text", "path"}
    assert "href" not in text and "@import" not in text


def test_each_name_is_a_table_or_a_shipped_query() -> None:
    with connect(template()) as connection:
        rows = connection.execute("select table_name from information_schema.tables where table_schema = 'iamsql'")
        relations = {f"iamsql.{name}" for (name,) in rows.fetchall()}
    names = {name for box in data_model.BOXES.values() for name in box.names}
    assert len(names) > 25
    assert names <= relations | all_tables().keys() | set(catalog.names([catalog.shipped_folder()]))


def test_the_columns_at_the_arrows_exist() -> None:
    column_names = {
        name
        for table in ("aws_iam_principal_policy", "aws_iam_statement", "aws_iam_access_key")
        for name, *_ in columns(table).rows
    }
    joined = {label for *_, label in data_model.ARROWS if "_" in label or "effect" in label}
    assert {name for label in joined for name in label.split(", ")} <= column_names and len(joined) == 4


def test_boxes_do_not_overlap_and_their_names_fit() -> None:
    for box in data_model.BOXES.values():
        assert max(map(len, box.names)) * CHARACTER <= box.width - data_model.PAD, box.title
        assert box.x + box.width <= data_model.WIDTH and box.y + box.height <= data_model.HEIGHT
    for one, other in combinations(data_model.BOXES.values(), 2):
        apart = one.x + one.width < other.x or other.x + other.width < one.x
        assert apart or one.y + one.height < other.y or other.y + other.height < one.y, (one.title, other.title)
