"""Signing certificates of users, by which old interfaces of EC2 know them."""

from iamsql.model import Column as C
from iamsql.model import Table
from iamsql.schema.tables._columns import TITLE
from iamsql.schema.tables._iam_calls import SIGNING_CERTIFICATES

TABLE = Table(
    "aws_iam_signing_certificate",
    "An X.509 certificate by which an IAM user signs requests to a few old interfaces.",
    call=SIGNING_CERTIFICATES,
    key=("account_id", "certificate_id"),
    columns=(
        C("certificate_id", "text", "The certificate's id."),
        C("user_name", "text", "The IAM user who has it.", "$.UserName | @$.UserName"),
        C("status", "text", "Active or Inactive."),
        C("upload_date", "timestamptz", "When it was uploaded."),
        C("certificate_body", "text", "The certificate, in PEM."),
        C("title", "text", TITLE, "$.CertificateId"),
    ),
)
