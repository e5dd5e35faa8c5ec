"""SSH keys of users, which let them into CodeCommit."""

from iamsql.model import Column as C
from iamsql.model import Join, Table
from iamsql.schema.tables._columns import TITLE
from iamsql.schema.tables._iam_calls import SSH_KEY, SSH_KEYS

TABLE = Table(
    "aws_iam_ssh_public_key",
    "An SSH key of an IAM user, for CodeCommit; the credential report does not show it.",
    call=SSH_KEYS,
    key=("account_id", "user_name", "ssh_public_key_id"),
    joins=(Join("details", SSH_KEY, on="$.SSHPublicKeyId", to="@$.SSHPublicKeyId"),),
    columns=(
        C("ssh_public_key_id", "text", "The key's id, APKA…", "$.SSHPublicKeyId"),
        C("user_name", "text", "The IAM user who has it.", "$.UserName | @$.UserName"),
        C("status", "text", "Active or Inactive."),
        C("upload_date", "timestamptz", "When it was uploaded."),
        C("fingerprint", "text", "The MD5 fingerprint of the key.", "details:$.Fingerprint"),
        C("ssh_public_key_body", "text", "The public key, as ssh-keygen writes it.", "details:$.SSHPublicKeyBody"),
        C("title", "text", TITLE, "$.SSHPublicKeyId"),
    ),
)
