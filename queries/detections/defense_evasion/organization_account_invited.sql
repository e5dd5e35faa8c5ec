-- title: Account invited to the organization, or invitation accepted
-- kind: detection
-- severity: medium
-- tags: mitre:T1666, tactic:defense_evasion, cloudtrail
--
-- Detects invitations of accounts to the organization, and accounts that accept the invitation of an organization.
-- Policies that trust the organization (`aws:PrincipalOrgID`) trust an invited account too. If your account accepts an
-- invitation, the policies, trail and administrators of another organization apply to it. `detail` contains the account
-- or the handshake. Cancel the invitation, or remove the account, if nobody can explain it.
-- False positives: acquisitions and accounts that move between two organizations of a company, which are planned.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
    coalesce(
        e.request_parameters ->> '$.target.id', e.request_parameters ->> '$.handshakeId', e.target, e.account_id
    ) as target,
    concat(
        case e.event_name when 'AcceptHandshake' then 'invitation accepted' else 'account invited' end,
        ', organization ' || nullif(
            regexp_extract(e.response_elements ->> '$.handshake.arn', '/(o-[a-z0-9]+)/', 1), ''
        ),
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id
from successful_calls('organizations.amazonaws.com') as e
where
    e.event_name = 'InviteAccountToOrganization'
    or (
        e.event_name = 'AcceptHandshake'
        and coalesce(e.response_elements ->> '$.handshake.action', 'INVITE') = 'INVITE'
    )
order by e.event_time desc, e.event_id
