-- about: A customer managed policy: its default version and the document of that version, in canonical form.
-- depends on: aws_iam_policy iam:GetAccountAuthorizationDetails
-- null is unknown: document
select
    p.account_id, 'global' as region, p.arn as ident, p.name, p.arn as resource, p.policy_id as value, p.policy_id,
    p.default_version_id, cast(p.policy_std as varchar) as document
from aws_iam_policy as p
where not p.is_aws_managed
