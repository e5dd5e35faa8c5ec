"""A password or API key of an IAM user for one service. The credential report does not contain these credentials.

CodeCommit, Amazon Keyspaces, Amazon Bedrock and CloudWatch Logs accept such credentials.
"""

from iamsql.model import Call, Table
from iamsql.tables.calls.account import PAGE
from iamsql.tables.fragments.columns import C, title

TABLE = Table(
    call=Call(
        "iam", "ListServiceSpecificCredentials", "ServiceSpecificCredentials", params=(("AllUsers", True), *PAGE)
    ),
    key=("account_id", "service_specific_credential_id"),
    columns=(
        C("service_name", "text", "The name of the service."),
        C("service_specific_credential_id", "text", "The unique ID of the credential."),
        C("create_date", "timestamptz", "The date and time when the credential was created."),
        C("service_user_name", "text", "The generated user name for the service; null for API keys."),
        C("status", "text", "The status: Active, Inactive or Expired."),
        C("user_name", "text", "The name of the IAM user."),
        title("$.UserName"),
    ),
    extra_columns=(
        C("expiration_date", "timestamptz", "The expiration date and time of the credential; null if it has none."),
        C("service_credential_alias", "text", "The public part of an API key."),
    ),
)
