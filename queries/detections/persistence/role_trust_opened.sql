-- title: Trust policy of a role changed to allow external principals
-- kind: detection
-- severity: high
-- tags: mitre:T1098.003, mitre:T1199, tactic:persistence, cloudtrail
-- param: days integer = 7  # Days after a creation or change in which an identity provider is new
--
-- Detects changes of trust policies that allow principals outside the organization. The principal gains all permissions
-- of an existing role, and no new role draws attention. Accounts outside the organization and everyone are findings,
-- unless a condition limits them to the organization. Tokens of an OpenID Connect provider are findings without a
-- condition on the subject (`sub`), or with a wildcard that opens the subject or the audience. Providers of other
-- accounts, and providers that were created or changed in the last `$days` days, are findings; for well-known providers
-- such as GitHub and EKS, only the subject decides. Services that issue the role to machines outside AWS are findings.
-- The owner of a repository or cluster in a condition is not verified. Restore the former policy, then look for
-- AssumeRole events of the principal in `detail`, and review its sessions.
-- False positives: vendors whose access is renewed, and trust policies that a pipeline writes again without a change;
-- compare with the former policy of the role. If the run read only one account, other accounts of the organization are
-- findings too.

select
    t.event_time, t.account_id, t.region, t.actor, t.source_ip_address, t.event_name, t.target, t.detail, t.event_id, t.principals,
    t.policy, t.user_agent
from opened_role_trusts(['UpdateAssumeRolePolicy'], $days) as t
order by t.event_time desc, t.event_id
