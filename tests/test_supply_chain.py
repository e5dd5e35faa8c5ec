"""What an installation downloads is pinned by hash, and a release is built and published as SECURITY.md says."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import trove_classifiers
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from iamsql.version import HOMEPAGE
from tests.tiers import PARTS

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
RUNTIME = [Requirement(text) for text in PROJECT["project"]["dependencies"]]
BUILD = [Requirement(text) for text in PROJECT["build-system"]["requires"]]
EXTRAS = [Requirement(text) for extra in PROJECT["project"]["optional-dependencies"].values() for text in extra]
PLATFORMS = [("linux", "Linux", "posix"), ("darwin", "Darwin", "posix"), ("win32", "Windows", "nt")]
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
PIN = re.compile(r"([A-Za-z0-9._-]+)==([A-Za-z0-9.]+)((?: --hash=sha256:[0-9a-f]{64})+)")
INSTALL = ROOT / "docs" / "guide" / "install.md"
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def run(*command: str | Path, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a command without the AWS, Python and iamsql settings of the environment."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON", "IAMSQL_"))
    }
    return subprocess.run(
        [str(part) for part in command], cwd=cwd, env=inherited | env, capture_output=True, text=True, timeout=300
    )


def constraints() -> dict[str, str]:
    """Return the version of each package in constraints.txt, by normalized name."""
    pins = (line.split("==") for line in (ROOT / "constraints.txt").read_text().split())
    return {canonicalize_name(name): version for name, version in pins}


def hashed(name: str) -> dict[str, str]:
    """Return the version of each package in a requirements file; each line that is not a comment must be a hashed pin."""
    lines = (ROOT / name).read_text().replace("\\\n", "").splitlines()
    pins = [PIN.fullmatch(re.sub(r" +", " ", line)) for line in lines if not line.startswith("#")]
    assert pins and None not in pins
    return {canonicalize_name(pin[1]): pin[2] for pin in pins if pin}


def environments() -> Iterator[dict[str, str]]:
    """Return the marker variables of each supported Python on each platform."""
    for version in PYTHONS:
        for platform, system, kind in PLATFORMS:
            yield {
                "python_version": version,
                "python_full_version": f"{version}.0",
                "sys_platform": platform,
                "platform_system": system,
                "os_name": kind,
            }


def closure(requirements: list[Requirement]) -> set[str]:
    """Return the packages that the requirements install on any supported Python and platform, by installed metadata."""
    packages: set[str] = set()
    for environment in environments():
        pending, seen = list(requirements), set()
        while pending:
            requirement = pending.pop()
            name = canonicalize_name(requirement.name)
            for extra in {"", *requirement.extras}:
                if (name, extra) in seen:
                    continue
                seen.add((name, extra))
                below = map(Requirement, importlib.metadata.requires(name) or [])
                pending += [r for r in below if not r.marker or r.marker.evaluate({**environment, "extra": extra})]
        packages |= {name for name, _ in seen}
    return packages


@pytest.mark.parametrize(
    ("name", "requirements"),
    [("requirements.txt", RUNTIME), ("requirements-build.txt", BUILD)],
    ids=["runtime", "build"],
)
def test_a_hashed_file_has_each_package_in_the_version_of_the_constraints(
    name: str, requirements: list[Requirement]
) -> None:
    pins = hashed(name)
    assert set(pins) == closure(requirements)
    assert pins == {package: constraints()[package] for package in pins}


@pytest.mark.parametrize("requirement", [*RUNTIME, *BUILD, *EXTRAS], ids=str)
def test_the_constraints_satisfy_what_the_project_requires(requirement: Requirement) -> None:
    assert requirement.specifier.contains(constraints()[canonicalize_name(requirement.name)])


@pytest.mark.parametrize("requirement", [*RUNTIME, *BUILD], ids=str)
def test_a_package_that_users_install_has_a_lower_and_an_upper_bound(requirement: Requirement) -> None:
    assert {each.operator for each in requirement.specifier} == {">=", "<"}


def test_the_metadata_names_each_supported_version_of_python() -> None:
    classifiers = PROJECT["project"]["classifiers"]
    versions = [text.rpartition(" ")[2] for text in classifiers if re.search(r":: 3\.\d+$", text)]
    assert versions == PYTHONS and PROJECT["project"]["requires-python"] == f">={PYTHONS[0]}"
    assert not set(classifiers) - set(trove_classifiers.classifiers)


def test_the_metadata_names_the_authors_and_the_addresses_of_the_project() -> None:
    project = PROJECT["project"]
    assert project["authors"] == project["maintainers"] == [{"name": "The iamsql developers"}]
    urls = project["urls"]
    assert set(urls) == {"Homepage", "Documentation", "Source", "Issues", "Changelog", "Security"}
    assert urls["Homepage"] == urls["Source"] == HOMEPAGE
    assert all(url.startswith(HOMEPAGE) for url in urls.values())
    files = [url.partition("/blob/main/")[2].partition("#")[0] for url in urls.values() if "/blob/" in url]
    assert files and all((ROOT / name).is_file() for name in files)


@pytest.mark.slow
def test_the_documented_commands_install_iamsql_from_hashes(tmp_path: Path) -> None:
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--retries", "0", "--timeout", "10")
    if run(*pip, "download", "--no-deps", "-d", tmp_path / "probe", "mdurl==0.1.2", cwd=tmp_path).returncode:
        pytest.skip("pip reaches no registry")
    (block,) = re.findall(r"^```sh\n(\$ python3 -m venv .*?)^```$", INSTALL.read_text(), re.M | re.S)
    assert "--require-hashes" in block
    tree = shutil.copytree(ROOT, tmp_path / "tree", ignore=shutil.ignore_patterns(".*", "build", "dist", "tests"))
    script = "\n".join(line.removeprefix("$ ") for line in block.splitlines())
    path = os.pathsep.join([str(BIN), os.environ["PATH"]])
    result = run("bash", "-euc", script + "\npip check\niamsql --version", cwd=tree, HOME=str(tmp_path), PATH=path)
    assert result.returncode == 0, result.stdout + result.stderr
    installed = run(tmp_path / "iamsql/bin/python", "-m", "pip", "list", "--format=json", cwd=tmp_path)
    versions = {canonicalize_name(each["name"]): each["version"] for each in json.loads(installed.stdout)}
    expected = hashed("requirements.txt") | hashed("requirements-build.txt")
    assert {name: versions[name] for name in expected} == expected
    assert set(versions) - set(expected) <= {"iamsql", "pip", "setuptools"}


@pytest.mark.slow
def test_a_build_gives_the_same_bytes_in_another_folder_at_another_time(tmp_path: Path) -> None:
    built = []
    for number, umask in enumerate((0o022, 0o077)):
        tree = tmp_path / f"tree-{number}"
        shutil.copytree(
            ROOT,
            tree,
            copy_function=shutil.copyfile,
            ignore=shutil.ignore_patterns(".venv", ".git", ".*_cache", "build"),
        )
        script = f"umask {umask:o}; exec {BIN / 'python'} -m hatchling build -d out"
        result = run("bash", "-c", script, cwd=tree, SOURCE_DATE_EPOCH="1767225600")
        assert result.returncode == 0, result.stderr
        built.append({path.name: path.read_bytes() for path in (tree / "out").iterdir()})
    assert len(built[0]) == 2
    assert built[0] == built[1]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_each_action_is_pinned_to_a_commit(path: Path) -> None:
    uses = re.findall(r"^ *-? *uses: *(.*)$", path.read_text(), re.MULTILINE)
    assert uses
    assert not [line for line in uses if not re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)]


def test_the_workflows_use_one_version_of_each_action() -> None:
    uses = re.findall(r"uses: (\S+)@(\S+)", "".join(path.read_text() for path in WORKFLOWS))
    assert len(set(uses)) == len({action for action, _ in uses})


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_the_projects_code_runs_only_in_jobs_without_write_permissions(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text())
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        checks_out = [step for step in job["steps"] if "checkout@" in step.get("uses", "")]
        assert not checks_out or job["permissions"] == {"contents": "read"}
        assert all(step["with"]["persist-credentials"] is False for step in checks_out)
    scripts = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    assert not [script for script in scripts if "${{" in script], "an expression in a script is open to injection"
    assert "secrets." not in path.read_text() and "pull_request_target" not in path.read_text()


def test_the_workflows_make_targets_that_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    scripts = [*WORKFLOWS, ROOT / ".ci" / "run", ROOT / ".pre-commit-config.yaml"]
    used_targets = {
        target
        for path in scripts
        for line in re.findall(r"^ *(?:run: |entry: )?make ([a-z -]+)$", path.read_text(), re.MULTILINE)
        for target in line.split()
    }
    nightly = yaml.safe_load((ROOT / ".github/workflows/nightly.yml").read_text())["jobs"]
    used_targets |= {target for job in ("lists", "further") for target in nightly[job]["strategy"]["matrix"]["target"]}
    assert nightly["test"]["strategy"]["matrix"]["part"] == list(range(1, PARTS + 1))
    of_tests = {"matrices", "test", "test-all", "test-random", "test-readme", "test-slow"}
    assert used_targets == {"certify", "certify-spark", "check-static", "clients", "demo", "dist", "site", *of_tests}
    assert used_targets <= targets


def test_the_pre_commit_hooks_download_nothing() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    assert [repository["repo"] for repository in config["repos"]] == ["local"]
    hooks = [hook for repository in config["repos"] for hook in repository["hooks"]]
    assert {hook["language"] for hook in hooks} == {"system"}
    programs = {hook["entry"].split()[0] for hook in hooks}
    assert {Path(program).parent.as_posix() for program in programs - {"make"}} == {".venv/bin"}
    assert all((BIN / Path(program).name).exists() for program in programs - {"make"})
