-- title: Ensure unused IAM roles are removed
-- kind: control
-- severity: medium
-- tags: roles, unused
-- param: days integer = 90          # Days without use from which a role counts as unused
-- fix: iamsql query who_can_assume --arg role={resource}
-- fix: aws iam attach-role-policy --role-name {resource:name} --policy-arn arn:{partition}:iam::aws:policy/AWSDenyAll
-- fix: aws iam list-role-policies --role-name {resource:name}
-- fix: aws iam list-attached-role-policies --role-name {resource:name}
-- fix: aws iam list-instance-profiles-for-role --role-name {resource:name}
-- fix: # When nothing has failed for some days, for each inline policy: aws iam delete-role-policy --role-name {resource:name} --policy-name POLICY_NAME
-- fix: # For each attached policy, AWSDenyAll last: aws iam detach-role-policy --role-name {resource:name} --policy-arn POLICY_ARN
-- fix: # For each instance profile: aws iam remove-role-from-instance-profile --instance-profile-name INSTANCE_PROFILE --role-name {resource:name}
-- fix: # Then: aws iam delete-role --role-name {resource:name}
--
-- An unused role can be abused without anybody noticing. Delete it. AWS tracks the last use for 400 days; a role
-- without a last use is evaluated by its creation date. If GetAccountAuthorizationDetails was denied, the last use is
-- unknown. Service-linked roles and roles of IAM Identity Center are not evaluated. `unused_roles` is the report of the
-- same data.

with roles as (
    select
        r.account_id, r.arn, r.role_last_used_date is not null as is_used,
        r.role_last_used_date is not null or r.tags_src is not null as is_known,
        days_between(coalesce(r.role_last_used_date, r.create_date), as_of()) as idle_days
    from aws_iam_role as r
    where is_customer_role(r.path)
)

select
    r.arn as resource,
    unnest(case
        when not r.is_known or r.idle_days is null then unknown('the last use of the role was not read.')
        else alarm_if(r.idle_days >= $days, concat(
            'The role ',
            case
                when r.is_used then concat('was last used ', in_days(r.idle_days), ' ago')
                when r.idle_days >= 400
                    then concat('is ', in_days(r.idle_days), ' old and was not used in the 400 days that AWS tracks')
                else concat('is ', in_days(r.idle_days), ' old and was never used')
            end,
            '; it counts as unused after ', in_days($days), '.'
        ))
    end),
    r.account_id, 'global' as region
from roles as r
order by account_position(r.account_id), r.arn
