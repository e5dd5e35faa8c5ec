-- title: AWS Region enabled
-- kind: detection
-- severity: medium
-- tags: mitre:T1535, tactic:defense_evasion, cloudtrail
--
-- Detects opt-in Regions that are enabled for an account. Nobody monitors the resources in an unused Region, and
-- GuardDuty, Config and single-Region trails do not cover it. Disable the Region if nobody can explain it (`aws account
-- disable-region`), and search it for resources first.
-- False positives: a business in a new country. The Region is enabled for several accounts, and has a change request.

select
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
    coalesce(c.request_parameters ->> '$.regionName', c.target) as target,
    concat(
        'Region enabled', ' for account ' || (c.request_parameters ->> '$.accountId'), ', through ' || c.invoked_by
    ) as detail,
    c.event_id
from successful_calls('account.amazonaws.com') as c
where c.event_name = 'EnableRegion'
order by c.event_time desc, c.event_id
