"""Changes of the sample run for controls of access that the sample organization does not show in each status."""

from __future__ import annotations

DATA, PAYMENTS, SHARED, ALICE = "777788889999", "555566667777", "444455556666", "101010101010"
ANYONE = "[{'type': 'AWS', 'value': '*'}]"
OTHER = "[{'type': 'AWS', 'value': 'arn:aws:iam::210987654321:root'}]"


def _statements(what: str, resource_type: str, change: str) -> str:
    """Return the change of the statements in the policies of a resource type, or of one resource of it."""
    return f"""
        update aws_iam_statement set {change} where document_id in (
            select document_id from aws_resource_policy where resource_type = '{resource_type}' and arn like '%{what}')"""


OPEN_KEYS = _statements("", "kms_key", f"principals = {ANYONE}, conditions = []")
OPEN_TOPICS = _statements("", "sns_topic", f"principals = {ANYONE}, conditions = []")
EDITORS = _statements(
    "alice-public", "s3_bucket", f"principals = {OTHER}, actions = ['s3:put*'], action_likes = ['s3:put%']"
)
OWN_EDITORS = _statements(
    "alice-public",
    "s3_bucket",
    f"principals = [{{'type': 'AWS', 'value': '{ALICE}'}}], actions = ['s3:put*'], action_likes = ['s3:put%']",
)
DENIED_SECRETS = _statements(
    "", "secret", f"effect = 'Deny', not_principals = [{{'type': 'AWS', 'value': '{SHARED}'}}], principals = null"
)
SECRETS_OF_OTHERS = _statements("", "secret", f"effect = 'Deny', not_principals = {OTHER}, principals = null")
OWN_ENDPOINTS = _statements("", "vpc_endpoint", f"principals = [{{'type': 'AWS', 'value': '{SHARED}'}}]")
KNOWN_ENDPOINTS = _statements(
    "",
    "vpc_endpoint",
    "conditions = [{'operator': 'stringequals', 'qualifier': null, 'if_exists': false,"
    " 'key': 'aws:principalorgid', 'original_key': 'aws:PrincipalOrgID', 'values': ['o-demo123456']}]",
)
UNREAD_ENDPOINTS = "update aws_resource_policy set policy_status = 'unread', document_id = null"
PUBLIC_BUT_BLOCKED = "update aws_resource_policy set ignore_public_acls = true"
UNREAD_BLOCK = "update aws_resource_policy set ignore_public_acls = null"
UNREAD_ACLS = "update aws_s3_bucket set acl = null"
SERVICE_TRIGGER = _statements(
    "web-api", "lambda_function", "principals = [{'type': 'Service', 'value': 's3.amazonaws.com'}], conditions = []"
)
BEDROCK_POLICY = """
    update aws_iam_role set attached_policy_arns = '["arn:aws:iam::aws:policy/AmazonBedrockFullAccess"]'
    where name = 'support'"""
SHARING_ROLE = "CloudWatch-CrossAccountSharingRole"
SHARING = f"""
    update aws_iam_role set name = '{SHARING_ROLE}', arn = replace(arn, name, '{SHARING_ROLE}')
    where name = 'vendor-scanner'"""
SHARING_TRUST = f"update aws_iam_document set owner_arn = replace(owner_arn, 'vendor-scanner', '{SHARING_ROLE}')"


AI_ENABLED = """
    update aws_organizations_root
    set policy_types = '[{"Type": "TAG_POLICY", "Status": "ENABLED"}, {"Type": "AISERVICES_OPT_OUT_POLICY", "Status": "ENABLED"}]'
    """
UNLISTED = "update iamsql.coverage set status = 'denied' where operation = 'ListTargetsForPolicy'"
NO_TYPES = "update aws_organizations_root set policy_types = '[]'"
ONLY_GUARDRAILS = "update iamsql.run set options = '{}'"
NO_TAG_TARGETS = "delete from aws_organizations_policy_target where type = 'TAG_POLICY'"
NO_TAG_POLICIES = "delete from aws_organizations_policy where type = 'TAG_POLICY'"


def _opt_out(content: str) -> str:
    """Return the statement that adds an AI services opt-out policy."""
    return f"""
        insert into aws_organizations_policy by name
        select 'p-optout' as id, 'no-training' as name, 'AISERVICES_OPT_OUT_POLICY' as type, false as aws_managed,
            '{content}' as content, account_id from aws_organizations_root"""


OPT_OUT = '{"services": {"default": {"opt_out_policy": {"@@assign": "optOut"%s}}}}'
FINAL = _opt_out(OPT_OUT % ', "@@operators_allowed_for_child_policies": ["@@none"]')
OPTIONAL = _opt_out(OPT_OUT % "")
OPT_IN = _opt_out('{"services": {"lex": {"opt_out_policy": {"@@assign": "optOut"}}}}')
AT_ROOT = """
    insert into aws_organizations_policy_target by name
    select 'p-optout' as id, 'AISERVICES_OPT_OUT_POLICY' as type, 'ROOT' as target_type, id as target_id, account_id
    from aws_organizations_root"""


def _access(kind: str, name: str, namespace: str, days: int | None) -> str:
    """Return the statement that adds service last accessed information of a user or role."""
    last_use = "null" if days is None else f"as_of() - interval '{days} days'"
    return f"""
        insert into aws_iam_access_advisor by name
        select account_id, arn as principal_arn, '{namespace}' as service_namespace, {last_use} as last_authenticated
        from aws_iam_{kind} where name = '{name}' and account_id = '{DATA}'"""


UNUSED_BY_ROLE, USED_BY_ROLE = (_access("role", "app-server", "bedrock", days) for days in (None, 3))
UNUSED_BY_USER, USED_BY_USER = (_access("user", "olga", "bedrock", days) for days in (None, 3))
STALE_SAGEMAKER, NO_CREATION = _access("user", "pandas", "sagemaker", 200), "update aws_iam_user set create_date = null"
USED_SAGEMAKER, UNUSED_SAGEMAKER = (_access("user", "pandas", "sagemaker", days) for days in (3, None))
ADMIN_KEY = f"""
    insert into aws_iam_principal_policy by name
    select '{DATA}' as account_id, 'arn:aws:iam::{DATA}:user/notebook' as principal_arn, 'user' as principal_type,
        'identity' as layer, min(document_id) as document_id from admin_documents()"""
UNREAD_KEY = ADMIN_KEY.replace("min(document_id)", "any_value(null::varchar)")
