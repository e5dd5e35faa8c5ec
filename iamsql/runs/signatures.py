"""Verify signatures of run files with `ssh-keygen -Y verify` (OpenSSH 8.1 or later); `ssh-keygen -Y sign` creates them."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from iamsql.escaping import printable
from iamsql.model import IamsqlError

SIGNATURE_SUFFIX = ".sig"  # the suffix that `ssh-keygen -Y sign` appends
NAMESPACE = "file"  # the namespace that ssh-keygen(1) documents for files


@dataclass(frozen=True)
class Signer:
    """The required signer: an identity in the file of allowed signers; see ALLOWED SIGNERS in ssh-keygen(1)."""

    allowed_signers: Path
    identity: str


def signature_fault(path: Path, signer: Signer) -> str:
    """Return why a run has no valid signature of the signer; '' if it has one.

    Raise IamsqlError if ssh-keygen is not installed.
    """
    program = shutil.which("ssh-keygen")
    if program is None:
        raise IamsqlError("ssh-keygen, which checks signatures, is not installed.\nInstall OpenSSH's client.")
    signature = path.with_name(path.name + SIGNATURE_SUFFIX)
    if not signature.is_file():
        return f"there is no signature {signature.name}"
    options = ("-f", str(signer.allowed_signers.absolute()), "-I", signer.identity, "-n", NAMESPACE)
    with path.open("rb") as stream:
        command = [program, "-Y", "verify", *options, "-s", str(signature.absolute())]
        process = subprocess.run(command, stdin=stream, capture_output=True, check=False)  # noqa: S603
    if process.returncode == 0:
        return ""
    output = (process.stderr + process.stdout).decode(errors="replace").strip().splitlines()
    return f"ssh-keygen: {printable(output[0].strip())}" if output else "ssh-keygen rejects the signature"
