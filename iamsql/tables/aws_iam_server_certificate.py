"""A server certificate that is stored in IAM, for load balancers and CloudFront distributions."""

from iamsql.model import Call, Join, Table
from iamsql.tables.calls.account import NOT_FOUND, PAGE, for_each
from iamsql.tables.fragments.columns import C, akas, tags, tags_src, title

CERTIFICATES = Call("iam", "ListServerCertificates", "ServerCertificateMetadataList", params=PAGE, on_demand=True)
_NAME = {"ServerCertificateName": "$.ServerCertificateName"}
CERTIFICATE = for_each(CERTIFICATES, "GetServerCertificate", "ServerCertificate", _NAME, empty_on=NOT_FOUND)

TABLE = Table(
    call=CERTIFICATES,
    key=("account_id", "arn"),
    joins=(Join("details", CERTIFICATE),),
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
