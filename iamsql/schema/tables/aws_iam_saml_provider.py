"""SAML identity providers."""

from iamsql.model import Column as C
from iamsql.model import Join, Table
from iamsql.schema.tables._columns import akas, tags, tags_src
from iamsql.schema.tables._iam_calls import SAML_PROVIDER, SAML_PROVIDERS

TABLE = Table(
    "aws_iam_saml_provider",
    "A SAML identity provider, whose identities can assume the roles that trust it.",
    call=SAML_PROVIDERS,
    key=("account_id", "arn"),
    joins=(Join("provider", SAML_PROVIDER, on="$.Arn", to="@$.SAMLProviderArn"),),
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
