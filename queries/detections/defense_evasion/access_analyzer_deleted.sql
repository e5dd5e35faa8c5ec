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
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
    coalesce(c.request_parameters ->> '$.analyzerName', c.target) as target,
    concat(
        coalesce('archive rule ' || (c.request_parameters ->> '$.ruleName'), 'analyzer deleted'),
        ', through ' || c.invoked_by
    ) as detail,
    c.event_id
from successful_calls('access-analyzer.amazonaws.com') as c
where scan_filter(c.event_name in ('DeleteAnalyzer', 'CreateArchiveRule', 'UpdateArchiveRule'))
order by c.event_time desc, c.event_id
