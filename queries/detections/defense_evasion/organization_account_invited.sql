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
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
    coalesce(
        c.request_parameters ->> '$.target.id', c.request_parameters ->> '$.handshakeId', c.target, c.account_id
    ) as target,
    concat(
        case c.event_name when 'AcceptHandshake' then 'invitation accepted' else 'account invited' end,
        ', organization ' || nullif(
            regexp_extract(c.response_elements ->> '$.handshake.arn', '/(o-[a-z0-9]+)/', 1), ''
        ),
        ', through ' || c.invoked_by
    ) as detail,
    c.event_id
from successful_calls('organizations.amazonaws.com') as c
where
    c.event_name = 'InviteAccountToOrganization'
    or (
        c.event_name = 'AcceptHandshake'
        and coalesce(c.response_elements ->> '$.handshake.action', 'INVITE') = 'INVITE'
    )
order by c.event_time desc, c.event_id
