# The archive of the runs: a key, a bucket, the log group, and the configuration.

resource "aws_kms_key" "archive" {
  description         = "Encrypts the runs, logs and alarms of iamsql"
  enable_key_rotation = true
  policy              = jsonencode(local.key_policy)

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket" "archive" {
  bucket_prefix       = "${var.name}-"
  object_lock_enabled = var.object_lock_days > 0

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_versioning" "archive" {
  bucket = aws_s3_bucket.archive.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_ownership_controls" "archive" {
  bucket = aws_s3_bucket.archive.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "archive" {
  bucket                  = aws_s3_bucket.archive.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "archive" {
  bucket = aws_s3_bucket.archive.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.archive.arn
    }
  }
}

resource "aws_s3_bucket_policy" "archive" {
  bucket = aws_s3_bucket.archive.id
  policy = jsonencode(local.bucket_policy)
}

resource "aws_s3_bucket_lifecycle_configuration" "archive" {
  bucket = aws_s3_bucket.archive.id

  rule {
    id     = "old-versions"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = var.old_version_days
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  rule {
    id     = "expire"
    status = var.retention_days > 0 ? "Enabled" : "Disabled"

    # The folders runs/ and reports/ of the archive, but not state/.
    filter {
      prefix = "${var.prefix}/r"
    }

    expiration {
      days = max(var.retention_days, 1)
    }
  }
}

resource "aws_s3_bucket_object_lock_configuration" "archive" {
  count  = var.object_lock_days > 0 ? 1 : 0
  bucket = aws_s3_bucket.archive.id

  rule {
    default_retention {
      mode = "GOVERNANCE"
      days = var.object_lock_days
    }
  }
}

resource "aws_cloudwatch_log_group" "runs" {
  name              = "/iamsql/${var.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.archive.arn
}

resource "aws_ssm_parameter" "configuration" {
  name        = "/iamsql/${var.name}/configuration"
  description = "The text of iamsql.toml"
  type        = "String"
  tier        = "Intelligent-Tiering"
  value       = local.configuration
}
