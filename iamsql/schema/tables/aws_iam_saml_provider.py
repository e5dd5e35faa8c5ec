"""Identity providers for SAML."""

from iamsql.model import Column as C
from iamsql.model import Join, Table
from iamsql.schema.tables._columns import AKAS
from iamsql.schema.tables._iam_calls import SAML_PROVIDER, SAML_PROVIDERS

TABLE = Table(
    "aws_iam_saml_provider",
    "A provider of identities for SAML, whose people and programs may assume roles that trust it.",
    call=SAML_PROVIDERS,
    key=("account_id", "arn"),
    joins=(Join("provider", SAML_PROVIDER, on="$.Arn", to="@$.SAMLProviderArn"),),
    columns=(
        C("arn", "text", "The ARN."),
        C("create_date", "timestamptz", "When it was made."),
        C("valid_until", "timestamptz", "When its metadata ends; null when they do not say."),
        C(
            "saml_metadata_document",
            "text",
            "The metadata of the provider, an XML document.",
            "provider:$.SAMLMetadataDocument",
        ),
        C("tags_src", "json", "Tags as a list of Key and Value; null without tags.", "provider:$.Tags", "empty_null"),
        C("tags", "json", "Tags as a map.", "provider:$.Tags", "tag_map"),
        C("akas", "json", AKAS, "$.Arn", "one_list"),
    ),
    own=(
        C("name", "text", "The provider's name, the end of its ARN.", "$.Arn", "last_part"),
        C("saml_provider_uuid", "text", "Its unique id.", "provider:$.SAMLProviderUUID"),
        C(
            "assertion_encryption_mode",
            "text",
            "Required or Allowed: whether assertions must be encrypted.",
            "provider:$.AssertionEncryptionMode",
        ),
    ),
)
