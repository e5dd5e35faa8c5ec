"""The sample organization, for tests that change nothing in it."""

from __future__ import annotations

import pytest

from tests.demo.clients import DAY
from tests.fake_aws import FakeAws


@pytest.fixture(scope="module")
def aws() -> FakeAws:
    return FakeAws(DAY)
