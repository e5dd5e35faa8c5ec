"""The bundle keeps botocore's data of each service that the code creates a client for."""

from __future__ import annotations

import re
from pathlib import Path

from botocore.loaders import Loader

from iamsql.automation.deploy.services import called_services

SOURCE = Path(__file__).parents[3] / "iamsql"
CLIENT = re.compile(r"""\bclient\(\s*["']([a-z0-9-]+)["']""")


def test_each_service_that_the_code_names_is_kept() -> None:
    client_names = {
        service for path in SOURCE.rglob("*.py") for service in CLIENT.findall(path.read_text(encoding="utf-8"))
    }
    assert {"sts", "ssm", "secretsmanager"} <= client_names <= called_services()


def test_botocore_has_each_service() -> None:
    assert called_services() <= set(Loader().list_available_services("service-2"))
