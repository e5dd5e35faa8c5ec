-- about: A virtual MFA device and its user. Hardware devices and passkeys appear in a user's mfa_enabled.
-- depends on: aws_iam_virtual_mfa_device iam:ListVirtualMFADevices
select
    d.account_id, 'global' as region, d.serial_number as ident,
    coalesce(d.user_name, case when d.assignment_status = 'Assigned' then '<root_account>' end) as name,
    d.serial_number as resource, d.assignment_status as value, d.assignment_status,
    coalesce(d.user_name, case when d.assignment_status = 'Assigned' then '<root_account>' end) as user_name
from aws_iam_virtual_mfa_device as d
