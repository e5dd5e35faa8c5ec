"""Placeholders become references of CloudFormation and of Terraform; policy variables stay what they are."""

from __future__ import annotations

import pytest

from iamsql.automation.deploy.placeholders import to_cloudformation, to_terraform
from iamsql.render.hcl import Expression

DOCUMENT = {
    "Key": "<KeyArn>",
    "Objects": ["<BucketArn>/<Prefix>/*"],
    "Variable": "${aws:PrincipalOrgID}",
    "Both": "<Prefix>/${aws:username}",
    "Number": 1,
}


def test_cloudformation_has_functions() -> None:
    assert to_cloudformation(DOCUMENT, {"KeyArn": "Key.Arn", "BucketArn": "Bucket.Arn"}) == {
        "Key": {"Fn::GetAtt": ["Key", "Arn"]},
        "Objects": [{"Fn::Sub": "${Bucket.Arn}/${Prefix}/*"}],
        "Variable": "${aws:PrincipalOrgID}",
        "Both": {"Fn::Sub": "${Prefix}/${!aws:username}"},
        "Number": 1,
    }
    assert to_cloudformation("arn:<Partition>:iam::<Account>:root") == {
        "Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"
    }
    assert to_cloudformation("<Principal>") == {"Ref": "Principal"}


def test_terraform_has_expressions() -> None:
    names = {"KeyArn": "aws_kms_key.k.arn", "BucketArn": "aws_s3_bucket.b.arn", "Prefix": "var.prefix"}
    converted = to_terraform(DOCUMENT, names)
    assert converted["Key"] == "aws_kms_key.k.arn" and isinstance(converted["Key"], Expression)
    assert converted["Objects"] == ["${aws_s3_bucket.b.arn}/${var.prefix}/*"]
    assert converted["Variable"] == "$${aws:PrincipalOrgID}"
    assert converted["Both"] == "${var.prefix}/$${aws:username}"


def test_an_unknown_placeholder_is_an_error() -> None:
    with pytest.raises(KeyError):
        to_terraform("<Unknown>", {})
