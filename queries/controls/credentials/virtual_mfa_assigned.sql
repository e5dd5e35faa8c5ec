-- title: Ensure virtual MFA devices are assigned to a user
-- kind: control
-- severity: low
-- version: 1
-- tags: mfa
--
-- A virtual device that is assigned to nobody is left from somebody who began to set it up. It does no harm by itself,
-- but takes up its name, and whoever saw its code could offer it to a user. Delete it.

select
    d.serial_number as resource,
    case d.assignment_status when 'Assigned' then 'ok' when 'Unassigned' then 'alarm' else 'error' end as status,
    case d.assignment_status
        when 'Assigned' then concat('The device belongs to ', coalesce(d.user_name, 'the root user'), '.')
        when 'Unassigned' then 'The device belongs to nobody.'
        else 'Unknown: whose the device is could not be read.'
    end as reason,
    d.account_id, 'global' as region, d.user_name
from aws_iam_virtual_mfa_device as d
left join iamsql.accounts as a on a.account_id = d.account_id
order by a.position, d.serial_number
