-- title: An access analyzer was deleted or told to archive findings
-- kind: detection
-- severity: medium
-- version: 1
-- tags: mitre:T1562.001, tactic:defence_evasion, cloudtrail
--
-- The analyzer reports what is open to other accounts and the world. Deleting it, or adding a rule that archives its
-- findings, hides a share that is about to be made. Put it back and read its first findings, which list every share
-- that there is.
-- False positives: the security team's own rules for known partners, and regions or accounts that are being given up.

select
    e.event_time, e.account_id, e.region,
    e.actor,
    e.source_ip, e.event_name,
    coalesce(e.request_parameters ->> '$.analyzerName', e.target) as target,
    concat(
        coalesce('archive rule ' || (e.request_parameters ->> '$.ruleName'), 'analyzer deleted'),
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id
from successful_calls('access-analyzer.amazonaws.com') as e
where e.event_name in ('DeleteAnalyzer', 'CreateArchiveRule', 'UpdateArchiveRule')
order by e.event_time desc, e.event_id
