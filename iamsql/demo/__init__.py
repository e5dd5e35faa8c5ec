"""A made-up organization that answers real boto3 clients in the same process; it serves `--demo` and the tests."""

from iamsql.demo.estate import EXTERNAL_ID
from iamsql.demo.faults import Faults
from iamsql.demo.identities import CREDENTIALS
from iamsql.demo.room import Answered, Room
from iamsql.demo.vaults import ORG_TRAIL, OWN_TRAIL

__all__ = ["CREDENTIALS", "EXTERNAL_ID", "ORG_TRAIL", "OWN_TRAIL", "Answered", "Faults", "Room"]
