"""Credentials of users for one service: CodeCommit, Keyspaces, Bedrock, CloudWatch Logs."""

from iamsql.model import Column as C
from iamsql.model import Table
from iamsql.schema.tables._calls import SERVICE_CREDENTIALS

TABLE = Table(
    "aws_iam_service_specific_credential",
    "A user's password or API key for a single service; the credential report does not show them.",
    call=SERVICE_CREDENTIALS,
    key=("account_id", "service_specific_credential_id"),
    columns=(
        C("service_name", "text", "The service."),
        C("service_specific_credential_id", "text", "The credential's id."),
        C("create_date", "timestamptz", "When it was made."),
        C("service_user_name", "text", "The user name at the service; null for API keys."),
        C("status", "text", "Active, Inactive or Expired."),
        C("user_name", "text", "The IAM user who has it."),
        C("title", "text", "A name to show.", "$.UserName"),
    ),
    own=(
        C("expiration_date", "timestamptz", "When it ends; null when it does not."),
        C("service_credential_alias", "text", "The public part of an API key."),
    ),
)
