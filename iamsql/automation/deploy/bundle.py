"""Build the zip file of a Lambda function: iamsql and the packages that it requires, for Lambda's platform.

The build is reproducible: files are sorted and have no timestamps. Most of botocore's size is the data of 400 services; the
bundle contains only the data of services that iamsql calls.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from iamsql.automation.deploy.services import called_services
from iamsql.catalog import shipped_folder
from iamsql.model import IamsqlError
from iamsql.render.files import atomic_replace
from iamsql.runs.file import package_template, template

PACKAGE_FOLDER = Path(__file__).resolve().parents[2]
PLATFORMS = ("x86_64", "aarch64")
# The runtimes on Amazon Linux 2023, which has glibc 2.34. The runtime of Python 3.11 has glibc 2.26; DuckDB requires a newer glibc.
PYTHON_VERSIONS = ("3.12", "3.13", "3.14")
OLDEST_GLIBC_MINOR, NEWEST_GLIBC_MINOR = 17, 34  # of 2.17, manylinux2014
MAX_ZIP_BYTES = 50_000_000  # of a direct upload (Lambda quotas)
MAX_UNZIPPED_BYTES = 250_000_000  # of all files of a function (Lambda quotas)
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time of a zip file
UNUSED_FOLDERS = {"__pycache__", "bin", "tests", "examples"}
# Files that an installation leaves behind: they name folders of this machine, or have no use at run time.
UNUSED_FILES = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "examples-1.json.gz", "examples-1.json"}
PACKAGE_NAME_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Bundle:
    """A zip file: its size, and the size of its files, in bytes."""

    path: Path
    size: int
    unzipped_bytes: int


def build_bundle(path: Path, platform: str, python: str) -> Bundle:
    """Write the zip file, and return its sizes.

    Raise IamsqlError if pip is missing or fails, or if the files are larger than Lambda allows.
    """
    with TemporaryDirectory(prefix="iamsql-") as name:
        folder = Path(name, "bundle")
        _install_packages(Path(name), folder, platform, python)
        _copy_package(folder / "iamsql")
        unzipped_bytes = sum(file.stat().st_size for file in bundled_files(folder))
        if unzipped_bytes > MAX_UNZIPPED_BYTES:
            raise IamsqlError(
                f"The files are {unzipped_bytes // 10**6} MB; a function can have at most {MAX_UNZIPPED_BYTES // 10**6} MB.\n"
                "Use a container image instead: iamsql deploy lambda --image"
            )
        atomic_replace(path, lambda partial: write_zip(partial, folder))
    return Bundle(path, path.stat().st_size, unzipped_bytes)


def write_zip(path: Path, folder: Path) -> None:
    """Write the files of a bundle to a zip file, in a fixed order and with a constant time."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file in bundled_files(folder):
            entry = zipfile.ZipInfo(file.relative_to(folder).as_posix(), ZIP_EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o755 << 16 if ".so" in file.suffixes else 0o644 << 16
            entry.create_system = 3  # Unix, on any platform
            archive.writestr(entry, file.read_bytes())


def bundled_files(folder: Path) -> list[Path]:
    """Return the files that belong into the zip file, in order."""
    services = called_services()
    used_files = [path for path in folder.rglob("*") if path.is_file() and _is_used(path.relative_to(folder), services)]
    return sorted(used_files, key=lambda path: path.relative_to(folder).as_posix())


def _is_used(path: Path, services: set[str]) -> bool:
    *folders, name = path.parts
    if folders[:2] == ["botocore", "data"] and len(folders) > 2:
        return folders[2] in services and name not in UNUSED_FILES
    # The bundle contains the licenses of the packages, as they require.
    return name not in UNUSED_FILES and not name.endswith((".pyc", ".pyi")) and not UNUSED_FOLDERS & set(folders)


def requirements() -> list[str]:
    """Return what iamsql requires, without its extras."""
    return [line for line in importlib.metadata.requires("iamsql") or [] if "extra ==" not in line]


def constraints() -> list[str]:
    """Return the constraint of each installed package, so a bundle has the installed and tested versions."""
    versions = {
        package.name: package.version
        for package in importlib.metadata.distributions()
        if PACKAGE_NAME_PATTERN.fullmatch(package.name or "")
    }
    return [
        f"{name}=={version}" for name, version in sorted(versions.items()) if name != "iamsql" and "+" not in version
    ]


def platform_tags(platform: str) -> list[str]:
    """Return the tags of wheels that run on Lambda, the newest first."""
    versions = range(NEWEST_GLIBC_MINOR, OLDEST_GLIBC_MINOR - 1, -1)
    return [*(f"manylinux_2_{version}_{platform}" for version in versions), f"manylinux2014_{platform}"]


def _install_packages(folder: Path, target: Path, platform: str, python: str) -> None:
    """Install the packages for another platform. Raise IamsqlError with pip's error."""
    if importlib.util.find_spec("pip") is None:
        raise IamsqlError(
            "This environment has no pip, which installs the packages of the bundle.\n"
            f"Add it: {sys.executable} -m ensurepip, or `uv pip install pip`, or `pipx inject iamsql pip`."
        )
    (folder / "requirements.txt").write_text("\n".join(requirements()), encoding="utf-8")
    (folder / "constraints.txt").write_text("\n".join(constraints()), encoding="utf-8")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    platform_options = [word for tag in platform_tags(platform) for word in ("--platform", tag)]
    wheel_options = ["--only-binary", ":all:", "--implementation", "cp", "--python-version", python, "--no-compile"]
    files = ["-r", str(folder / "requirements.txt"), "-c", str(folder / "constraints.txt")]
    process = subprocess.run(  # noqa: S603  # a fixed command
        [*command, "--target", str(target), *platform_options, *wheel_options, *files],
        capture_output=True,
        text=True,
        check=False,
    )
    if process.returncode:
        raise IamsqlError(f"pip could not install the packages: {_last_error(process.stderr)}")


def _last_error(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")]
    return (errors or lines or ["it said nothing"])[-1]


def _copy_package(target: Path) -> None:
    """Copy this installation of iamsql; a checkout has the queries next to the package, and no template of run files."""
    shutil.copytree(PACKAGE_FOLDER, target, ignore=shutil.ignore_patterns("__pycache__"))
    if not (target / "queries").is_dir():
        shutil.copytree(shipped_folder(), target / "queries")
    if not (target / "runs" / "file" / template.FILE).is_file():
        package_template.write(target / "runs" / "file")
