-- title: Ensure access to AWSCloudShellFullAccess is restricted
-- kind: control
-- severity: medium
-- version: 1
-- tags: policies, cis_v3.0:1.22, cis_v7.0:2.20, security_hub:IAM.27
--
-- AWSCloudShellFullAccess lets files be taken out of and brought into the shell of the console, past whatever watches
-- the network. Attach a policy that denies the transfers instead. Public controls of this subject list service-linked
-- roles too, which nobody can change; they have no row here.

select
    h.arn as resource,
    unnest(case
        when h.is_attached then alarm(concat('AWSCloudShellFullAccess is attached to the ', h.kind, '.'))
        else ok(concat('AWSCloudShellFullAccess is not attached to the ', h.kind, '.'))
    end),
    h.account_id, 'global' as region
from aws_policy_holders('AWSCloudShellFullAccess') as h
left join iamsql.accounts as a on a.account_id = h.account_id
order by a.position, h.arn
