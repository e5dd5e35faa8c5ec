-- title: Password or email address of the root user changed
-- kind: detection
-- severity: high
-- tags: mitre:T1078.004, mitre:T1098, tactic:initial_access, cloudtrail
--
-- Detects password resets and changes of the email address of the root user. Whoever reads the mailbox of the root
-- user can set a new password, and whoever changes the email address takes over the account. Ask the owner
-- immediately. If it was not the owner, secure the mailbox, then the password and the MFA device of the root user, and
-- contact AWS Support if the email address is no longer yours.
-- False positives: the regular rotation of the root password, and email addresses that move to a shared mailbox. These
-- are announced and made with MFA. Users who change their own password (iam:ChangePassword) are excluded.

select
    e.event_time, e.account_id, e.region,
    coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
    e.source_ip_address, e.event_name,
    coalesce(e.request_parameters ->> '$.accountId', 'root') as target,
    concat(
        case e.event_name
            when 'PasswordRecoveryRequested' then 'password reset link requested'
            when 'PasswordRecoveryCompleted' then 'password reset by email'
            when 'PasswordUpdated' then 'password changed'
            when 'StartPrimaryEmailUpdate' then 'change of the email address requested'
            else 'email address changed'
        end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id, e.user_agent
from aws_cloudtrail_event as e
where
    (
        (
            -- Assumption: only root users have PasswordUpdated and EmailUpdated events.
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
