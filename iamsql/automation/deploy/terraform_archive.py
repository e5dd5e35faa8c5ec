"""The archive of scheduled runs in Terraform: a bucket, its key, the log group and the configuration."""

from __future__ import annotations

from typing import Any

from iamsql.automation.deploy.policies import bucket_policy, key_policy
from iamsql.automation.deploy.settings import Deployment
from iamsql.automation.deploy.terraform_roles import encoded, resource
from iamsql.render.hcl import Block, Expression, literal

BUCKET = Expression("aws_s3_bucket.archive.id")
KEY = Expression("aws_kms_key.archive.arn")
OBJECT_LOCK = Expression("var.object_lock_days > 0")
KEEP = Block("lifecycle", (), {"prevent_destroy": True})


def archive_blocks(deployment: Deployment) -> list[Block]:
    """Return the key, the bucket, the log group and the configuration."""
    key = {
        "description": "Encrypts the runs, logs and alarms of iamsql",
        "enable_key_rotation": True,
        "policy": encoded(key_policy()),
    }
    logs = {
        "name": "/iamsql/${var.name}",
        "retention_in_days": Expression("var.log_retention_days"),
        "kms_key_id": KEY,
    }
    configuration = {
        "name": "/iamsql/${var.name}/configuration",
        "description": "The text of iamsql.toml",
        "type": "String",
        "tier": "Intelligent-Tiering",
        "value": literal(deployment.configuration),
    }
    return [
        resource("aws_kms_key", "archive", key, KEEP),
        *_bucket(),
        resource("aws_cloudwatch_log_group", "runs", logs),
        resource("aws_ssm_parameter", "configuration", configuration),
    ]


def _bucket() -> list[Block]:
    blocked = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
    bucket = {"bucket_prefix": "${var.name}-", "object_lock_enabled": OBJECT_LOCK}
    ownership = Block("rule", (), {"object_ownership": "BucketOwnerEnforced"})
    default = Block(
        "apply_server_side_encryption_by_default", (), {"sse_algorithm": "aws:kms", "kms_master_key_id": KEY}
    )
    return [
        resource("aws_s3_bucket", "archive", bucket, KEEP),
        _setting("aws_s3_bucket_versioning", {}, Block("versioning_configuration", (), {"status": "Enabled"})),
        _setting("aws_s3_bucket_ownership_controls", {}, ownership),
        _setting("aws_s3_bucket_public_access_block", dict.fromkeys(blocked, True)),
        _setting(
            "aws_s3_bucket_server_side_encryption_configuration",
            {},
            Block("rule", (), {"bucket_key_enabled": True}, [default]),
        ),
        _setting("aws_s3_bucket_policy", {"policy": encoded(bucket_policy())}),
        _setting("aws_s3_bucket_lifecycle_configuration", {}, *_lifecycle()),
        _object_lock(),
    ]


def _setting(kind: str, attributes: dict[str, Any], *blocks: Block) -> Block:
    return resource(kind, "archive", {"bucket": BUCKET, **attributes}, *blocks)


def _lifecycle() -> list[Block]:
    old = Block("noncurrent_version_expiration", (), {"noncurrent_days": Expression("var.old_version_days")})
    abort = Block("abort_incomplete_multipart_upload", (), {"days_after_initiation": 7})
    status = Expression('var.retention_days > 0 ? "Enabled" : "Disabled"')
    days = Expression("max(var.retention_days, 1)")
    return [
        Block("rule", (), {"id": "old-versions", "status": "Enabled"}, [Block("filter"), old, abort]),
        # The folders runs/ and reports/ of the archive, but not state/.
        Block(
            "rule",
            (),
            {"id": "expire", "status": status},
            [Block("filter", (), {"prefix": "${var.prefix}/r"}), Block("expiration", (), {"days": days})],
        ),
    ]


def _object_lock() -> Block:
    retention = {"mode": "GOVERNANCE", "days": Expression("var.object_lock_days")}
    rule = Block("rule", (), {}, [Block("default_retention", (), retention)])
    kind = "aws_s3_bucket_object_lock_configuration"
    return resource(kind, "archive", {"count": Expression("var.object_lock_days > 0 ? 1 : 0"), "bucket": BUCKET}, rule)
