"""A SAML identity provider, whose identities can assume the roles that trust it."""

from iamsql.model import Call, Join, Table
from iamsql.tables.calls.account import NOT_FOUND, for_each
from iamsql.tables.fragments.columns import C, akas, tags, tags_src

# The list is not paginated, and has no tags.
PROVIDERS = Call("iam", "ListSAMLProviders", "SAMLProviderList", on_demand=True)
PROVIDER = for_each(PROVIDERS, "GetSAMLProvider", "", {"SAMLProviderArn": "$.Arn"}, empty_on=NOT_FOUND)

TABLE = Table(
    call=PROVIDERS,
    key=("account_id", "arn"),
    joins=(Join("provider", PROVIDER),),
    columns=(
        C("arn", "text", "The ARN of the provider."),
        C("create_date", "timestamptz", "The date and time when the provider was created."),
        C("valid_until", "timestamptz", "The expiration date and time of the provider; null if it has none."),
        C("saml_metadata_document", "text", "The XML metadata document.", "provider:$.SAMLMetadataDocument"),
        tags_src("provider:$.Tags", "empty_null"),
        tags("provider:$.Tags"),
        akas(),
    ),
    extra_columns=(
        C("name", "text", "The name of the provider, from its ARN.", "$.Arn", "last_part"),
        C("saml_provider_uuid", "text", "The unique ID of the provider.", "provider:$.SAMLProviderUUID"),
        C("assertion_encryption_mode", "text", "The encryption of SAML assertions: Required or Allowed.", "provider:"),
    ),
)
