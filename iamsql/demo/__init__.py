"""A sample organization that answers real boto3 clients in the same process; it serves `sync --demo`."""

from iamsql.demo.auth import CREDENTIALS
from iamsql.demo.data import ORGANIZATION_ID, DataFiles
from iamsql.demo.server import SampleOrganization

__all__ = ["CREDENTIALS", "ORGANIZATION_ID", "DataFiles", "SampleOrganization"]
