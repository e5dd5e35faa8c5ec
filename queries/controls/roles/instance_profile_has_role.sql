-- title: Ensure every instance profile has a role
-- kind: control
-- severity: low
-- version: 1
-- tags: roles, compute, leftovers
--
-- An instance profile without a role hands out nothing: what runs there fails, or has a key of a user in a file
-- instead. Put a role in, or delete it.

select
    p.arn as resource,
    unnest(case
        when p.roles is null then unknown('the role of the instance profile was not read.')
        when json_array_length(p.roles) = 0 then alarm('The instance profile has no role.')
        else ok(concat('The instance profile hands out ', p.roles ->> '$[0].RoleName', '.'))
    end),
    p.account_id, 'global' as region
from aws_iam_instance_profile as p
left join iamsql.accounts as a on a.account_id = p.account_id
order by a.position, p.arn
