-- title: Ensure the contact details of the account are current
-- kind: control
-- severity: medium
-- version: 1
-- tags: contacts, manual, cis_v1.2:1.17, cis_v3.0:1.1, cis_v7.0:2.2
--
-- AWS writes to the contact when an account is abused or about to be closed, and answers nobody else. Whether it is
-- right only a person can say: look at the name, the company and the telephone number that the row shows. It is a
-- mailbox and a number of a team, best, and not one person's.

select
    a.arn as resource,
    unnest(case
        when c.account_id is null then unknown('the account''s contact was not read.')
        else info(
            concat('Look whether it is right: ', concat_ws(', ', c.full_name, c.company_name, c.phone_number), '.')
        )
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join aws_account_contact as c on c.account_id = a.account_id
order by a.position, a.account_id
