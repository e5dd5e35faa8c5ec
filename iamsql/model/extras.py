"""Name the optional parts of iamsql, the extras of its package, in the same way everywhere."""

from __future__ import annotations

from iamsql.model import IamsqlError


def install_command(extra: str) -> str:
    """Return the command that installs an extra, in a checkout: no package index has iamsql."""
    return f"pip install '.[{extra}]' in a checkout of iamsql"


def missing_extra_error(subject: str, package: str, extra: str) -> IamsqlError:
    """Return the error for a package of an extra that is not installed; `subject` is such as `iamsql mcp needs`."""
    return IamsqlError(
        f"{subject} the package {package}, which is not installed.\nInstall it with: {install_command(extra)}"
    )
