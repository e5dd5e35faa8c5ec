"""X.509 signing certificates of users."""

from iamsql.model import Column as C
from iamsql.model import Table
from iamsql.schema.tables._columns import title
from iamsql.schema.tables._iam_calls import SIGNING_CERTIFICATES

TABLE = Table(
    "aws_iam_signing_certificate",
    "An X.509 signing certificate of an IAM user, for services that accept requests signed with certificates.",
    call=SIGNING_CERTIFICATES,
    key=("account_id", "certificate_id"),
    columns=(
        C("certificate_id", "text", "The ID of the signing certificate."),
        C("user_name", "text", "The name of the IAM user.", "$.UserName | @$.UserName"),
        C("status", "text", "The status: Active or Inactive."),
        C("upload_date", "timestamptz", "The date and time when the certificate was uploaded."),
        C("certificate_body", "text", "The contents of the certificate, PEM-encoded."),
        title("$.CertificateId"),
    ),
)
