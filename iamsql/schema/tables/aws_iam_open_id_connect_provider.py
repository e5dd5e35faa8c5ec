"""OpenID Connect (OIDC) identity providers."""

from iamsql.model import Column as C
from iamsql.model import Join, Table
from iamsql.schema.tables._columns import akas, tags, tags_src
from iamsql.schema.tables._iam_calls import OIDC_PROVIDER, OIDC_PROVIDERS

TABLE = Table(
    "aws_iam_open_id_connect_provider",
    "An OpenID Connect (OIDC) identity provider, such as GitHub, whose identities can assume the roles that trust it.",
    call=OIDC_PROVIDERS,
    key=("account_id", "arn"),
    joins=(Join("provider", OIDC_PROVIDER, on="$.Arn", to="@$.OpenIDConnectProviderArn"),),
    columns=(
        C("arn", "text", "The ARN of the provider."),
        C("client_id_list", "json", "The client IDs (audiences) of the provider.", "provider:$.ClientIDList"),
        C("create_date", "timestamptz", "The date and time when the provider was created.", "provider:"),
        C("thumbprint_list", "json", "The thumbprints of the provider's certificates.", "provider:"),
        C("url", "text", "The URL of the provider, without https://.", "provider:"),
        tags_src("provider:$.Tags", ""),
        tags("provider:$.Tags"),
        akas(),
    ),
)
