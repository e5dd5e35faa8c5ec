"""Identity providers for OpenID Connect."""

from iamsql.model import Column as C
from iamsql.model import Join, Table
from iamsql.schema.tables._columns import AKAS
from iamsql.schema.tables._iam_calls import OIDC_PROVIDER, OIDC_PROVIDERS

TABLE = Table(
    "aws_iam_open_id_connect_provider",
    "A provider of identities for OpenID Connect, such as GitHub's, whose programs may assume roles that trust it.",
    call=OIDC_PROVIDERS,
    key=("account_id", "arn"),
    joins=(Join("provider", OIDC_PROVIDER, on="$.Arn", to="@$.OpenIDConnectProviderArn"),),
    columns=(
        C("arn", "text", "The ARN."),
        C("client_id_list", "json", "The client ids, or audiences, that are let in.", "provider:$.ClientIDList"),
        C("create_date", "timestamptz", "When it was made.", "provider:$.CreateDate"),
        C(
            "thumbprint_list",
            "json",
            "Thumbprints of the certificates that the provider may show.",
            "provider:$.ThumbprintList",
        ),
        C("url", "text", "The provider's URL, without https://.", "provider:$.Url"),
        C("tags_src", "json", "Tags as a list of Key and Value.", "provider:$.Tags"),
        C("tags", "json", "Tags as a map.", "provider:$.Tags", "tag_map"),
        C("akas", "json", AKAS, "$.Arn", "one_list"),
    ),
)
