"""CloudTrail Lake's event data stores: what they take in, how long they keep it, and who else may query it."""

from iamsql.model import Column as C
from iamsql.model import Join, Table
from iamsql.schema.tables._columns import named
from iamsql.schema.tables._trail_calls import STORE, STORES

TABLE = Table(
    "aws_cloudtrail_event_data_store",
    "An event data store of CloudTrail Lake.",
    call=STORES,
    key=("account_id", "arn"),
    joins=(Join("store", STORE, on="$.EventDataStoreArn", to="@$.EventDataStore"),),
    columns=(
        C("name", "text", "The store's name."),
        C("arn", "text", "The ARN.", "$.EventDataStoreArn"),
        C(
            "status",
            "text",
            "CREATED, ENABLED, PENDING_DELETION, STARTING_INGESTION, STOPPING_INGESTION or STOPPED_INGESTION.",
            "store:$.Status",
        ),
        C(
            "billing_mode",
            "text",
            "EXTENDABLE_RETENTION_PRICING or FIXED_RETENTION_PRICING.",
            "store:$.BillingMode",
        ),
        C(
            "federation_role_arn",
            "text",
            "The role with which Lake Formation reads the store; null when it is not federated.",
            "store:$.FederationRoleArn",
        ),
        C(
            "federation_status",
            "text",
            "ENABLING, ENABLED, DISABLING or DISABLED.",
            "store:$.FederationStatus",
        ),
        C("kms_key_id", "text", "The KMS key that encrypts it; null when AWS's own key does.", "store:$.KmsKeyId"),
        C("created_timestamp", "timestamptz", "When it was made.", "store:$.CreatedTimestamp"),
        C("multi_region_enabled", "boolean", "Whether it holds events of all regions.", "store:$.MultiRegionEnabled"),
        C(
            "organization_enabled",
            "boolean",
            "Whether it holds events of every account of the organization.",
            "store:$.OrganizationEnabled",
        ),
        C("retention_period", "bigint", "For how many days it keeps an event.", "store:$.RetentionPeriod"),
        C(
            "termination_protection_enabled",
            "boolean",
            "Whether it cannot be deleted before this is turned off.",
            "store:$.TerminationProtectionEnabled",
        ),
        C("updated_timestamp", "timestamptz", "When it was last changed.", "store:$.UpdatedTimestamp"),
        C(
            "advanced_event_selectors",
            "json",
            "The selectors that choose its events.",
            "store:$.AdvancedEventSelectors",
        ),
        *reversed(named("$.Name", "$.EventDataStoreArn")),
    ),
)
