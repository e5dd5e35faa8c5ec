-- Returns the Regions where the analyzers of the management account or of a delegated administrator were not read. Whether such a
-- Region has an analyzer of the organization is unknown.
-- returns: region VARCHAR, account_id VARCHAR
create or replace macro unread_analyzer_regions() as table
select c.region, max(c.account_id) as account_id
from iamsql.coverage as c
where
    c.service = 'accessanalyzer'
    and c.operation = 'ListAnalyzers'
    and c.status <> 'ok'
    and c.account_id in (
        select r.management_account_id
        from iamsql.run as r
        union
        select d.id
        from aws_organizations_delegated_administrator as d
    )
group by c.region;
