-- title: Resources that principals outside the organization can reach
-- kind: report
-- severity: high
-- tags: permissions, resource-policies, third-party
-- columns: access, account, verdict, resource, principal, resource_type, actions, conditions
-- layout: groups access, account; below actions, conditions
-- remediation: iamsql query external_trust
-- remediation: # Remove the statement of the policy, or restrict it with aws:PrincipalOrgID or aws:SourceAccount.
--
-- Returns one row for each resource, statement and principal outside the organization (outside the account, for an
-- account without an organization) that the policy of the resource allows: buckets, access points, KMS keys with their
-- grants, queues, topics, functions, layers, secrets, repositories, ECR registries, event buses, REST APIs, log groups,
-- the Glue catalog, OpenSearch domains, backup vaults, and roles by their trust policies. `access` is:
--
-- `public`: everyone.
-- `external account`: another account, or one of its users or roles.
-- `other organization`: everyone in an organization that a condition names.
-- `federated`: an identity provider.
-- `service`: an AWS service, if no condition restricts its requests to resources of the organization.
--
-- As in the external access findings of IAM Access Analyzer, conditions on the account, ARN, organization or source of
-- the caller narrow what a statement allows. Not listed are statements that are restricted to the organization,
-- statements that a Deny of the same policy cancels, and statements of a public policy where block public access
-- restricts the bucket. An access point of a VPC is never public: its VPC is one of the `conditions`. `verdict` is
-- `allowed`, `conditional` (`conditions` lists the conditions that remain), or `unknown`: `status` then says what was
-- not read. A resource control policy with a Deny for some of the actions makes the verdict `conditional`, and
-- identity-based policies and endpoint policies are not considered: `can` evaluates them all. Roles of Identity Center
-- and service-linked roles are excluded. Remove statements that nobody needs, and add aws:PrincipalOrgID or
-- aws:SourceAccount to the others.

select
    e.account_id, a.name as account_name, e.region, e.resource_type, e.arn as resource, e.principal, e.access, e.actions, e.conditions,
    e.statement, e.verdict, e.status
from iam_external_access() as e
left join iamsql.accounts as a on a.account_id = e.account_id
order by
    case e.access
        when 'public' then 1 when 'external account' then 2 when 'other organization' then 3 when 'federated' then 4
        when 'service' then 5 else 6
    end, a.position, e.account_id, e.resource_type, e.arn, e.statement, e.principal
