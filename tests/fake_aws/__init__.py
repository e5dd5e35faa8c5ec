"""A fake AWS for tests: the sample organization with faults, and synthetic organizations and trails of any size."""

from iamsql.demo import CREDENTIALS
from iamsql.demo.buckets import ORG_BUCKET, ORG_PREFIX, OWN_BUCKET
from tests.fake_aws.faults import Faults
from tests.fake_aws.server import CallRecord, FakeAws

EXTERNAL_ID = "acme-audit"  # the external ID that the role iamsql-audit of one account requires
ORG_TRAIL = f"s3://{ORG_BUCKET}/{ORG_PREFIX}"
OWN_TRAIL = f"s3://{OWN_BUCKET}"

__all__ = ["CREDENTIALS", "EXTERNAL_ID", "ORG_TRAIL", "OWN_TRAIL", "CallRecord", "FakeAws", "Faults"]
