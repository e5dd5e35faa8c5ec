"""Profiles are the sections of the files of the AWS CLI."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamsql.cli.aws_profiles import profile_names


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    return tmp_path / "config", tmp_path / "credentials"


def test_without_files_there_are_no_profiles(files: tuple[Path, Path]) -> None:
    assert profile_names() == []


def test_a_section_of_the_configuration_is_a_profile_by_its_prefix(files: tuple[Path, Path]) -> None:
    files[0].write_text('[profile b]\n[profile "quoted"]\n[plain]\n[sso-session s]\n[profile b]\nkey\n')
    assert profile_names() == ["b", "quoted"]
    files[1].write_text("[plain]\naws_access_key_id = x\n")
    assert profile_names() == ["b", "plain", "quoted"]


def test_a_folder_instead_of_a_file_has_no_profiles(files: tuple[Path, Path]) -> None:
    files[0].mkdir()
    files[1].write_text("[one]\n")
    assert profile_names() == ["one"]
