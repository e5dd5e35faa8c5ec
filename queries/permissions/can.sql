-- title: Whether a principal may perform an action
-- kind: report
-- severity: info
-- tags: permissions, policies, organizations
-- columns: principal, action, resource, verdict, reason, not_considered
-- layout: record {principal}  {action} on {resource}  →  {verdict}
-- param: principal principal            # A user or role by ARN, user/NAME, role/NAME or unique name; the ARN of another caller, a service, or *
-- param: action action                  # An action, such as iam:CreateAccessKey; wildcards are * and ?
-- param: resource resource = '*'        # The ARN of a resource; * for actions without resources
-- param: session_policy text = null     # The session policy of a role session, as JSON
-- param: session_tags text = null       # The session tags of a role session, as a JSON object
-- param: source_arn resource = null     # The ARN of the resource for which a service makes the request
-- param: source_account account = null  # The account of the resource in source_arn
-- positional: principal, action, resource
-- remediation: iamsql query principal_statements --arg principal={principal}
-- remediation: iamsql query who_can --arg action={action} --arg resource={resource}
-- remediation: aws iam simulate-principal-policy --policy-source-arn {principal} --action-names {action} --resource-arns {resource}
--
-- Returns one row with a verdict:
--
-- `allowed`: allowed in every request context.
-- `conditional`: allowed in some contexts. `reason` lists the deciding condition keys, or another deciding fact: the
-- policy of a resource that this run did not collect, a VPC endpoint policy, or a role that only AWS can change.
-- `unknown`: a policy, permissions boundary or service control policy that could change the answer was not read.
-- `reason` names it, and contains the answer from the data that was read.
-- `denied`: allowed in no context, because of an explicit deny, the permissions boundary, a level of service control
-- policies, block public access, no allow, or a call that AWS does not accept from such a caller or from another
-- account. To change the verdict, change the policy that `reason` names.
--
-- Policies are evaluated as AWS documents it: the default versions of the policies of the principal and its groups, its
-- permissions boundary, resource control policies, and the service control policies of each level above its account
-- (not for the management account). Conditions on the name, ARN, account, organization, type and tags of the principal
-- are evaluated with the data of the run, and conditions on the time with the time of the run. aws:RequestedRegion is
-- known for global services such as IAM. The verdict is NULL if the run has no such principal. `can_all` answers many
-- questions at once.
--
-- The trust policy of a role is evaluated with sts:AssumeRole and the other calls that start a session. A trust policy
-- that names a principal of its account, or everyone, suffices. Calls with a token of an identity provider
-- (AssumeRoleWithWebIdentity, AssumeRoleWithSAML) are allowed only to providers, as `arn:aws:iam::…:oidc-provider/…`.
-- `from iam_call_rules()` lists the calls for which AWS has special rules.
--
-- The policy of the resource is evaluated if the run collected policies of its type (`iamsql sync --table
-- aws_resource_policy`): within an account, this policy or the policies of the principal must allow the action; across
-- accounts, both must. For a KMS key, the key policy or a grant must always allow it. RestrictPublicBuckets blocks what
-- a public bucket policy allows to other accounts. For an ARN of a role session, `session_policy` and `session_tags`
-- are the values that were passed when the role was assumed. For a service, `source_arn` and `source_account` are the
-- resource for which the service makes the request.
--
-- Not evaluated: access control lists, and the tags of resources other than users and roles. A VPC endpoint policy that
-- does not allow every request for the resource makes the verdict `conditional`. `not_considered` lists what else is
-- missing. `*` means all resources at once: a policy that allows only some of them does not count.

select
    g.principal, g.action, g.resource,
    case when j.verdict is null and g.is_unread then 'unknown' else j.verdict end as verdict,
    coalesce(
        j.reason, case when g.is_unread then 'not read: the account of the principal' else 'This run has no such user or role.' end
    ) as reason,
    j.not_considered
from (
    select
        $principal as principal, $action as action, $resource as resource,
        not exists (select 1 from aws_iam_principal as p where p.account_id = split_part($principal, ':', 5)) as is_unread
) as g
left join iam_evaluation(
    [iam_subject_question(cast(null as varchar), $action, $resource, iam_source_context($source_arn, $source_account))],
    (select list(s.subject) from iam_requesters([$principal], nullif($session_policy, ''), nullif($session_tags, '')) as s),
    true,
    (select list(r.item) from iam_known_resources([$resource]) as r)
) as j on j.principal = g.principal
