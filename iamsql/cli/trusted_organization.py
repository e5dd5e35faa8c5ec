"""The organization that trust policies name: a literal ID if it is known, because a literal ID needs no policy variable."""

from __future__ import annotations

from contextlib import suppress

from iamsql.catalog.settings.option_types import ORGANIZATION_ID_PATTERN
from iamsql.cli.errors import say
from iamsql.model import IamsqlError
from iamsql.runs.directory import runs_folder
from iamsql.runs.status import newest_organization

UNKNOWN_ORGANIZATION_MESSAGE = (
    "The trust policies compare the organization of the caller with ${aws:ResourceOrgID}, because no run has its ID. "
    "If AssumeRole is denied: --organization ID"
)


def trusted_organization(name: str | None) -> str:
    """Return the ID of the organization for trust policies, and say where it comes from: --organization, or the newest run.

    AWS does not say that the key aws:ResourceOrgID is present when a trust policy is evaluated.
    """
    if name:
        return name
    with suppress(IamsqlError):  # a runs folder that cannot be read has no run
        organization_id, run_id = newest_organization(runs_folder())
        if ORGANIZATION_ID_PATTERN.fullmatch(organization_id):
            say(
                f"The trust policies name the organization {organization_id} of run {run_id}. "
                "To name another organization: --organization ID"
            )
            return organization_id
    say(UNKNOWN_ORGANIZATION_MESSAGE)
    return ""
