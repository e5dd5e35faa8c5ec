-- title: Ensure unused IAM roles are removed
-- kind: control
-- severity: medium
-- tags: roles, unused
-- param: days integer = 90          # Days without use after which a role is unused
-- remediation: iamsql query who_can_assume --arg role={resource}
-- remediation: aws iam attach-role-policy --role-name {resource:name} --policy-arn arn:{partition}:iam::aws:policy/AWSDenyAll
-- remediation: aws iam list-role-policies --role-name {resource:name}
-- remediation: aws iam list-attached-role-policies --role-name {resource:name}
-- remediation: aws iam list-instance-profiles-for-role --role-name {resource:name}
-- remediation: # When nothing has failed for some days, for each inline policy: aws iam delete-role-policy --role-name {resource:name} --policy-name POLICY_NAME
-- remediation: # For each attached policy, AWSDenyAll last: aws iam detach-role-policy --role-name {resource:name} --policy-arn POLICY_ARN
-- remediation: # For each instance profile: aws iam remove-role-from-instance-profile --instance-profile-name INSTANCE_PROFILE --role-name {resource:name}
-- remediation: # Then: aws iam delete-role --role-name {resource:name}
--
-- An unused role can be abused without anybody noticing. Delete it. AWS tracks the last use for 400 days; a role
-- without a last use is evaluated by its creation date. If GetAccountAuthorizationDetails was denied, the last use is
-- unknown. Service-linked roles and roles of IAM Identity Center are not evaluated. `unused_roles` is the report of the
-- same data.

with roles as (
    select
        r.account_id, r.arn, r.role_last_used_date is not null as is_used,
        r.role_last_used_date is not null or r.tags_src is not null as is_known,
        days_between(coalesce(r.role_last_used_date, r.create_date), as_of()) as unused_days
    from aws_iam_role as r
    where is_customer_role(r.path)
)

select
    r.arn as resource,
    unnest(case
        when not r.is_known or r.unused_days is null then unknown('the last use of the role was not read.')
        else alarm_if(r.unused_days >= $days, concat(
            'The role ',
            case
                when r.is_used then concat('was last used ', in_days(r.unused_days), ' ago')
                when r.unused_days >= 400
                    then concat('is ', in_days(r.unused_days), ' old and was not used in the 400 days that AWS tracks')
                else concat('is ', in_days(r.unused_days), ' old and was never used')
            end,
            '; it counts as unused after ', in_days($days), '.'
        ))
    end),
    r.account_id, 'global' as region
from roles as r
order by account_position(r.account_id), r.arn
