"""Signatures of run files, made by `ssh-keygen -Y sign` and checked by `ssh-keygen -Y verify` of OpenSSH 8.1 or later."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from iamsql.model import IamsqlError
from iamsql.render import printable

ENDING = ".sig"  # which `ssh-keygen -Y sign` appends to the name of the file
NAMESPACE = "file"  # which ssh-keygen(1) names for files


@dataclass(frozen=True)
class Signer:
    """Who must have signed a run: an identity that the file of allowed signers lists; see ALLOWED SIGNERS in ssh-keygen(1)."""

    allowed_signers: Path
    identity: str


def signature_fault(path: Path, signer: Signer) -> str:
    """Say why a run has no valid signature of a signer; return '' when it has.

    Raise IamsqlError where ssh-keygen is not installed.
    """
    program = shutil.which("ssh-keygen")
    if program is None:
        raise IamsqlError("ssh-keygen, which checks signatures, is not installed.\nInstall OpenSSH's client.")
    signature = path.with_name(path.name + ENDING)
    if not signature.is_file():
        return f"there is no signature {signature.name}"
    who = ("-f", str(signer.allowed_signers.absolute()), "-I", signer.identity, "-n", NAMESPACE)
    with path.open("rb") as stream:
        command = [program, "-Y", "verify", *who, "-s", str(signature.absolute())]
        done = subprocess.run(command, stdin=stream, capture_output=True, check=False)  # noqa: S603
    if done.returncode == 0:
        return ""
    said = (done.stderr + done.stdout).decode(errors="replace").strip().splitlines()
    return f"ssh-keygen: {printable(said[0].strip())}" if said else "ssh-keygen refuses the signature"
