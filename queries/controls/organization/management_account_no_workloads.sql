-- title: Ensure the management account runs no workloads
-- kind: control
-- severity: high
-- tags: organization, roles, cis_v7.0:2.1.3
-- remediation: aws iam list-role-policies --role-name {role_name}
-- remediation: aws iam list-attached-role-policies --role-name {role_name}
-- remediation: aws iam list-instance-profiles-for-role --role-name {role_name}
-- remediation: # When the workload is in a member account, for each inline policy: aws iam delete-role-policy --role-name {role_name} --policy-name POLICY_NAME
-- remediation: # For each attached policy: aws iam detach-role-policy --role-name {role_name} --policy-arn POLICY_ARN
-- remediation: # For each instance profile: aws iam remove-role-from-instance-profile --instance-profile-name INSTANCE_PROFILE --role-name {role_name}
-- remediation: # Then: aws iam delete-role --role-name {role_name}
--
-- Service control policies do not apply to the management account, so nothing limits an attacker who takes over a
-- workload there. Move workloads to a member account. A role that a compute service can assume indicates a workload.
-- There is one row for each role of the management account. Service-linked roles and roles of IAM Identity Center are
-- not evaluated.

with services as (
    select
        t.account_id, t.arn,
        string_agg(distinct t."value", ', ' order by t."value") as names
    from iam_trusted_principals() as t
    where t.kind = 'Service' and iam_runs_code(t."value")
    group by t.account_id, t.arn
)

select
    o.arn as resource,
    unnest(case
        when t.document_id is null then unknown(iam_not_evaluated('the trust policy of the role', t.duplicate_key))
        when s.arn is not null then alarm(concat('The compute service ', s.names, ' can assume the role.'))
        else ok('No compute service can assume the role.')
    end),
    o.account_id, 'global' as region, o.name as role_name
from iam_role_trust_policies() as t
cross join iamsql.run as r
inner join aws_iam_role as o on o.account_id = t.account_id and o.arn = t.arn
left join services as s on s.account_id = o.account_id and s.arn = o.arn
where o.account_id = r.management_account_id
order by o.arn
