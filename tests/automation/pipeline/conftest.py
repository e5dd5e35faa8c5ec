"""Share fixtures of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.automation.pipeline.receiver import Receiver, receiving


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.delenv("IAMSQL_WEBHOOK_SECRET", raising=False)
    with receiving() as running:
        yield running
