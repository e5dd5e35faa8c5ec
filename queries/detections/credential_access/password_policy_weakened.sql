-- title: Password policy of the account deleted or weakened
-- kind: detection
-- severity: medium
-- tags: mitre:T1556, mitre:T1110, tactic:credential_access, cloudtrail
-- param: length integer = 14  # Lowest accepted minimum length
--
-- Detects that the password policy of an account is deleted, or updated to a minimum length below `$length` characters,
-- to a shorter length than before, or without a restriction on the reuse of passwords that it had before. A request
-- that omits a setting sets its default, and the default length is 6 characters. Short passwords can be guessed.
-- Restore the policy, and review passwords that were set since.
-- False positives: an account without IAM users with passwords, and a setup that deletes the policy and sets it again.

with policies as (
    select
        c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name, c.invoked_by, c.event_id,
        coalesce(try_cast(c.request_parameters ->> '$.minimumPasswordLength' as integer), 6) as length,
        try_cast(c.request_parameters ->> '$.passwordReusePrevention' as integer) as reuse
    from successful_calls('iam.amazonaws.com') as c
    where scan_filter(c.event_name in ('UpdateAccountPasswordPolicy', 'DeleteAccountPasswordPolicy'))
),

policy_comparisons as (
    select
        p.*,
        lag(p.length) over (partition by p.account_id order by p.event_time, p.event_id) as former_length,
        lag(p.reuse) over (partition by p.account_id order by p.event_time, p.event_id) as former_reuse
    from policies as p
)

select
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name, c.account_id as target,
    concat(
        case
            when c.event_name = 'DeleteAccountPasswordPolicy' then 'password policy deleted'
            else concat(
                'minimum length ', c.length, ', before ' || c.former_length,
                case when c.former_reuse is not null and c.reuse is null then ', passwords may be used again' end
            )
        end,
        ', through ' || c.invoked_by
    ) as detail,
    c.event_id
from policy_comparisons as c
where
    c.event_name = 'DeleteAccountPasswordPolicy'
    or c.length < $length
    or c.length < c.former_length
    or (c.former_reuse is not null and c.reuse is null)
order by c.event_time desc, c.event_id
