"""An SSH public key of an IAM user, for CodeCommit. The credential report does not contain these keys."""

from iamsql.model import Join, Table
from iamsql.tables.calls.account import NOT_FOUND, PAGE, for_each, for_each_user
from iamsql.tables.fragments.columns import C, title

KEYS = for_each_user("ListSSHPublicKeys", "SSHPublicKeys", params=PAGE, on_demand=True)
_ID = {"UserName": "$.UserName", "SSHPublicKeyId": "$.SSHPublicKeyId"}
_ENCODING = (("Encoding", "SSH"),)
KEY = for_each(KEYS, "GetSSHPublicKey", "SSHPublicKey", _ID, params=_ENCODING, empty_on=NOT_FOUND)

TABLE = Table(
    call=KEYS,
    key=("account_id", "user_name", "ssh_public_key_id"),
    joins=(Join("details", KEY),),
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
