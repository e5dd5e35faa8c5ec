"""SSH public keys of users, for CodeCommit."""

from iamsql.model import Column as C
from iamsql.model import Join, Table
from iamsql.schema.tables._columns import title
from iamsql.schema.tables._iam_calls import SSH_KEY, SSH_KEYS

TABLE = Table(
    "aws_iam_ssh_public_key",
    "An SSH public key of an IAM user, for CodeCommit. The credential report does not contain these keys.",
    call=SSH_KEYS,
    key=("account_id", "user_name", "ssh_public_key_id"),
    joins=(Join("details", SSH_KEY, on="$.SSHPublicKeyId", to="@$.SSHPublicKeyId"),),
    columns=(
        C("ssh_public_key_id", "text", "The unique ID of the SSH public key: APKA…", "$.SSHPublicKeyId"),
        C("user_name", "text", "The name of the IAM user.", "$.UserName | @$.UserName"),
        C("status", "text", "The status: Active or Inactive."),
        C("upload_date", "timestamptz", "The date and time when the key was uploaded."),
        C("fingerprint", "text", "The MD5 message digest of the SSH public key.", "details:"),
        C("ssh_public_key_body", "text", "The SSH public key, in ssh-rsa format.", "details:$.SSHPublicKeyBody"),
        title("$.SSHPublicKeyId"),
    ),
)
