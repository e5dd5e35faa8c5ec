"""A fake AWS for tests: the sample organization with faults, and synthetic organizations and trails of any size."""

from iamsql.demo import CREDENTIALS, EXTERNAL_ID, ORG_TRAIL, OWN_TRAIL
from tests.fake_aws.faults import Faults
from tests.fake_aws.server import CallRecord, FakeAws

__all__ = ["CREDENTIALS", "EXTERNAL_ID", "ORG_TRAIL", "OWN_TRAIL", "CallRecord", "FakeAws", "Faults"]
