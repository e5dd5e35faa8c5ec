"""Where a sync reads from: AWS with the caller's credentials, or the sample organization."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from iamsql.aws.sessions import SessionFactory
from iamsql.catalog.settings.option_types import BOTOCORE
from iamsql.sync.options import Options, Source


def open_source(options: Options, aws: Any = None) -> Source:
    """Open the caller's session, or the sample organization; `aws` replaces it in tests."""
    if not options.demo and aws is None:
        return Source(
            SessionFactory(options.profile or None, uses_botocore=options.transport == BOTOCORE), datetime.now(UTC)
        )
    from iamsql import demo  # noqa: PLC0415 - for --demo only: the sample organization takes 15 ms

    aws = aws or demo.SampleOrganization()
    # Its requests are signed with the sample's own credentials, never with the user's.
    credentials = tuple(demo.CREDENTIALS.values())
    return Source(
        SessionFactory(send=aws.answer, credentials=credentials, uses_botocore=options.transport == BOTOCORE), aws.now
    )
