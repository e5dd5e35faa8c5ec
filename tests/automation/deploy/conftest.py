"""Share fixtures of this folder."""

from __future__ import annotations

import pytest

from iamsql.automation.deploy import Deployment, terraform_files
from tests.automation.deploy.lint import FULL


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    """Return the files of a module with every option."""
    return terraform_files(Deployment(**FULL))
