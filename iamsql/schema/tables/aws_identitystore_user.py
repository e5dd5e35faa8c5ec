"""The users of an identity store: the workforce that signs in through IAM Identity Center."""

from iamsql.model import Column as C
from iamsql.model import Table
from iamsql.schema.tables._columns import TITLE
from iamsql.schema.tables._identity_calls import USERS

TABLE = Table(
    "aws_identitystore_user",
    "A user of the identity store behind IAM Identity Center; `--region` names the one that the instance lives in.",
    call=USERS,
    key=("account_id", "region", "identity_store_id", "id"),
    columns=(
        C("identity_store_id", "text", "The identity store, d-…", "$.IdentityStoreId | @$.IdentityStoreId"),
        C("name", "text", "The name to sign in with.", "$.UserName"),
        C("display_name", "text", "The name to show."),
        C("nick_name", "text", "Another name."),
        C("locale", "text", "The place whose customs are followed."),
        C("preferred_language", "text", "The language wanted."),
        C("profile_url", "text", "A page about the user."),
        C("timezone", "text", "The time zone."),
        C("user_type", "text", "The kind of user, in the organization's own words."),
        C("id", "text", "The user's id.", "$.UserId"),
        C("addresses", "json", "Postal addresses; null without.", "$.Addresses"),
        C("emails", "json", "E-mail addresses: Value, Type, Primary; null without.", "$.Emails"),
        C("external_ids", "json", "Ids given by another identity provider: Issuer, Id; null without.", "$.ExternalIds"),
        C("phone_numbers", "json", "Phone numbers; null without.", "$.PhoneNumbers"),
        C("title", "text", TITLE, "$.UserName"),
    ),
    own=(
        C("user_status", "text", "ENABLED or DISABLED; null where AWS does not tell."),
        C("full_name", "json", "The parts of the name: GivenName, FamilyName and others.", "$.Name"),
        C("job_title", "text", "The office.", "$.Title"),
        C("arn", "text", "The ARN.", "$.UserArn"),
        C("created_at", "timestamptz", "When it was made; null where AWS does not tell."),
        C("updated_at", "timestamptz", "When it last changed; null where AWS does not tell."),
    ),
)
