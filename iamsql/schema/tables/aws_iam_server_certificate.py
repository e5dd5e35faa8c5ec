"""Server certificates that are stored in IAM."""

from iamsql.model import Column as C
from iamsql.model import Join, Table
from iamsql.schema.tables._columns import akas, tags, tags_src, title
from iamsql.schema.tables._iam_calls import CERTIFICATE, CERTIFICATES

TABLE = Table(
    "aws_iam_server_certificate",
    "A server certificate that is stored in IAM, for load balancers and CloudFront distributions.",
    call=CERTIFICATES,
    key=("account_id", "arn"),
    joins=(Join("details", CERTIFICATE, on="$.ServerCertificateName", to="@$.ServerCertificateName"),),
    columns=(
        C("name", "text", "The name of the server certificate.", "$.ServerCertificateName"),
        C("arn", "text", "The ARN of the server certificate."),
        C("server_certificate_id", "text", "The stable and unique ID of the server certificate: ASCA…"),
        C("expiration", "timestamptz", "The date and time when the certificate expires."),
        C("certificate_body", "text", "The public key certificate, PEM-encoded.", "details:"),
        C("certificate_chain", "text", "The certificate chain, PEM-encoded.", "details:"),
        C("path", "text", "The path of the server certificate; CloudFront requires the prefix /cloudfront/."),
        C("upload_date", "timestamptz", "The date and time when the certificate was uploaded."),
        tags_src("details:$.Tags", ""),
        title("$.ServerCertificateName"),
        tags("details:$.Tags"),
        akas(),
    ),
)
