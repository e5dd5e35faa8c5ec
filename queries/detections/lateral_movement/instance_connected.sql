-- title: Somebody pushed a key to an instance or opened its serial console
-- kind: detection
-- severity: medium
-- version: 1
-- tags: mitre:T1021.008, mitre:T1098.004, tactic:lateral_movement, cloudtrail
-- param: known text = ''   # Actors with this in their name do not count
--
-- EC2 Instance Connect puts an SSH key on an instance for a minute, its endpoint opens a tunnel to a private address,
-- and the serial console works without any network at all. None of them needs a password that the owner knows. Ask the
-- actor, then read the instance's own log of sign-ins. The serial console being allowed for the account is shown too.
-- False positives: administrators who connect with the console's button each day; name them in `$known`. The serial
-- console is for machines that do not boot, so its use has an incident to go with it.

select
    e.event_time, e.account_id, e.region,
    coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
    e.source_ip_address as source_ip, e.event_name,
    coalesce(e.request_parameters ->> '$.instanceId', e.target, e.account_id) as target,
    concat(
        case e.event_name
            when 'SendSSHPublicKey' then concat('SSH key for ', e.request_parameters ->> '$.instanceOSUser')
            when 'SendSerialConsoleSSHPublicKey' then 'key for the serial console'
            when 'OpenTunnel' then concat('tunnel to port ', e.request_parameters ->> '$.remotePort')
            else 'serial console allowed in the account'
        end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id
from aws_cloudtrail_event as e
where
    (
        (
            e.event_source = 'ec2-instance-connect.amazonaws.com'
            and e.event_name in ('SendSSHPublicKey', 'SendSerialConsoleSSHPublicKey', 'OpenTunnel')
        )
        or (e.event_source = 'ec2.amazonaws.com' and e.event_name = 'EnableSerialConsoleAccess')
    )
    and ($known = '' or not contains(coalesce(e.actor_arn, e.username, ''), $known))
    and e.error_code is null
    and e.user_type is distinct from 'AWSService'
    and coalesce(e.issuer_arn, '') not like '%:role/aws-service-role/%'
order by e.event_time desc, e.event_id
