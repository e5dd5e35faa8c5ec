-- title: Principals that may perform an action
-- kind: report
-- severity: info
-- tags: permissions, policies, organizations
-- columns: verdict, reason, account, principal
-- layout: groups verdict, reason
-- param: action action            # An action, such as iam:CreateAccessKey
-- param: resource resource = '*'  # The ARN of a resource; * for all, and for actions without resources
-- positional: action, resource
-- remediation: iamsql query can --arg principal={principal} --arg action={action} --arg resource={resource}
-- remediation: iamsql query principal_statements --arg principal={principal}
--
-- Returns one row for each user and role whose verdict is not `denied`, allowed verdicts first. The columns are the
-- columns of `can`, which describes the verdicts and what is evaluated. A principal with a policy that was not read has
-- the verdict `unknown`. If the run has the policy of the resource, the policy is evaluated, and each principal outside
-- the run that the policy allows has a row: everyone (`*`), services, other accounts (their root users), and their
-- users and roles. The own policies of these users and roles are assumed to allow the action. If the policy could not
-- be read, it may allow any principal in the account of the resource, and each of them that no policy denies is
-- `unknown`. The trust policy of a role also has rows for identity providers, and for accounts by their IDs;
-- `who_can_assume` lists all ways to assume a role. Without the policy, principals outside the account of the resource
-- are `conditional`, because the policy of the resource decides as well. `who_can_all` answers for many actions and
-- resources at once. Change the policies of principals that do not need the permission.

select
    j.principal, j.action, j.resource, j.verdict, j.reason, j.not_considered, j.account_id, iam_caller_text(j.principal) as principal_type
from iam_principal_evaluation(
    [{'action': $action, 'resource': $resource}], null, false, false,
    (select list(r.item) from iam_known_resources([$resource]) as r)
) as j
where j.verdict <> 'denied'
order by case j.verdict when 'allowed' then 1 when 'conditional' then 2 else 3 end, j.account_id, j.principal
