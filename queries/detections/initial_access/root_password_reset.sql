-- title: Password, recovery or mail address of root changed
-- kind: detection
-- severity: high
-- version: 1
-- tags: mitre:T1078.004, mitre:T1098, tactic:initial_access, cloudtrail
--
-- Whoever reads root's mailbox can set a new password, and whoever changes the mail address keeps the account. Ask
-- the owner at once; if it was not them, secure the mailbox, then the password and the MFA device of root, and
-- call AWS Support when the address is no longer yours.
-- False positives: the yearly rotation of root's password, and addresses that move to a shared mailbox: announced,
-- and done with MFA. Users who change their own password (iam ChangePassword) are not shown.

select
    e.event_time, e.account_id, e.region,
    coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
    e.source_ip_address as source_ip, e.event_name,
    coalesce(e.request_parameters ->> '$.accountId', 'root') as target,
    concat(
        case e.event_name
            when 'PasswordRecoveryRequested' then 'a link to set a new password was asked for'
            when 'PasswordRecoveryCompleted' then 'the password was set anew by mail'
            when 'PasswordUpdated' then 'the password was changed'
            when 'StartPrimaryEmailUpdate' then 'a new mail address was asked for'
            else 'the mail address was changed'
        end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id, e.user_agent
from aws_cloudtrail_event as e
where
    (
        (
            -- PasswordUpdated and EmailUpdated are assumed to be root's alone.
            e.event_source = 'signin.amazonaws.com'
            and e.event_name in ('PasswordRecoveryRequested', 'PasswordRecoveryCompleted', 'PasswordUpdated', 'EmailUpdated')
        )
        or (
            e.event_source = 'account.amazonaws.com'
            and e.event_name in ('StartPrimaryEmailUpdate', 'AcceptPrimaryEmailUpdate')
        )
    )
    and e.error_code is null
    and coalesce(e.response_elements ->> concat('$.', e.event_name), 'Success') <> 'Failure'
order by e.event_time desc, e.event_id
