-- title: Ensure virtual MFA devices are assigned to a user
-- kind: control
-- severity: low
-- tags: mfa
-- remediation: aws iam list-virtual-mfa-devices --assignment-status Unassigned
-- remediation: aws iam delete-virtual-mfa-device --serial-number {resource}
--
-- An unassigned virtual MFA device is left over from an incomplete setup. Anyone who saw its QR code can generate its
-- codes if it is assigned to a user later. Delete it.

select
    d.serial_number as resource,
    unnest(case d.assignment_status
        when 'Assigned' then ok(concat('The device is assigned to ', coalesce(d.user_name, 'the root user'), '.'))
        when 'Unassigned' then alarm('The device is not assigned to a user.')
        else unknown('the assignment of the device could not be read.')
    end),
    d.account_id, 'global' as region, d.user_name
from aws_iam_virtual_mfa_device as d
order by account_position(d.account_id), d.serial_number
