"""Server certificates that were uploaded to IAM."""

from iamsql.model import Column as C
from iamsql.model import Join, Table
from iamsql.schema.tables._columns import AKAS, TITLE
from iamsql.schema.tables._iam_calls import CERTIFICATE, CERTIFICATES

TABLE = Table(
    "aws_iam_server_certificate",
    "A certificate for TLS that IAM keeps for load balancers and distributions.",
    call=CERTIFICATES,
    key=("account_id", "arn"),
    joins=(Join("details", CERTIFICATE, on="$.ServerCertificateName", to="@$.ServerCertificateName"),),
    columns=(
        C("name", "text", "The certificate's name.", "$.ServerCertificateName"),
        C("arn", "text", "The ARN."),
        C("server_certificate_id", "text", "Its unique id, ASCA…"),
        C("expiration", "timestamptz", "When it ends."),
        C("certificate_body", "text", "The certificate, in PEM.", "details:$.CertificateBody"),
        C(
            "certificate_chain",
            "text",
            "The certificates above it, in PEM; null without any.",
            "details:$.CertificateChain",
        ),
        C("path", "text", "The path of the name; CloudFront uses those under /cloudfront/."),
        C("upload_date", "timestamptz", "When it was uploaded."),
        C("tags_src", "json", "Tags as a list of Key and Value.", "details:$.Tags"),
        C("title", "text", TITLE, "$.ServerCertificateName"),
        C("tags", "json", "Tags as a map.", "details:$.Tags", "tag_map"),
        C("akas", "json", AKAS, "$.Arn", "one_list"),
    ),
)
