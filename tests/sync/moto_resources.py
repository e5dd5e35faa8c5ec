"""Resources of each type of aws_resource_policy, created in moto: some with a policy, some without."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

Clients = Callable[..., Any]  # service and region → client of boto3
Policy = dict[str, Any] | None
Created = dict[tuple[str, str, str | None], Policy]  # type, name and region → policy
ACCOUNT, OUTSIDE = "123456789012", "210987654321"
REGION, OTHER_REGION = "us-east-1", "eu-west-1"
BLOCK = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": False, "RestrictPublicBuckets": True}
ACCOUNT_BLOCK = BLOCK | {"BlockPublicPolicy": True, "RestrictPublicBuckets": False}


def policy(action: str, resource: str = "*", **principal: str) -> dict[str, Any]:
    """Return a policy that allows an action to another account, or to the given principal."""
    allowed = {
        "Sid": f"Share {action}",
        "Effect": "Allow",
        "Principal": principal or {"AWS": f"arn:aws:iam::{OUTSIDE}:root"},
        "Action": action,
        "Resource": resource,
    }
    return {"Version": "2012-10-17", "Statement": [allowed]}


def create_all(client: Clients) -> Created:
    """Create the resources, and return the policy of each by type, name and region."""
    makers = (buckets, access_points, keys, queues, topics, functions, layers, secrets, repositories, buses, apis)
    return dict(pair for make in (*makers, logs, catalog, domains, vaults, endpoints) for pair in make(client))


Pairs = Iterator[tuple[tuple[str, str, str | None], Policy]]


def buckets(client: Clients) -> Pairs:
    """Create a bucket with policy, block and ownership in another region, and one without."""
    s3 = client("s3")
    s3.create_bucket(Bucket="plain-data")
    s3.create_bucket(Bucket="shared-data", CreateBucketConfiguration={"LocationConstraint": OTHER_REGION})
    shared = policy("s3:GetObject", "arn:aws:s3:::shared-data/*")
    s3.put_bucket_policy(Bucket="shared-data", Policy=json.dumps(shared))
    s3.put_public_access_block(Bucket="shared-data", PublicAccessBlockConfiguration=BLOCK)
    rules = [{"ObjectOwnership": "BucketOwnerEnforced"}]
    s3.put_bucket_ownership_controls(Bucket="shared-data", OwnershipControls={"Rules": rules})
    client("s3control").put_public_access_block(AccountId=ACCOUNT, PublicAccessBlockConfiguration=ACCOUNT_BLOCK)
    yield ("s3_bucket", "plain-data", None), None
    yield ("s3_bucket", "shared-data", None), shared


def access_points(client: Clients) -> Pairs:
    """Create an access point with a policy, and one of a VPC without."""
    control = client("s3control")
    control.create_access_point(
        AccountId=ACCOUNT, Name="internet", Bucket="plain-data", PublicAccessBlockConfiguration=BLOCK
    )
    control.create_access_point(
        AccountId=ACCOUNT, Name="network", Bucket="plain-data", VpcConfiguration={"VpcId": "vpc-1"}
    )
    shared = policy("s3:GetObject", f"arn:aws:s3:{REGION}:{ACCOUNT}:accesspoint/internet/object/*")
    control.put_access_point_policy(AccountId=ACCOUNT, Name="internet", Policy=json.dumps(shared))
    yield ("s3_access_point", "internet", REGION), shared
    yield ("s3_access_point", "network", REGION), None


def keys(client: Clients) -> Pairs:
    """Create a key with a grant, and one without, each with its key policy."""
    kms = client("kms")
    for name in ("granted", "alone"):
        shared = policy(f"kms:{'Decrypt' if name == 'granted' else 'Encrypt'}")
        key = kms.create_key(Policy=json.dumps(shared), Description=name)["KeyMetadata"]["KeyId"]
        if name == "granted":
            kms.create_grant(
                KeyId=key, GranteePrincipal=f"arn:aws:iam::{OUTSIDE}:role/reader", Operations=["Decrypt", "DescribeKey"]
            )
        yield ("kms_key", key, REGION), shared


def queues(client: Clients) -> Pairs:
    """Create queues in two regions."""
    shared = policy("sqs:SendMessage", f"arn:aws:sqs:{OTHER_REGION}:{ACCOUNT}:orders")
    client("sqs", OTHER_REGION).create_queue(QueueName="orders", Attributes={"Policy": json.dumps(shared)})
    client("sqs").create_queue(QueueName="own.fifo", Attributes={"FifoQueue": "true"})
    yield ("sqs_queue", "orders", OTHER_REGION), shared
    yield ("sqs_queue", "own.fifo", REGION), None


def topics(client: Clients) -> Pairs:
    """Create a topic with a policy. SNS gives every topic a default policy."""
    sns = client("sns")
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    shared = policy("sns:Subscribe", topic)
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(shared))
    yield ("sns_topic", "alerts", REGION), shared


def functions(client: Clients) -> Pairs:
    """Create a function with a permission, and one without."""
    trust = {
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]
    }
    role = client("iam").create_role(RoleName="run", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    service = client("lambda")
    for name in ("hook", "worker"):
        service.create_function(
            FunctionName=name, Runtime="python3.13", Role=role, Handler="a.b", Code={"ZipFile": archive()},
            Environment={"Variables": {"PASSWORD": "not-a-secret"}},
        )  # fmt: skip
    service.add_permission(
        FunctionName="hook", StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com",
        SourceAccount=ACCOUNT,
    )  # fmt: skip
    allowed = {
        "Sid": "s3",
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:hook",
        "Condition": {"StringEquals": {"AWS:SourceAccount": ACCOUNT}},
    }
    yield ("lambda_function", "hook", REGION), {"Version": "2012-10-17", "Id": "default", "Statement": [allowed]}
    yield ("lambda_function", "worker", REGION), None


def archive() -> bytes:
    """Return a zip file with a module."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr("a.py", "def b(event, context): pass")
    return content.getvalue()


def layers(client: Clients) -> Pairs:
    """Create a layer with a version that has a policy, for GetLayerVersionPolicy."""
    service = client("lambda")
    service.publish_layer_version(LayerName="tools", Content={"ZipFile": archive()})
    service.add_layer_version_permission(
        LayerName="tools", VersionNumber=1, StatementId="all", Action="lambda:GetLayerVersion", Principal=OUTSIDE
    )
    yield (
        ("lambda_layer_version", "tools", REGION),
        json.loads(service.get_layer_version_policy(LayerName="tools", VersionNumber=1)["Policy"]),
    )


def secrets(client: Clients) -> Pairs:
    """Create a secret with a policy, and one without."""
    service = client("secretsmanager")
    for name in ("app/database", "app/api"):
        service.create_secret(Name=name, SecretString="not-a-secret")
    shared = policy("secretsmanager:GetSecretValue")
    service.put_resource_policy(SecretId="app/database", ResourcePolicy=json.dumps(shared))
    yield ("secret", "app/database", REGION), shared
    yield ("secret", "app/api", REGION), None


def repositories(client: Clients) -> Pairs:
    """Create a repository with a policy, and one without."""
    ecr = client("ecr")
    for name in ("data/etl", "data/base"):
        ecr.create_repository(repositoryName=name)
    shared = policy("ecr:BatchGetImage")
    del shared["Statement"][0]["Resource"]  # a repository policy has no Resource
    ecr.set_repository_policy(repositoryName="data/etl", policyText=json.dumps(shared))
    replication = policy("ecr:ReplicateImage", f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/*")
    ecr.put_registry_policy(policyText=json.dumps(replication))
    yield ("ecr_registry", ACCOUNT, REGION), replication
    yield ("ecr_repository", "data/etl", REGION), shared
    yield ("ecr_repository", "data/base", REGION), None


def buses(client: Clients) -> Pairs:
    """Create an event bus with a policy, in addition to the default bus."""
    events = client("events")
    arn = events.create_event_bus(Name="central")["EventBusArn"]
    shared = policy("events:PutEvents", arn)
    events.put_permission(EventBusName="central", Policy=json.dumps(shared))
    yield ("event_bus", "central", REGION), shared
    yield ("event_bus", "default", REGION), None


def apis(client: Clients) -> Pairs:
    """Create an API with a policy, and one without."""
    gateway = client("apigateway")
    shared = policy("execute-api:Invoke", "execute-api:/*")
    gateway.create_rest_api(name="internal", policy=json.dumps(shared))
    gateway.create_rest_api(name="status")
    yield ("rest_api", "internal", REGION), shared
    yield ("rest_api", "status", REGION), None


def logs(client: Clients) -> Pairs:
    """Create a resource policy of CloudWatch Logs."""
    shared = policy("logs:PutLogEvents", Service="route53.amazonaws.com")
    client("logs").put_resource_policy(policyName="dns", policyDocument=json.dumps(shared))
    yield ("log_group", "dns", REGION), shared


def catalog(client: Clients) -> Pairs:
    """Set the policy of the data catalog of one region."""
    shared = policy("glue:GetTable", f"arn:aws:glue:{OTHER_REGION}:{ACCOUNT}:catalog")
    client("glue", OTHER_REGION).put_resource_policy(PolicyInJson=json.dumps(shared))
    yield ("glue_catalog", "catalog", OTHER_REGION), shared


def domains(client: Clients) -> Pairs:
    """Create a domain with an access policy."""
    shared = policy("es:ESHttpGet", f"arn:aws:es:{REGION}:{ACCOUNT}:domain/search/*")
    client("opensearch").create_domain(DomainName="search", AccessPolicies=json.dumps(shared))
    yield ("opensearch_domain", "search", REGION), shared


def vaults(client: Clients) -> Pairs:
    """Create a backup vault. Moto has no PutBackupVaultAccessPolicy."""
    client("backup").create_backup_vault(BackupVaultName="offsite")
    yield ("backup_vault", "offsite", REGION), None


def endpoints(client: Clients) -> Pairs:
    """Create a VPC endpoint with a policy."""
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    shared = policy("s3:GetObject", AWS="*")
    response = ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.s3", PolicyDocument=json.dumps(shared)
    )
    yield ("vpc_endpoint", response["VpcEndpoint"]["VpcEndpointId"], REGION), shared
