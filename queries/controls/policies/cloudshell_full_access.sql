-- title: Ensure access to AWSCloudShellFullAccess is restricted
-- kind: control
-- severity: medium
-- version: 1
-- tags: policies, cis_v3.0:1.22, cis_v7.0:2.20, security_hub:IAM.27
--
-- AWSCloudShellFullAccess lets files be taken out of and brought into the shell of the console, past whatever watches
-- the network. Attach a policy that denies the transfers instead. Public controls of this subject list service-linked
-- roles too, which nobody can change; they have no row here.

with entities as (
    select u.account_id, u.arn, u.name, 'user' as kind, u.attached_policy_arns as attached from aws_iam_user as u
    union all
    select g.account_id, g.arn, g.name, 'group' as kind, g.attached_policy_arns as attached from aws_iam_group as g
    union all
    select r.account_id, r.arn, r.name, 'role' as kind, r.attached_policy_arns as attached
    from aws_iam_role as r
    where coalesce(r.path, '/') not like '/aws-service-role/%'
),

judged as (
    select
        e.account_id, e.arn, e.kind,
        coalesce(list_contains(
            cast(e.attached as varchar[]),
            concat('arn:', split_part(e.arn, ':', 2), ':iam::aws:policy/AWSCloudShellFullAccess')
        ), false) as is_full
    from entities as e
)

select
    j.arn as resource,
    case when j.is_full then 'alarm' else 'ok' end as status,
    concat(
        'AWSCloudShellFullAccess is ', case when j.is_full then '' else 'not ' end, 'attached to the ', j.kind, '.'
    ) as reason,
    j.account_id, 'global' as region
from judged as j
left join iamsql.accounts as a on a.account_id = j.account_id
order by a.position, j.arn
