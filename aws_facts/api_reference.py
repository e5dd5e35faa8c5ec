"""The address of an operation in AWS's API reference. The models do not contain it: each service has a folder of its own."""

from __future__ import annotations

# The folder of each service, and what precedes the name of the operation in the name of the page.
PAGES = {
    "cloudhsmv2": "cloudhsm/latest/APIReference/API_",
    "kinesis": "kinesis/latest/APIReference/API_",
    "kms": "kms/latest/APIReference/API_",
    "migration-hub-refactor-spaces": "migrationhub-refactor-spaces/latest/APIReference/API_",
    "payment-cryptography": "payment-cryptography/latest/APIReference/API_",
    "s3": "AmazonS3/latest/API/API_",
    "s3control": "AmazonS3/latest/API/API_control_",
    "sqs": "AWSSimpleQueueService/latest/APIReference/API_",
    "ssm": "systems-manager/latest/APIReference/API_",
    "sso-admin": "singlesignon/latest/APIReference/API_",
    "waf": "waf/latest/APIReference/API_waf_",
    "waf-regional": "waf/latest/APIReference/API_wafRegional_",
    "wafv2": "waf/latest/APIReference/API_",
}


def page(service: str, operation: str) -> str:
    """Return the address of the page of an operation; raise KeyError for a service without an entry."""
    return f"https://docs.aws.amazon.com/{PAGES[service]}{operation}.html"
