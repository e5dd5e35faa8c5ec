"""The bundle has what a run needs and nothing else, and the handler works from the extracted zip file alone."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from iamsql.automation.deploy import bundle
from iamsql.automation.deploy.bundle import (
    Bundle,
    build_bundle,
    bundled_files,
    constraints,
    platform_tags,
    requirements,
    write_zip,
)
from iamsql.model import IamsqlError

FILES = {
    "botocore/data/iam/2010-05-08/service-2.json.gz": True,
    "botocore/data/iam/2010-05-08/examples-1.json": False,
    "botocore/data/ec2/2016-11-15/service-2.json.gz": True,
    "botocore/data/polly/2016-06-10/service-2.json.gz": False,
    "botocore/data/endpoints.json": True,
    "botocore/data/partitions.json": True,
    "botocore/cacert.pem": True,
    "boto3/examples/s3.rst": False,
    "click/core.py": True,
    "click/__pycache__/core.cpython-313.pyc": False,
    "duckdb/__init__.pyi": False,
    "duckdb/_duckdb.cpython-313-x86_64-linux-gnu.so": True,
    "bin/jp.py": False,
    "rich-15.0.0.dist-info/RECORD": False,
    "rich-15.0.0.dist-info/METADATA": True,
    "rich-15.0.0.dist-info/licenses/LICENSE": True,
    "sqlglot/tests/test_x.py": False,
    "iamsql/queries/keys/stale_keys.sql": True,
}


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """Return a folder with files of packages."""
    folder = tmp_path / "bundle"
    for name in FILES:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return folder


def test_files_that_no_run_needs_are_left_out(installed: Path) -> None:
    bundled = [path.relative_to(installed).as_posix() for path in bundled_files(installed)]
    assert bundled == sorted(name for name, is_kept in FILES.items() if is_kept)


def test_the_same_files_give_the_same_bytes(installed: Path, tmp_path: Path) -> None:
    write_zip(tmp_path / "a.zip", installed)
    for number, path in enumerate(installed.rglob("*")):
        os.utime(path, (number, number))
        if path.is_file():
            path.chmod(0o600)
    write_zip(tmp_path / "b.zip", installed)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    members = zipfile.ZipFile(tmp_path / "a.zip").infolist()
    # Lambda runs the code as another user, who must be able to read it.
    assert {member.external_attr >> 16 & 0o444 for member in members} == {0o444}


@pytest.mark.slow
def test_versions_match_this_installation() -> None:
    assert not [line for line in requirements() if "extra" in line]
    assert any(line.startswith("duckdb") for line in requirements())
    versions = constraints()
    assert any(line.startswith("boto3==") for line in versions) and not any(
        line.startswith("iamsql==") for line in versions
    )


def test_wheels_are_for_the_c_library_of_lambda() -> None:
    tags = platform_tags("aarch64")
    assert tags[0] == "manylinux_2_34_aarch64" and tags[-2:] == ["manylinux_2_17_aarch64", "manylinux2014_aarch64"]
    assert not [tag for tag in tags if "2_35" in tag]


@pytest.mark.slow
def test_a_missing_pip_and_a_failing_pip_are_errors_with_the_next_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "requirements", lambda: ["--no-such-option"])
    with pytest.raises(IamsqlError, match="pip could not install the packages"):
        build_bundle(tmp_path / "x.zip", "x86_64", "3.13")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(IamsqlError, match=r"has no pip.*\n.*ensurepip"):
        build_bundle(tmp_path / "x.zip", "x86_64", "3.13")
    assert not (tmp_path / "x.zip").exists()


@pytest.mark.slow
def test_a_bundle_that_lambda_refuses_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "_install_packages", lambda *_: None)
    monkeypatch.setattr(bundle, "MAX_UNZIPPED_BYTES", 1000)
    with pytest.raises(IamsqlError, match="--image"):
        build_bundle(tmp_path / "x.zip", "x86_64", "3.13")


@pytest.mark.slow
def test_a_bundle_of_a_checkout_has_the_queries_and_the_template(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Path] = []
    monkeypatch.setattr(bundle.package_template, "write", written.append)
    bundle._copy_package(tmp_path / "iamsql")
    assert written == [tmp_path / "iamsql/runs/file"] and (tmp_path / "iamsql/queries/catalog.lock").is_file()


# -- the whole bundle ------------------------------------------------------------------------------------------------------

SCRIPT = """
import json, os, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from iamsql import aws_lambda
aws_lambda.WRITABLE_FOLDER = Path(sys.argv[2])
try:
    aws_lambda.handler({"options": ["--demo"]}, None)
except aws_lambda.IamsqlError as error:
    refused = str(error)
aws_lambda.prepare_environment(os.environ)
synced, _ = aws_lambda.invoke(["sync", "--demo", "--quiet"])
code, rows = aws_lambda.invoke(["query", "stale_keys", "--output", "json", "--quiet"])
outside = [m.__file__ for m in sys.modules.values() if getattr(m, "__file__", None) and "site-packages" in m.__file__]
print(json.dumps({"refused": refused, "codes": [synced, code], "rows": len(json.loads(rows)), "outside": outside}))
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Build the bundle for the Python and the platform of this machine."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    try:
        return build_bundle(tmp_path_factory.mktemp("bundle") / "iamsql.zip", platform.machine(), python)
    except IamsqlError as error:
        if "No matching distribution" in str(error) or "ResolutionImpossible" in str(error):
            pytest.skip("pip reaches no registry")
        raise


@pytest.mark.slow
def test_the_handler_works_from_the_zip_file_alone(built: Bundle, tmp_path: Path) -> None:
    assert built.size < 50_000_000 and built.unzipped_bytes < 150_000_000
    zipfile.ZipFile(built.path).extractall(tmp_path / "task")
    assert (tmp_path / "task/iamsql/runs/file/template.duckdb").is_file()
    (tmp_path / "data").mkdir()
    # -S and -I: neither the packages of this environment nor its variables.
    command = [sys.executable, "-I", "-S", "-c", SCRIPT, str(tmp_path / "task"), str(tmp_path / "data")]
    result = subprocess.run(command, env={}, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr[-3000:]
    report = json.loads(result.stdout.splitlines()[-1])
    assert "An event cannot set '--demo'" in report["refused"]
    assert report["codes"] == [0, 0] and report["rows"] > 0 and report["outside"] == []
    assert list((tmp_path / "data" / "runs").glob("*.duckdb"))
    written = {path.name for path in (tmp_path / "data").iterdir()}
    assert written <= {"runs", "cache"}


@pytest.mark.slow
def test_a_bundle_has_no_trace_of_the_machine_that_built_it(built: Bundle) -> None:
    archive = zipfile.ZipFile(built.path)
    names = archive.namelist()
    assert names == sorted(names) and len(names) == len(set(names))
    texts = [name for name in names if name.endswith(("METADATA", "direct_url.json", ".pth", "RECORD"))]
    assert not [name for name in texts if str(Path.home()).encode() in archive.read(name)]
