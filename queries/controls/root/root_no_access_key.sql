-- title: Ensure no root user access key exists
-- kind: control
-- severity: critical
-- version: 1
-- tags: root, access-keys, cis_v1.2:1.12, cis_v3.0:1.4, cis_v7.0:2.4, fsbp:IAM.4, config:iam-root-access-key-check
--
-- A key of the root user may do everything in the account, MFA does not guard it and only an organization's policy
-- limits it. Delete it; what needs it can nearly always use a role. An inactive key counts too, for it can be made
-- active again: see `root_keys` for each key with its age and use.

select
    a.root_arn as resource,
    unnest(case
        when s.account_access_keys_present is null then unknown('the account''s summary was not read.')
        when s.account_access_keys_present = 1 then alarm('The root user has an access key.')
        when s.account_access_keys_present > 1
            then alarm(concat('The root user has ', s.account_access_keys_present, ' access keys.'))
        else ok('The root user has no access key.')
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join aws_iam_account_summary as s on s.account_id = a.account_id
order by a.position, a.account_id
