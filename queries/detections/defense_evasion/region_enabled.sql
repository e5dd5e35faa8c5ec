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
    e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
    coalesce(e.request_parameters ->> '$.regionName', e.target) as target,
    concat(
        'Region enabled', ' for account ' || (e.request_parameters ->> '$.accountId'), ', through ' || e.invoked_by
    ) as detail,
    e.event_id
from successful_calls('account.amazonaws.com') as e
where e.event_name = 'EnableRegion'
order by e.event_time desc, e.event_id
