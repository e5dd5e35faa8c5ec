"""A user of the identity store of IAM Identity Center. Sync with the `--region` of the instance."""

from iamsql.model import Table
from iamsql.tables.calls.identity_center import list_in_store
from iamsql.tables.fragments.columns import C, title

TABLE = Table(
    call=list_in_store("ListUsers", "Users"),
    key=("account_id", "region", "identity_store_id", "id"),
    columns=(
        C("identity_store_id", "text", "The ID of the identity store: d-…", "$.IdentityStoreId | @$.IdentityStoreId"),
        C("name", "text", "The user name, with which the user signs in.", "$.UserName"),
        C("display_name", "text", "The display name of the user."),
        C("nick_name", "text", "An alternate name of the user."),
        C("locale", "text", "The geographical region or location of the user."),
        C("preferred_language", "text", "The preferred language of the user."),
        C("profile_url", "text", "A URL of the user's profile."),
        C("timezone", "text", "The time zone of the user."),
        C("user_type", "text", "The type of the user, as the organization defines it."),
        C("id", "text", "The ID of the user.", "$.UserId"),
        C("addresses", "json", "The addresses of the user; null if there are none."),
        C("emails", "json", "The email addresses, with Value, Type and Primary; null if there are none."),
        C("external_ids", "json", "The IDs from external identity providers: Issuer and Id; null if none."),
        C("phone_numbers", "json", "The phone numbers of the user; null if there are none."),
        title("$.UserName"),
    ),
    extra_columns=(
        C("user_status", "text", "The status: ENABLED or DISABLED; null if the response omits it."),
        C("full_name", "json", "The components of the name: GivenName, FamilyName and others.", "$.Name"),
        C("job_title", "text", "The job title of the user.", "$.Title"),
        C("arn", "text", "The ARN of the user.", "$.UserArn"),
        C("created_at", "timestamptz", "The date and time when the user was created; null if the response omits it."),
        C("updated_at", "timestamptz", "The date and time of the last update; null if the response omits it."),
    ),
)
