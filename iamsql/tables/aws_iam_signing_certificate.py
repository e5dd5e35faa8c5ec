"""An X.509 signing certificate of an IAM user, for services that accept requests signed with certificates."""

from iamsql.model import Table
from iamsql.tables.calls.account import PAGE, for_each_user
from iamsql.tables.fragments.columns import C, title

TABLE = Table(
    call=for_each_user("ListSigningCertificates", "Certificates", params=PAGE, on_demand=True),
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
