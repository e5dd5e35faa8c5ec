-- about: A customer managed policy: its version in force and that version's document, in canonical form.
-- stands on: aws_iam_policy iam:GetAccountAuthorizationDetails
-- unknown: document
select
    p.account_id, 'global' as region, p.arn as ident, p.name, p.arn as resource, p.policy_id as value, p.policy_id,
    p.default_version_id, cast(p.policy_std as varchar) as document
from aws_iam_policy as p
where not p.is_aws_managed
