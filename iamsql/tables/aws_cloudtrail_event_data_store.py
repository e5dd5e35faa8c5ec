"""An event data store of CloudTrail Lake."""

from iamsql.model import Join, Table
from iamsql.tables.calls.account import NO_LAKE, for_each, list_of_lake
from iamsql.tables.fragments.columns import C, akas, title

NO_STORE = (*NO_LAKE, "EventDataStoreNotFoundException")
STORES = list_of_lake("ListEventDataStores", "EventDataStores")
STORE = for_each(STORES, "GetEventDataStore", "", {"EventDataStore": "$.EventDataStoreArn"}, empty_on=NO_STORE)

TABLE = Table(
    call=STORES,
    key=("account_id", "arn"),
    joins=(Join("store", STORE),),
    columns=(
        C("name", "text", "The name of the event data store."),
        C("arn", "text", "The ARN of the event data store.", "$.EventDataStoreArn"),
        C("status", "text", "The status, such as CREATED, ENABLED, PENDING_DELETION or STOPPED_INGESTION.", "store:"),
        C("billing_mode", "text", "EXTENDABLE_RETENTION_PRICING or FIXED_RETENTION_PRICING.", "store:"),
        C("federation_role_arn", "text", "The ARN of the federation role; null if not federated.", "store:"),
        C("federation_status", "text", "The federation status: ENABLING, ENABLED, DISABLING or DISABLED.", "store:"),
        C("kms_key_id", "text", "The KMS key that encrypts the events; null for a key that AWS owns.", "store:"),
        C("created_timestamp", "timestamptz", "The date and time when the store was created.", "store:"),
        C("multi_region_enabled", "boolean", "Whether the store includes events from all regions.", "store:"),
        C("organization_enabled", "boolean", "Whether the store collects events for an organization.", "store:"),
        C("retention_period", "bigint", "The retention period of the event data store, in days.", "store:"),
        C("termination_protection_enabled", "boolean", "Whether termination protection is enabled.", "store:"),
        C("updated_timestamp", "timestamptz", "The date and time when the store was last updated.", "store:"),
        C("advanced_event_selectors", "json", "The advanced event selectors of the store.", "store:"),
        akas("$.EventDataStoreArn"),
        title("$.Name"),
    ),
)
