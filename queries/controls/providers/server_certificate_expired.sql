-- title: Ensure expired SSL/TLS server certificates stored in IAM are removed
-- kind: control
-- severity: high
-- tags: certificates, leftovers, cis_v3.0:1.19, cis_v7.0:2.17, security_hub:IAM.26, config:iam-server-certificate-expiration-check
-- remediation: aws iam get-server-certificate --server-certificate-name {resource:name}
-- remediation: aws iam delete-server-certificate --server-certificate-name {resource:name}
--
-- If an expired certificate is deployed to a load balancer by mistake, clients reject the connection. Delete the
-- certificate, and use AWS Certificate Manager (ACM), which renews certificates.

select
    c.arn as resource,
    unnest(case
        when c.expiration is null then unknown('the expiration date of the certificate was not read.')
        when c.expiration < o.as_of
            then alarm(concat('The certificate expired on ', strftime(c.expiration, '%Y-%m-%d'), '.'))
        else ok(concat('The certificate expires on ', strftime(c.expiration, '%Y-%m-%d'), '.'))
    end),
    c.account_id, 'global' as region
from aws_iam_server_certificate as c
cross join (select as_of() as as_of) as o
order by account_position(c.account_id), c.arn
