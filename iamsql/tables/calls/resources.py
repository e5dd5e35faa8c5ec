"""The calls that list resources with policies of their own, and that return these policies. All of them are made on demand.

The error codes that mean "no policy" come from the services' API references. S3 declares no errors in botocore's model.
A call with `empty_item` has an item for each resource whose policy was read, including a resource without a policy.
"""

from __future__ import annotations

from typing import Any

from iamsql.model import Call
from iamsql.tables.calls.account import for_each

ACCOUNT_ID = ("AccountId", "@$.AccountId")


def list_call(service: str, operation: str, items: str, *params: tuple[str, Any], **options: Any) -> Call:
    """Declare a call that lists resources, or returns the only policy, in each region of the sync."""
    return Call(service, operation, items, params, **{"regional": True, "on_demand": True} | options)


def detail_call(
    parent: Call, operation: str, params_from: dict[str, str], *no_policy: str, items: str = "", **options: Any
) -> Call:
    """Declare a call for the policy or other details of each resource; `no_policy` are the error codes if there are none."""
    return for_each(parent, operation, items, params_from, empty_on=no_policy, empty_item=True, **options)


# -- S3: ListBuckets returns the regions of buckets only if it has a parameter (API reference) ------------------------------
BUCKETS = list_call(
    "s3", "ListBuckets", "Buckets", ("MaxBuckets", 1000), regional=False, action="s3:ListAllMyBuckets"
)  # the buckets of all regions


def _call_for_each_bucket(operation: str, *no_policy: str, action: str = "") -> Call:
    """Declare a call for each bucket, sent to the region of the bucket."""
    name = {"Bucket": "$.Name"}
    return detail_call(
        BUCKETS, operation, name, *no_policy, "NoSuchBucket", region_from="$.BucketRegion", action=action
    )


BUCKET_POLICY = _call_for_each_bucket("GetBucketPolicy", "NoSuchBucketPolicy")
BUCKET_BLOCK = _call_for_each_bucket(
    "GetPublicAccessBlock", "NoSuchPublicAccessBlockConfiguration", action="s3:GetBucketPublicAccessBlock"
)
BUCKET_OWNERSHIP = _call_for_each_bucket("GetBucketOwnershipControls", "OwnershipControlsNotFoundError")
BUCKET_ACL = _call_for_each_bucket("GetBucketAcl")
ACCOUNT_BLOCK = Call(
    "s3control",
    "GetPublicAccessBlock",
    params_from=(ACCOUNT_ID,),
    empty_on=("NoSuchPublicAccessBlockConfiguration",),
    empty_item=True,
    on_demand=True,
    action="s3:GetAccountPublicAccessBlock",
)
ACCESS_POINTS = list_call(
    "s3control", "ListAccessPoints", "AccessPointList", params_from=(ACCOUNT_ID,), action="s3:ListAccessPoints"
)
ACCESS_POINT_POLICY = detail_call(
    ACCESS_POINTS,
    "GetAccessPointPolicy",
    dict([ACCOUNT_ID, ("Name", "$.Name")]),
    "NoSuchAccessPointPolicy",
    "NoSuchAccessPoint",
    action="s3:GetAccessPointPolicy",
)

# An access point has a public access block of its own, which the list does not have.
ACCESS_POINT = detail_call(
    ACCESS_POINTS,
    "GetAccessPoint",
    dict([ACCOUNT_ID, ("Name", "$.Name")]),
    "NoSuchAccessPoint",
    action="s3:GetAccessPoint",
)

# Of all regions. Only us-west-2 answers requests for Multi-Region Access Points (API reference).
MULTI_REGION_POINTS = list_call(
    "s3control",
    "ListMultiRegionAccessPoints",
    "AccessPoints",
    regional=False,
    region="us-west-2",
    params_from=(ACCOUNT_ID,),
    action="s3:ListMultiRegionAccessPoints",
)
MULTI_REGION_POINT_POLICY = detail_call(
    MULTI_REGION_POINTS,
    "GetMultiRegionAccessPointPolicy",
    dict([ACCOUNT_ID, ("Name", "$.Name")]),
    "NoSuchMultiRegionAccessPointPolicy",
    "NoSuchMultiRegionAccessPoint",
    action="s3:GetMultiRegionAccessPointPolicy",
)

# -- KMS: a key always has a key policy, named default ---------------------------------------------------------------------
KEYS = list_call("kms", "ListKeys", "Keys", ("Limit", 1000))
_KEY, _NO_KEY = {"KeyId": "$.KeyArn"}, "NotFoundException"
KEY = detail_call(KEYS, "DescribeKey", _KEY, _NO_KEY, items="KeyMetadata")
KEY_POLICY = detail_call(KEYS, "GetKeyPolicy", _KEY, _NO_KEY, params=(("PolicyName", "default"),))
# The item is the response, so a key without grants has an item too.
KEY_GRANTS = detail_call(KEYS, "ListGrants", _KEY, _NO_KEY, params=(("Limit", 100),))

# -- queues, topics, functions, secrets, repositories ----------------------------------------------------------------------
QUEUES = list_call("sqs", "ListQueues", "QueueUrls", ("MaxResults", 1000))
# The second code belongs to the query protocol. SQS returns it in addition to the code of the JSON protocol.
_NO_QUEUE = ("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue")
QUEUE = detail_call(
    QUEUES,
    "GetQueueAttributes",
    {"QueueUrl": "$"},
    *_NO_QUEUE,
    items="Attributes",
    params=(("AttributeNames", ("All",)),),
)
TOPICS = list_call("sns", "ListTopics", "Topics")
# NotFound is the code in responses, NotFoundException the name of the error in the model.
TOPIC = detail_call(
    TOPICS, "GetTopicAttributes", {"TopicArn": "$.TopicArn"}, "NotFound", "NotFoundException", items="Attributes"
)
FUNCTIONS = list_call("lambda", "ListFunctions", "Functions", ("MaxItems", 50), left_out=("Environment",))
_NOT_FOUND = "ResourceNotFoundException"
FUNCTION_POLICY = detail_call(FUNCTIONS, "GetPolicy", {"FunctionName": "$.FunctionArn"}, _NOT_FOUND)
LAYERS = list_call("lambda", "ListLayers", "Layers", ("MaxItems", 50))
LAYER_VERSIONS = for_each(
    LAYERS,
    "ListLayerVersions",
    "LayerVersions",
    {"LayerName": "$.LayerName"},
    params=(("MaxItems", 50),),
    empty_on=(_NOT_FOUND,),
)
_LAYER_VERSION = {"LayerName": "@$.LayerName", "VersionNumber": "$.Version"}
LAYER_POLICY = detail_call(LAYER_VERSIONS, "GetLayerVersionPolicy", _LAYER_VERSION, _NOT_FOUND)
SECRETS = list_call("secretsmanager", "ListSecrets", "SecretList", ("MaxResults", 100))
SECRET_POLICY = detail_call(SECRETS, "GetResourcePolicy", {"SecretId": "$.ARN"}, _NOT_FOUND)
REPOSITORIES = list_call("ecr", "DescribeRepositories", "repositories", ("maxResults", 1000))
REPOSITORY_POLICY = detail_call(
    REPOSITORIES,
    "GetRepositoryPolicy",
    {"repositoryName": "$.repositoryName"},
    "RepositoryPolicyNotFoundException",
    "RepositoryNotFoundException",
)
REGISTRY_POLICY = list_call(
    "ecr", "GetRegistryPolicy", "", empty_on=("RegistryPolicyNotFoundException",), empty_item=True
)  # of the private registry, which each region has

# -- other services. The lists of event buses, REST APIs, log resource policies and VPC endpoints contain the policies -----
EVENT_BUSES = list_call("events", "ListEventBuses", "EventBuses", ("Limit", 100))
REST_APIS = list_call("apigateway", "GetRestApis", "items", ("limit", 500), action="apigateway:GET")
LOG_POLICIES = list_call("logs", "DescribeResourcePolicies", "resourcePolicies", ("limit", 50))
CATALOG_POLICY = list_call(
    "glue", "GetResourcePolicy", "", empty_on=("EntityNotFoundException",), empty_item=True
)  # of the catalog, which each region has
DOMAINS = list_call("opensearch", "ListDomainNames", "DomainNames", action="es:ListDomainNames")
DOMAIN = detail_call(
    DOMAINS,
    "DescribeDomain",
    {"DomainName": "$.DomainName"},
    _NOT_FOUND,
    items="DomainStatus",
    action="es:DescribeDomain",
)
VAULTS = list_call("backup", "ListBackupVaults", "BackupVaultList", ("MaxResults", 1000))
VAULT_POLICY = detail_call(VAULTS, "GetBackupVaultAccessPolicy", {"BackupVaultName": "$.BackupVaultName"}, _NOT_FOUND)
# GetResourcePolicy of DynamoDB takes the ARN of a table, and ListTables returns names.
TABLES = list_call("dynamodb", "ListTables", "TableNames", ("Limit", 100))
TABLE_POLICY = detail_call(
    TABLES,
    "GetResourcePolicy",
    {"ResourceArn": "arn:{partition}:dynamodb:{region}:{account}:table/{item}"},
    "PolicyNotFoundException",
    _NOT_FOUND,
)
FILE_SYSTEMS = list_call("efs", "DescribeFileSystems", "FileSystems", ("MaxItems", 100))
FILE_SYSTEM_POLICY = detail_call(
    FILE_SYSTEMS,
    "DescribeFileSystemPolicy",
    {"FileSystemId": "$.FileSystemId"},
    "PolicyNotFound",
    "FileSystemNotFound",
)
_OWN_ACCOUNT = ("accountId", "-")  # the account of the credentials
GLACIER_VAULTS = list_call("glacier", "ListVaults", "VaultList", _OWN_ACCOUNT)
GLACIER_VAULT_POLICY = detail_call(
    GLACIER_VAULTS, "GetVaultAccessPolicy", {"vaultName": "$.VaultName"}, _NOT_FOUND, params=(_OWN_ACCOUNT,)
)
IDENTITIES = list_call("sesv2", "ListEmailIdentities", "EmailIdentities", ("PageSize", 1000))
IDENTITY_POLICIES = detail_call(
    IDENTITIES, "GetEmailIdentityPolicies", {"EmailIdentity": "$.IdentityName"}, "NotFoundException"
)
# The registry aws.events, which every account sees, belongs to AWS.
REGISTRIES = list_call("schemas", "ListRegistries", "Registries", ("Limit", 100))
SCHEMA_REGISTRY_POLICY = detail_call(
    REGISTRIES,
    "GetResourcePolicy",
    {"RegistryName": "$.RegistryName"},
    "NotFoundException",
    only=("-RegistryName", "aws.events"),
)
ENDPOINTS = list_call("ec2", "DescribeVpcEndpoints", "VpcEndpoints", ("MaxResults", 1000))
