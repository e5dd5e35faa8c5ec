"""Run Sigma rules for AWS CloudTrail: read the rules with pySigma, an optional dependency, and convert them to DuckDB's SQL."""

from __future__ import annotations

from importlib.util import find_spec

from iamsql.model import IamsqlError
from iamsql.model.extras import missing_extra_error

SIGMA_PREFIX = "sigma:"


def is_installed() -> bool:
    """Return whether pySigma is installed."""
    try:
        return find_spec("sigma.collection") is not None
    except ModuleNotFoundError:  # there is no package `sigma`
        return False


def find_paths(names: tuple[str, ...]) -> list[str]:
    """Return the paths in names of the form sigma:PATH; [] if no name has the form.

    Raise IamsqlError for names of both kinds, for an empty path, and if pySigma is not installed.
    """
    paths = [name.removeprefix(SIGMA_PREFIX) for name in names if name.startswith(SIGMA_PREFIX)]
    if not paths:
        return []
    if shipped_name := next((name for name in names if not name.startswith(SIGMA_PREFIX)), ""):
        raise IamsqlError(
            f"Sigma rules and {shipped_name} cannot run together: their columns differ. Run them separately."
        )
    if "" in paths:
        raise IamsqlError("sigma: needs a folder or file of Sigma rules: iamsql check sigma:DIR")
    if not is_installed():
        raise missing_extra_error("Sigma rules need", "pysigma", "sigma")
    return paths
