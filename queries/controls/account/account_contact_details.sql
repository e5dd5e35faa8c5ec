-- title: Ensure the contact details of the account are current
-- kind: control
-- severity: medium
-- tags: contacts, manual, cis_v1.2:1.17, cis_v3.0:1.1, cis_v7.0:2.2
-- remediation: aws account get-contact-information
-- remediation: # If they are not current: aws account put-contact-information --contact-information file://contact.json
--
-- AWS uses the contact details when an account is abused or at risk of closure. This is a manual check: compare the
-- name, company and telephone number in the row with the current ones. Use the mailbox and the number of a team.

select
    a.arn as resource,
    unnest(case
        when c.account_id is null then unknown('the contact details of the account were not read.')
        else info(concat(
            'Check that the contact details are current: ',
            concat_ws(', ', c.full_name, c.company_name, c.phone_number), '.'
        ))
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join aws_account_contact as c on c.account_id = a.account_id
order by a.position, a.account_id
