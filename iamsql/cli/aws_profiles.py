"""The names of the AWS profiles in the configuration files of the AWS CLI, read without boto3 for completion in a shell."""

from __future__ import annotations

import os
from configparser import Error, RawConfigParser
from pathlib import Path

# The variable and the default of each file (AWS SDKs and Tools Reference Guide, "Location of the shared files").
PROFILE_FILES = {"AWS_CONFIG_FILE": "~/.aws/config", "AWS_SHARED_CREDENTIALS_FILE": "~/.aws/credentials"}


def profile_names() -> list[str]:
    """Return the names of the profiles, sorted; a file that cannot be read has none."""
    names: set[str] = set()
    for variable, default in PROFILE_FILES.items():
        parser = RawConfigParser(strict=False, allow_no_value=True)
        try:
            parser.read(Path(os.environ.get(variable) or default).expanduser(), encoding="utf-8")
        except (Error, OSError, RuntimeError, UnicodeDecodeError):
            continue
        is_config = variable == "AWS_CONFIG_FILE"
        names |= {name for section in parser.sections() if (name := _profile_name(section, is_config))}
    return sorted(names)


def _profile_name(section: str, is_config: bool) -> str:
    """Return the profile of a section; '' for other sections of the configuration file, such as `sso-session NAME`."""
    if not is_config or section == "default":
        return section
    section_type, _, name = section.partition(" ")
    return name.strip().strip('"') if section_type == "profile" else ""
