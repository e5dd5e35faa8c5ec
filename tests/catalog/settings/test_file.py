"""Which iamsql.toml is read, and from whom."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from iamsql.catalog.settings.file import read_config_file
from iamsql.model import IamsqlError

TEXT = "[sync]\nroles = ['x']\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


def test_a_named_file_or_that_of_the_working_folder_is_read(here: Path) -> None:
    assert read_config_file(None).path is None
    Path("iamsql.toml").write_text(TEXT)
    (here.parent / "other.toml").write_text("runs = 'r'")
    local, other = read_config_file(None), read_config_file(here.parent / "other.toml")
    assert (local.path, local.is_local, local.tree) == (Path("iamsql.toml"), True, {"sync": {"roles": ["x"]}})
    assert (other.is_local, other.tree) == (False, {"runs": "r"})
    assert not read_config_file(Path("iamsql.toml")).is_local


def test_a_changed_file_is_read_again() -> None:
    path = Path("iamsql.toml")
    for text in (TEXT, "runs = 'a'", "runs = 'b'"):
        path.write_text(text)
        assert read_config_file(None).tree == ({"sync": {"roles": ["x"]}} if text == TEXT else {"runs": text[-2]})
    path.chmod(0o666)
    with pytest.raises(IamsqlError, match="Everyone can write"):
        read_config_file(None)


def test_a_pipe_is_read_once(here: Path) -> None:
    reading, writing = os.pipe()
    os.write(writing, TEXT.encode())
    os.close(writing)
    pipe = Path(f"/dev/fd/{reading}")
    assert read_config_file(pipe).tree == read_config_file(pipe).tree == {"sync": {"roles": ["x"]}}
    os.close(reading)


def test_a_local_file_that_everybody_can_write_is_refused() -> None:
    path = Path("iamsql.toml")
    path.write_text(TEXT)
    path.chmod(0o646)
    with pytest.raises(
        IamsqlError, match=r"Everyone can write \./iamsql\.toml.*\n.*chmod o-w iamsql\.toml\n.*--config iamsql\.toml"
    ):
        read_config_file(None)
    assert read_config_file(path).tree
    path.chmod(0o664)
    assert read_config_file(None).tree


def test_a_local_file_of_another_user_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path("iamsql.toml")
    path.write_text(TEXT)
    owner = path.stat().st_uid
    monkeypatch.setattr(os, "getuid", lambda: owner + 1)
    if owner == 0:  # a file of root is accepted: root can change every file
        assert read_config_file(None).tree
        os.chown(path, 12345, -1)
        owner = 12345
    with pytest.raises(IamsqlError, match=rf"\./iamsql\.toml belongs to the user {owner}, .*\n.*--config iamsql\.toml"):
        read_config_file(None)
    assert read_config_file(path).tree


def test_a_link_is_read_only_inside_of_the_working_folder(here: Path) -> None:
    (here.parent / "theirs.toml").write_text(TEXT)
    Path("own.toml").write_text(TEXT)
    Path("iamsql.toml").symlink_to("own.toml")
    assert read_config_file(None).tree
    Path("iamsql.toml").unlink()
    Path("iamsql.toml").symlink_to("../theirs.toml")
    with pytest.raises(IamsqlError, match="is a link that leads out of the working folder"):
        read_config_file(None)


@pytest.mark.parametrize("text", ["x = ", "[sync", "\x00", "a = 1\na = 2"])
def test_invalid_toml_is_an_error_with_the_path(text: str) -> None:
    Path("iamsql.toml").write_text(text)
    with pytest.raises(IamsqlError, match=r"^iamsql\.toml: "):
        read_config_file(None)


def test_control_characters_and_long_keys_are_shortened() -> None:
    Path("iamsql.toml").write_text('"\\u001b[31m' + "x" * 900 + '" = 1')
    with pytest.raises(IamsqlError) as error:
        read_config_file(None)
    assert len(str(error.value)) < 120
