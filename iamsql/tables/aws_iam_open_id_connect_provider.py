"""An OpenID Connect (OIDC) identity provider, such as GitHub, whose identities can assume the roles that trust it."""

from iamsql.model import Call, Join, Table
from iamsql.tables.calls.account import NOT_FOUND, for_each
from iamsql.tables.fragments.columns import C, akas, tags, tags_src

# The list is not paginated, and has only the ARNs.
PROVIDERS = Call("iam", "ListOpenIDConnectProviders", "OpenIDConnectProviderList", on_demand=True)
_PROVIDER = {"OpenIDConnectProviderArn": "$.Arn"}
PROVIDER = for_each(PROVIDERS, "GetOpenIDConnectProvider", "", _PROVIDER, empty_on=NOT_FOUND)

TABLE = Table(
    call=PROVIDERS,
    key=("account_id", "arn"),
    joins=(Join("provider", PROVIDER),),
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
