-- title: Role created that external principals can assume
-- kind: detection
-- severity: high
-- tags: mitre:T1098.003, mitre:T1199, tactic:persistence, cloudtrail
-- param: days integer = 7  # Days after a creation or change in which an identity provider is new
--
-- Detects new roles whose trust policy allows principals outside the organization. Such a role gives access without
-- credentials of your accounts. Accounts outside the organization and everyone are findings, unless a condition limits
-- them to the organization. Tokens of an OpenID Connect provider are findings without a condition on the subject
-- (`sub`), or with a wildcard that opens the subject or the audience. Providers of other accounts, and providers that
-- were created or changed in the last `$days` days, are findings; for well-known providers such as GitHub and EKS, only
-- the subject decides. Services that issue the role to machines outside AWS are findings. The owner of a repository or
-- cluster in a condition is not verified. Identify the owner of the principal. If that is not possible, remove the
-- principal from the trust policy first, then look for AssumeRole events of the role.
-- False positives: vendors that monitor or bill the account, for which `detail` shows a condition on an external ID
-- and a contract contains the account ID, and the first roles for an identity provider that is being connected. If the
-- run read only one account, other accounts of the organization are findings too: run the detection over the
-- organization, or compare with the list of accounts.

select
    t.event_time, t.account_id, t.region, t.actor, t.source_ip_address, t.event_name, t.target, t.detail, t.event_id, t.principals,
    t.policy, t.user_agent
from opened_role_trusts(['CreateRole', 'AcquireRole'], $days) as t
order by t.event_time desc, t.event_id
