"""The calls of IAM Identity Center that several tables need, made on demand in each region.

An instance exists in the region where it was created. The management account or the delegated administrator manages it.
ListInstances returns an empty list in other accounts and regions, which therefore need only one call.
"""

from typing import Any

from iamsql.model import Call
from iamsql.tables.calls.account import for_each

PAGE = (("MaxResults", 100),)
FOR_SET = {"InstanceArn": "@$.InstanceArn", "PermissionSetArn": "$"}
_DELETED = ("ResourceNotFoundException",)  # a resource that was deleted after the listing


def list_each(parent: Call, operation: str, items: str, params_from: dict[str, str], **options: Any) -> Call:
    """Declare a call with pages for each item of another call."""
    return for_each(parent, operation, items, params_from, **{"params": PAGE, "empty_on": _DELETED} | options)


INSTANCES = Call("sso-admin", "ListInstances", "Instances", params=PAGE, regional=True, on_demand=True)
PERMISSION_SETS = list_each(INSTANCES, "ListPermissionSets", "PermissionSets", {"InstanceArn": "$.InstanceArn"})


def list_in_store(operation: str, items: str) -> Call:
    """Declare a call that lists users or groups of the identity store of each instance."""
    store = {"IdentityStoreId": "$.IdentityStoreId"}
    return list_each(INSTANCES, operation, items, store, service="identitystore")
