-- title: Central management of root users enabled or disabled
-- kind: detection
-- severity: high
-- tags: mitre:T1548.005, mitre:T1098, tactic:privilege_escalation, cloudtrail
--
-- Detects changes of central root access in an organization. Root sessions let the management account, or the
-- delegated administrator of IAM, act as the root user of each member account (see root_session_assumed). Without the
-- central management of root credentials, member accounts can have root passwords and keys again, and new accounts
-- get them. Ask who decided the change, undo it, and look for AssumeRoot events since. Failed attempts are included.
-- False positives: the setup of central root access, which happens once for an organization.

select
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name, c.account_id as target,
    concat(
        'failed: ' || c.error_code || ', ',
        case c.event_name
            when 'EnableOrganizationsRootSessions' then 'root sessions in member accounts enabled'
            when 'DisableOrganizationsRootSessions' then 'root sessions in member accounts disabled'
            when 'EnableOrganizationsRootCredentialsManagement' then 'central management of root credentials enabled'
            else 'central management of root credentials disabled'
        end,
        ', through ' || c.invoked_by
    ) as detail,
    c.event_id
from recorded_calls() as c
where
    c.event_source = 'iam.amazonaws.com'
    and scan_filter(c.event_name in (
        'EnableOrganizationsRootSessions', 'DisableOrganizationsRootSessions',
        'EnableOrganizationsRootCredentialsManagement', 'DisableOrganizationsRootCredentialsManagement'
    ))
order by c.event_time desc, c.event_id
