-- title: Ensure every instance profile has a role
-- kind: control
-- severity: low
-- tags: roles, compute, leftovers
-- remediation: aws iam get-instance-profile --instance-profile-name {resource:name}
-- remediation: aws iam add-role-to-instance-profile --instance-profile-name {resource:name} --role-name ROLE_NAME
-- remediation: # If no instance uses the profile: aws iam delete-instance-profile --instance-profile-name {resource:name}
--
-- An instance profile without a role provides no credentials, so applications fail or use access keys in files.
-- Add a role to the instance profile, or delete it.

select
    p.arn as resource,
    unnest(case
        when p.roles is null then unknown('the role of the instance profile was not read.')
        when json_array_length(p.roles) = 0 then alarm('The instance profile has no role.')
        else ok(concat('The instance profile has the role ', p.roles ->> '$[0].RoleName', '.'))
    end),
    p.account_id, 'global' as region
from aws_iam_instance_profile as p
order by account_position(p.account_id), p.arn
