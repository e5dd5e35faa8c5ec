-- title: Ensure a security contact is registered for the account
-- kind: control
-- severity: medium
-- tags: contacts, cis_v1.2:1.18, cis_v3.0:1.2, cis_v7.0:2.3, fsbp:Account.1
-- remediation: aws account put-alternate-contact --alternate-contact-type SECURITY --name NAME --title TITLE --email-address EMAIL --phone-number PHONE
--
-- AWS notifies the security contact about exposed credentials and abuse of the account. Without a security contact, the
-- message goes only to the email address of the root user. In AWS GovCloud (US) the contact cannot be read and requires
-- a manual check; this depends on the partition of the run, while the Powerpipe control uses each account's partition.

select
    a.arn as resource,
    unnest(case
        when c.name is not null then ok(concat('The security contact is ', c.name, '.'))
        when a."partition" = 'aws-us-gov'
            then info('Check the security contact in the console: AWS GovCloud (US) has no API for contacts.')
        else alarm('The account has no security contact.')
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join aws_account_alternate_contact as c on c.account_id = a.account_id and c.contact_type = 'SECURITY'
order by a.position, a.account_id
