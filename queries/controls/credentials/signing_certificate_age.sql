-- title: Ensure signing certificates of IAM users are rotated every 90 days or less
-- kind: control
-- severity: low
-- tags: certificates
-- param: days integer = 90              # Age at which a certificate must be rotated, in days
-- remediation: # If an application uses the certificate: aws iam upload-signing-certificate --user-name {user_name} --certificate-body file://certificate.pem
-- remediation: aws iam update-signing-certificate --user-name {user_name} --certificate-id {certificate_id} --status Inactive
-- remediation: # When nothing has failed for some days: aws iam delete-signing-certificate --user-name {user_name} --certificate-id {certificate_id}
--
-- An X.509 signing certificate signs requests to older AWS APIs with all permissions of its user, and without MFA.
-- Delete certificates that are not needed, and replace the others. Certificates that are not active are skipped.

select
    coalesce(u.arn, concat('arn:', r."partition", ':iam::', s.account_id, ':user/', s.user_name)) as resource,
    unnest(credential_age(s.status, days_between(s.upload_date, o.as_of), $days, 'certificate')),
    s.account_id, 'global' as region, s.user_name, s.certificate_id
from aws_iam_signing_certificate as s
cross join iamsql.run as r
cross join (select as_of() as as_of) as o
left join aws_iam_user as u on u.account_id = s.account_id and u.name = s.user_name
order by account_position(s.account_id), resource, s.certificate_id
