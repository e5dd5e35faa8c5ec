-- title: Ensure roles of compute services do not have full administrative privileges
-- kind: control
-- severity: high
-- tags: roles, admin, compute
-- remediation: iamsql query principal_statements --arg principal={resource}
-- remediation: aws iam put-role-permissions-boundary --role-name {resource:name} --permissions-boundary POLICY_ARN
-- remediation: aws iam detach-role-policy --role-name {resource:name} --policy-arn POLICY_ARN
--
-- Anyone who exploits a vulnerability in an instance, container or function has the permissions of its role, and with
-- full administrative privileges controls the account. Grant the permissions that the workload needs. Roles with a
-- permissions boundary that does not allow full administrative privileges pass. Only roles that a compute service can
-- assume are evaluated.

with trusted_services as (
    select distinct
        t.account_id, t.arn,
        unnest([who_."value" for who_ in s.principals if who_."type" = 'Service']) as service
    from iam_role_trust_policies() as t
    inner join aws_iam_statement as s on s.document_id = t.document_id
    where s.effect = 'Allow'
),

roles as (
    select
        t.account_id, t.arn,
        string_agg(distinct t.service, ', ' order by t.service) as services,
        max(p.policies) as policies, max(p.unsure) as unsure, max(p.unread) as unread
    from trusted_services as t
    left join iam_role_admin_policies() as p on p.account_id = t.account_id and p.arn = t.arn
    where iam_runs_code(t.service)
    group by t.account_id, t.arn
)

select
    t.arn as resource,
    unnest(case
        when t.document_id is null then unknown(iam_not_evaluated('the trust policy of the role', t.duplicate_key))
        when r.policies is not null and r.unsure = 1 then unknown(concat(
            r.policies, ' allows full administrative privileges, and the permissions boundary of the role was not read.'
        ))
        when r.policies is not null then alarm(concat(
            r.services, ' can assume the role, which has full administrative privileges through ', r.policies, '.'
        ))
        when r.unread = 1 then unknown('the document of a policy of the role was not read.')
        else ok(concat(r.services, ' can assume the role, which does not have full administrative privileges.'))
    end),
    t.account_id, 'global' as region
from iam_role_trust_policies() as t
left join roles as r on r.account_id = t.account_id and r.arn = t.arn
where t.document_id is null or r.arn is not null
order by account_position(t.account_id), t.arn
