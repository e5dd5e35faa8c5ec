-- title: IAM Access Analyzer deleted, or findings archived by a rule
-- kind: detection
-- severity: medium
-- tags: mitre:T1562.001, tactic:defense_evasion, cloudtrail
--
-- Detects the deletion of an analyzer, and rules that archive its findings. IAM Access Analyzer reports resources that
-- are shared with other accounts or the public; without an analyzer, new shares are not noticed. Create the analyzer
-- again and review its first findings, which list every share.
-- False positives: archive rules of the security team for known partners, and accounts or Regions that are being
-- decommissioned.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
    coalesce(e.request_parameters ->> '$.analyzerName', e.target) as target,
    concat(
        coalesce('archive rule ' || (e.request_parameters ->> '$.ruleName'), 'analyzer deleted'),
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id
from successful_calls('access-analyzer.amazonaws.com') as e
where scan_filter(e.event_name in ('DeleteAnalyzer', 'CreateArchiveRule', 'UpdateArchiveRule'))
order by e.event_time desc, e.event_id
