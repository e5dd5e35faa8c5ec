"""A made-up organization that answers real boto3 clients in the same process; it serves `--demo`."""

from iamsql.demo.auth import CREDENTIALS
from iamsql.demo.estate import EXTERNAL_ID
from iamsql.demo.server import SampleOrganization
from iamsql.demo.vaults import ORG_TRAIL, OWN_TRAIL

__all__ = ["CREDENTIALS", "EXTERNAL_ID", "ORG_TRAIL", "OWN_TRAIL", "SampleOrganization"]
