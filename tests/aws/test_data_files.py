"""Data files of botocore have the content that its own loader reads."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError
from botocore.loaders import Loader

from iamsql.aws.data_files import PlainFileLoader, load_description, read_file


@pytest.mark.parametrize("kind", ["service-2", "endpoint-rule-set-1", "paginators-1"])
@pytest.mark.parametrize("service", ["iam", "ec2", "sso-admin"])
def test_a_description_is_that_of_the_loader_of_botocore(service: str, kind: str) -> None:
    description = load_description(Loader(file_loader=PlainFileLoader()), service, kind)
    assert description == Loader().load_service_model(service, kind)


def test_a_file_has_the_content_and_the_order_of_its_text(tmp_path: Path) -> None:
    path = Path(Loader().load_data_with_path("partitions")[1])
    assert json.dumps(read_file(str(path))) == json.dumps(json.loads(path.with_suffix(".json").read_text("utf-8")))
    (tmp_path / "own.json").write_text('{"b": "ü", "a": 1}', "utf-8")
    assert list(read_file(str(tmp_path / "own"))) == ["b", "a"] and read_file(str(tmp_path / "own"))["b"] == "ü"
    (tmp_path / "other.json.gz").write_bytes(gzip.compress(b"[1]"))
    assert read_file(str(tmp_path / "other")) == [1]
    assert read_file(str(tmp_path / "missing")) is None


def test_a_service_that_botocore_does_not_know_is_an_error() -> None:
    with pytest.raises(BotoCoreError):
        load_description(Loader(file_loader=PlainFileLoader()), "no-service", "service-2")
