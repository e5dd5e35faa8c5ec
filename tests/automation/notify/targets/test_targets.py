"""The targets are the modules of their folder, and a text names one."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from iamsql.automation.notify import targets
from iamsql.automation.notify.model import TargetContext
from iamsql.model import IamsqlError

CONTEXT = TargetContext(clients=lambda: None)


def test_each_module_is_a_target() -> None:
    files = {path.stem for path in Path(targets.__file__).parent.glob("*.py")} - {"__init__"}
    assert targets.target_names() == tuple(sorted(files))


@pytest.mark.parametrize(("text", "kind"), [("slack", "slack"), ("webhook:https://x", "webhook"), ("s3://b/p", "s3")])
def test_a_text_begins_with_the_name(text: str, kind: str) -> None:
    assert targets.parse_target_name(text) == kind


@pytest.mark.parametrize(
    ("text", "message"),
    [("slak", "'slak'; did you mean slack"), ("../x\x1b", r"'\.\./x\\x1b' \(targets are"), ("", "''")],
)
def test_another_text_is_an_error_with_the_names(text: str, message: str) -> None:
    with pytest.raises(IamsqlError, match=message.replace("\\\\x1b", r"\\{1,2}x1b")):
        targets.parse_target_name(text)


def test_a_target_receives_the_text_after_its_name_and_a_bucket_its_url(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []
    module = SimpleNamespace(open_target=lambda text, context: calls.append((text, context)))
    monkeypatch.setattr(targets, "import_module", lambda name: module)
    for text in ("webhook:https://x:1/", "s3://bucket/p", "slack"):
        targets.open_target(text, CONTEXT)
    assert [text for text, _ in calls] == ["https://x:1/", "s3://bucket/p", ""]
