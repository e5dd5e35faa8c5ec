-- title: Ensure server certificates in IAM do not expire soon
-- kind: control
-- severity: medium
-- tags: certificates
-- param: days integer = 30          # Minimum remaining validity of a certificate, in days
-- remediation: aws iam get-server-certificate --server-certificate-name {resource:name}
-- remediation: aws acm request-certificate --domain-name DOMAIN_NAME --validation-method DNS
-- remediation: # When the new certificate is deployed: aws iam delete-server-certificate --server-certificate-name {resource:name}
--
-- IAM does not renew server certificates. Replace the certificate in time, preferably with a certificate of AWS
-- Certificate Manager (ACM). Expired certificates are skipped; see `server_certificate_expired`.

with certificates as (
    select c.account_id, c.arn, days_between(as_of(), c.expiration) as days_left
    from aws_iam_server_certificate as c
)

select
    c.arn as resource,
    unnest(case
        when c.days_left is null then unknown('the expiration date of the certificate was not read.')
        when c.days_left < 0 then skip(concat('The certificate expired ', in_days(-c.days_left), ' ago.'))
        else alarm_if(c.days_left < $days, concat(
            'The certificate expires in ', in_days(c.days_left), '; it must be valid for at least ', in_days($days), '.'
        ))
    end),
    c.account_id, 'global' as region
from certificates as c
order by account_position(c.account_id), c.arn
