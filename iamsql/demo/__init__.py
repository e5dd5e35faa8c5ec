"""A sample organization that answers real boto3 clients in the same process; it serves `sync --demo`."""

from iamsql.demo.auth import CREDENTIALS
from iamsql.demo.buckets import ORG_TRAIL, OWN_TRAIL
from iamsql.demo.server import SampleOrganization

EXTERNAL_ID = "acme-audit"  # the external ID that the role iamsql-audit of one account requires

__all__ = ["CREDENTIALS", "EXTERNAL_ID", "ORG_TRAIL", "OWN_TRAIL", "SampleOrganization"]
