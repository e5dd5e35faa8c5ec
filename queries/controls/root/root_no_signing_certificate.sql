-- title: The root user has no signing certificate
-- kind: control
-- severity: high
-- version: 1
-- tags: root, certificates
--
-- An X.509 certificate of the root user signs requests of old interfaces with all rights of the account, and stays out
-- of sight: the console hardly shows it. Delete it.

select
    concat('arn:', r."partition", ':iam::', a.account_id, ':root') as resource,
    case
        when s.account_signing_certificates_present is null then 'error'
        when s.account_signing_certificates_present > 0 then 'alarm'
        else 'ok'
    end as status,
    case
        when s.account_signing_certificates_present is null then 'Unknown: the account''s summary was not read.'
        when s.account_signing_certificates_present > 0
            then 'The root user has a signing certificate.'
        else 'The root user has no signing certificate.'
    end as reason,
    a.account_id as account_id,
    'global' as region
from iamsql.accounts as a
cross join iamsql.run as r
left join aws_iam_account_summary as s on s.account_id = a.account_id
where a.selected and a.state = 'ACTIVE' and a.outcome in ('read', 'partial')
order by a.position, a.account_id
