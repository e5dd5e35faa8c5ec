-- title: EC2 AMI shared with an external account or the public
-- kind: detection
-- severity: high
-- tags: mitre:T1537, mitre:T1578.001, tactic:exfiltration, cloudtrail
-- param: trusted text[] = ''  # Expected external account IDs
--
-- Detects AMIs that were shared with an account outside the organization, another organization, or everyone. An AMI
-- contains entire disks, with the keys, code and data on them. Remove the share, find out what the image was created
-- from and when, and treat its secrets as stolen.
-- False positives: product images that are published on purpose from a dedicated account, and partners (`$trusted`).

with shares as (
    select
        c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
        c.request_parameters ->> '$.imageId' as target,
        flatten([
            json_extract_string(c.request_parameters, '$.launchPermission.add.items[*].userId'),
            json_extract_string(c.request_parameters, '$.launchPermission.add.items[*].group'),
            json_extract_string(c.request_parameters, '$.launchPermission.add.items[*].groups'),
            json_extract_string(c.request_parameters, '$.launchPermission.add.items[*].organizationArn'),
            json_extract_string(c.request_parameters, '$.launchPermission.add.items[*].organizationalUnitArn')
        ]) as receivers,
        c.invoked_by, c.event_id
    from successful_calls('ec2.amazonaws.com') as c
    where c.event_name = 'ModifyImageAttribute'
)

select f.*
from shared_resources((select list(s) from shares as s), $trusted) as f
order by f.event_time desc, f.event_id
