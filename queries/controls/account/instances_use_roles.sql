-- title: Ensure EC2 instances use IAM roles for access to AWS resources
-- kind: control
-- severity: low
-- version: 1
-- tags: roles, manual, cis_v1.2:1.19, cis_v3.0:1.18, cis_v7.0:2.16
--
-- A program on a machine that has a role needs no key in a file. What machines there are is not read here: look, in
-- EC2, for instances without an instance profile, and for keys on those that have one. The row counts the account's
-- instance profiles.

select
    a.arn as resource,
    unnest(case
        when s.instance_profiles is null then unknown('the account''s summary was not read.')
        when s.instance_profiles = 0 then info('Look whether instances use keys: the account has no instance profile.')
        when s.instance_profiles = 1 then info('Look whether instances use keys: the account has 1 instance profile.')
        else info(
            concat('Look whether instances use keys: the account has ', s.instance_profiles, ' instance profiles.')
        )
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join aws_iam_account_summary as s on s.account_id = a.account_id
order by a.position, a.account_id
