"""A release has the files of `make dist`, and the release workflow publishes, attests and describes them as SECURITY.md says."""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.utils import canonicalize_name

from tests.test_supply_chain import BIN, PYTHONS, ROOT, RUNTIME, hashed, run

RELEASE = ROOT / ".github" / "workflows" / "release.yml"
FILES = ["iamsql-1-py3-none-any.whl", "iamsql-1.tar.gz", "sbom.cdx.json"]  # of version 1, without their hashes


def installation(folder: Path) -> None:
    """Create a venv at `folder` that has the metadata of the runtime packages, as `make dist` installs them."""
    assert run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder.parent).returncode == 0
    (site,) = folder.glob("lib/python*/site-packages")
    for name in ("iamsql", *hashed("requirements.txt")):
        metadata = importlib.metadata.distribution(name)._path  # type: ignore[attr-defined]
        shutil.copytree(metadata, site / metadata.name)


def recipe() -> str:
    """Return the commands of `make dist`."""
    result = run("make", "--no-print-directory", "-n", "dist", cwd=ROOT)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def boms(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return two bills of materials, made by the commands of `make dist` in two folders."""
    _, separator, commands = recipe().partition("\nsed ")
    commands, _, _ = commands.rpartition("\ncd dist ")
    texts = []
    for name in ("first", "second"):
        folder = tmp_path_factory.mktemp(name)
        installation(folder / "sbom")
        script = f"sed {commands}".replace("build/sbom", str(folder / "sbom"))
        script = script.replace("dist/sbom.cdx.json", str(folder / "sbom.cdx.json")).replace(".venv/bin/", f"{BIN}/")
        result = run("bash", "-euc", script, cwd=ROOT)
        assert separator and result.returncode == 0, result.stderr
        texts.append((folder / "sbom.cdx.json").read_text())
    return texts


@pytest.mark.slow
def test_the_bill_of_materials_lists_what_the_requirements_install(boms: list[str]) -> None:
    bom = json.loads(boms[0])
    assert (bom["bomFormat"], bom["specVersion"]) == ("CycloneDX", "1.6")
    root = bom["metadata"]["component"]
    assert (root["name"], root["version"]) == ("iamsql", importlib.metadata.version("iamsql"))
    versions = {canonicalize_name(each["name"]): each["version"] for each in bom["components"]}
    assert versions == hashed("requirements.txt")
    assert all(each["purl"].startswith("pkg:pypi/") and each["licenses"] for each in bom["components"])
    graph = {each["ref"]: each.get("dependsOn", []) for each in bom["dependencies"]}
    direct = {canonicalize_name(ref.split("==")[0]) for ref in graph[root["bom-ref"]]}
    assert direct == {canonicalize_name(each.name) for each in RUNTIME}


@pytest.mark.slow
def test_the_bill_of_materials_is_valid_reproducible_and_names_no_path(boms: list[str], tmp_path: Path) -> None:
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(boms[0]) is None
    assert boms[0] == boms[1]
    assert not [path for path in (str(ROOT), str(tmp_path.parent), "file:") if path in boms[0]]


def test_each_job_of_the_release_has_the_permissions_that_it_needs() -> None:
    workflow = yaml.safe_load(RELEASE.read_text())
    assert {name: job["permissions"] for name, job in workflow["jobs"].items()} == {
        "build": {"contents": "read"},
        "install": {},
        "build-image": {"contents": "read"},
        "attest": {"id-token": "write", "attestations": "write"},
        "publish": {"id-token": "write"},
        "image": {"packages": "write", "id-token": "write", "attestations": "write"},
        "github-release": {"contents": "write"},
    }
    assert workflow["jobs"]["publish"]["environment"] == "pypi"


def release_jobs() -> dict[str, Any]:
    """Return the jobs of the release workflow."""
    jobs: dict[str, Any] = yaml.safe_load(RELEASE.read_text())["jobs"]
    return jobs


def steps(job: str, action: str) -> list[dict[str, str]]:
    """Return the inputs of the steps of a job that use an action."""
    return [step["with"] for step in release_jobs()[job]["steps"] if f"{action}@" in step.get("uses", "")]


def test_a_release_is_published_only_after_it_was_built_installed_and_attested() -> None:
    order = ["build", "install", "build-image", "attest", "publish", "image", "github-release"]
    assert {name: job.get("needs") for name, job in release_jobs().items()} == dict(
        zip(order, [None, *order[:-1]], strict=True)
    )


def test_the_wheel_of_a_release_is_installed_on_each_python_and_runs_the_demo() -> None:
    job = release_jobs()["install"]
    assert job["strategy"]["matrix"]["python"] == PYTHONS
    assert not [step for step in job["steps"] if "checkout@" in step.get("uses", "")]
    assert steps("install", "actions/download-artifact") == [{"name": "dist", "path": "dist"}]
    script = "\n".join(step.get("run", "") for step in job["steps"])
    assert "pip install --only-binary :all: dist/*.whl" in script and "iamsql sync --demo" in script


DOCKER = """
echo "$@" >> docker.txt
case "$1 $2" in
  "image inspect") echo "${@: -1}@sha256:$(printf %064d 7)" | sed 's/:[^:@/]*@/@/' ;;
  "run --rm") if [ "$4" = --version ]; then echo "iamsql 0.1.0"; fi ;;
  login*) cat > password.txt ;;
esac
"""


def test_the_image_has_its_base_by_digest_is_tried_and_is_attested_where_it_is_pushed(tmp_path: Path) -> None:
    docker = tmp_path / "docker"
    docker.write_text(f"#!/usr/bin/env bash\n{DOCKER}")
    docker.chmod(0o700)
    jobs = release_jobs()
    build, push = (step for name in ("build-image", "image") for step in jobs[name]["steps"] if "run" in step)
    values = {
        "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "BASE": build["env"]["BASE"], "GH_TOKEN": "token",
        "GITHUB_REF_NAME": "v0.1.0", "GITHUB_REPOSITORY": "Example/iamsql", "GITHUB_SHA": "c0ffee", "GITHUB_ACTOR": "ann",
        "GITHUB_SERVER_URL": "https://example.com", "GITHUB_OUTPUT": str(tmp_path / "output"),
    }  # fmt: skip
    result = run("bash", "-e", "-c", build["run"] + push["run"], cwd=tmp_path, **values)
    assert result.returncode == 0, result.stderr
    commands = (tmp_path / "docker.txt").read_text().splitlines()
    digest = f"@sha256:{7:064}"
    assert f"--build-arg BASE=python{digest} " in commands[2] and "version=0.1.0" in commands[2]
    assert commands[3:5] == ["run --rm iamsql --version", "run --rm --network none iamsql sync --demo"]
    assert commands[5:7] == ["save iamsql", "load --quiet --input image/image.tar.gz"]
    assert commands[8:10] == [f"{command} ghcr.io/example/iamsql:0.1.0" for command in ("tag iamsql", "push --quiet")]
    assert (tmp_path / "password.txt").read_text() == "token\n" and not [line for line in commands if "token" in line]
    outputs = (tmp_path / "output").read_text().splitlines()
    assert outputs == ["image=ghcr.io/example/iamsql", f"digest={digest[1:]}"]
    (attested,) = steps("image", "actions/attest")
    assert attested["push-to-registry"] is True and "steps.push.outputs.digest" in attested["subject-digest"]
    wrong = run("bash", "-e", "-c", build["run"], cwd=tmp_path, **values | {"GITHUB_REF_NAME": "v0.2.0"})
    assert wrong.returncode != 0  # the image has another version than the tag


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """Return a folder with files of a release and their hashes, written by the last command of `make dist`."""
    folder = tmp_path / "dist"
    folder.mkdir()
    for name in FILES:
        (folder / name).write_text(name)
    script = recipe().rstrip().rpartition("\n")[2]
    assert run("bash", "-euc", script, cwd=tmp_path).returncode == 0
    return folder


def test_every_file_of_a_release_has_a_hash(release: Path, tmp_path: Path) -> None:
    assert sorted(line.split()[1] for line in (release / "SHA256SUMS").read_text().splitlines()) == FILES
    (upload,) = [step["run"] for step in release_jobs()["github-release"]["steps"] if "run" in step]
    check, create = upload.splitlines()
    release.rename(tmp_path / "release")
    assert create.endswith(" release/*") and run("bash", "-euc", check, cwd=tmp_path).returncode == 0
    (tmp_path / "release" / FILES[0]).write_text("another")
    assert run("bash", "-euc", check, cwd=tmp_path).returncode != 0


def test_the_registry_gets_the_distributions_and_the_github_release_all_files(release: Path, tmp_path: Path) -> None:
    (build,) = [step["run"] for step in release_jobs()["build"]["steps"] if step.get("run", "").startswith("make dist")]
    assert build == "make dist"
    uploads = {each["name"]: each["path"].split() for each in steps("build", "actions/upload-artifact")}
    assert uploads["release"] == ["dist/"]
    assert sorted(path.name for pattern in uploads.pop("dist") for path in tmp_path.glob(pattern)) == FILES[:2]
    assert set(uploads) == {"release"} and {path.name for path in release.iterdir()} == {*FILES, "SHA256SUMS"}


def test_every_file_of_a_release_is_attested() -> None:
    attested, with_sbom = steps("attest", "actions/attest")
    assert attested == {"subject-path": "release/*"}
    assert with_sbom == {"subject-path": "dist/*", "sbom-path": "release/sbom.cdx.json"}


@pytest.mark.parametrize(
    ("heading", "tag", "is_released"),
    [
        ("## [0.1.0] - 2026-03-14", "v0.1.0", True),
        ("## [Unreleased]\n\n## [0.1.0] - 2026-03-14", "v0.1.0", True),
        ("## [0.1.0] - Unreleased", "v0.1.0", False),
        ("## [Unreleased]", "v0.1.0", False),
        ("## [0x1.0] - 2026-03-14", "v0.1.0", False),
        ("## [0.1.0] - 2026-03-14", "v0.1.1", False),
    ],
)
def test_a_tag_is_released_if_its_version_has_a_date(tmp_path: Path, heading: str, tag: str, is_released: bool) -> None:
    """The last step before the tests compares the tag with the version and the changelog."""
    scripts = [step["run"] for step in release_jobs()["build"]["steps"] if "run" in step]
    (index,) = [index for index, script in enumerate(scripts) if "CHANGELOG.md" in script]
    assert scripts[index + 1] == "make test-all"
    (tmp_path / "CHANGELOG.md").write_text(f"# Changelog\n\n{heading}\n\n### Added\n")
    script = scripts[index].replace(".venv/bin/python -m hatchling version", "echo 0.1.0")
    result = run("bash", "-e", "-c", script, cwd=tmp_path, GITHUB_REF_NAME=tag)
    assert (result.returncode == 0) == is_released


def test_the_registry_accepts_a_release_without_a_stored_token() -> None:
    (inputs,) = steps("publish", "pypa/gh-action-pypi-publish")
    assert inputs == {"attestations": True, "print-hash": True}
    assert steps("publish", "actions/download-artifact") == [{"name": "dist", "path": "dist"}]  # no bill of materials
