-- title: SSH key pushed to an instance, or serial console opened
-- kind: detection
-- severity: medium
-- tags: mitre:T1021.008, mitre:T1098.004, tactic:lateral_movement, cloudtrail
-- param: excluded text = ''  # Text in the ARN or name of principals to exclude
--
-- Detects connections to an instance that need no password of the instance: EC2 Instance Connect (an SSH key for one
-- minute), tunnels of EC2 Instance Connect Endpoint, and keys for the serial console. Also detects that serial console
-- access is enabled for an account. The serial console works without a network connection. Contact the principal, then
-- read the sign-in log of the instance.
-- False positives: administrators who connect from the console every day; add them to `$excluded`. The serial console
-- is for instances that do not boot, so an incident ticket should explain its use.

select
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
    coalesce(c.request_parameters ->> '$.instanceId', c.target, c.account_id) as target,
    concat(
        case c.event_name
            when 'SendSSHPublicKey' then concat('SSH key for ', c.request_parameters ->> '$.instanceOSUser')
            when 'SendSerialConsoleSSHPublicKey' then 'key for the serial console'
            when 'OpenTunnel' then concat('tunnel to port ', c.request_parameters ->> '$.remotePort')
            else 'serial console access enabled for the account'
        end,
        ', through ' || c.invoked_by
    ) as detail,
    c.event_id
from recorded_calls() as c
where
    (
        (
            c.event_source = 'ec2-instance-connect.amazonaws.com'
            and c.event_name in ('SendSSHPublicKey', 'SendSerialConsoleSSHPublicKey', 'OpenTunnel')
        )
        or (c.event_source = 'ec2.amazonaws.com' and c.event_name = 'EnableSerialConsoleAccess')
    )
    and ($excluded = '' or not contains(coalesce(c.actor_arn, c.username, ''), $excluded))
    and c.error_code is null
order by c.event_time desc, c.event_id
