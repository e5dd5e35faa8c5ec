-- title: Access keys of IAM users, in the columns of the predecessor
-- kind: report
-- severity: medium
-- version: 1
-- tags: predecessor, access-keys
-- param: lang text = en  # Language of the values: en or es
--
-- Returns one row for each access key of an IAM user, in the order in which AWS lists accounts, users and keys. The
-- columns are the columns of the predecessor of iamsql, and all are text. The report exists for automation that reads
-- this CSV. Users without a key and root keys are not included: use `audit_report` for an audit. Accounts that could not
-- be read are missing: see `skipped_accounts`. Data that could not be read in another account is Unknown (Desconocido).
-- MFA is Virtual if the serial number of the first device contains "virtual", otherwise Hardware, which is wrong for
-- most virtual devices; version 2 distinguishes them.

with read_accounts as (
    select c.account_id, 1 as user_list
    from iamsql.coverage as c
    where c.service = 'iam' and c.operation = 'ListUsers' and c.status = 'ok'
    group by c.account_id
),

facts as (
    select
        a.position as account_position, u.position as user_position, k.position as key_position, a.account_id,
        a.name as account_name, k.user_name, u.password_enabled as has_password, u.password_last_used as signed_in,
        r.user_name is not null or n.user_list = 1 as sign_in_known,
        k.access_key_id, k.status as key_status, k.create_date as created, k.access_key_last_used_date as used,
        k.access_key_last_used_service as used_service, k.last_used_known as use_known, u.mfa_enabled as has_mfa,
        u.mfa_devices ->> '$[0].SerialNumber' as first_device
    from iamsql.accounts as a
    inner join aws_iam_access_key as k on k.account_id = a.account_id
    left join aws_iam_user as u on u.account_id = k.account_id and u.name = k.user_name
    left join aws_iam_credential_report as r on r.account_id = k.account_id and r.user_name = k.user_name
    left join read_accounts as n on n.account_id = a.account_id
    where a.outcome in ('complete', 'incomplete')
)

select
    f.account_id, f.account_name, f.user_name as username,
    case
        when f.has_password then case when $lang = 'es' then 'Configurada' else 'Configured' end
        when not f.has_password then case when $lang = 'es' then 'No configurada' else 'Not configured' end
        else case when $lang = 'es' then 'Desconocido' else 'Unknown' end
    end as password_status,
    case
        when f.signed_in is not null then strftime(f.signed_in at time zone 'UTC', '%Y-%m-%d %H:%M:%S+00:00')
        when f.sign_in_known or not f.has_password then case when $lang = 'es' then 'Nunca' else 'Never' end
        else case when $lang = 'es' then 'Desconocido' else 'Unknown' end
    end as password_last_used,
    f.access_key_id, f.key_status as status,
    strftime(f.created at time zone 'UTC', '%Y-%m-%d %H:%M:%S+00:00') as created_date,
    case
        when f.used is not null then strftime(f.used at time zone 'UTC', '%Y-%m-%d %H:%M:%S+00:00')
        when f.use_known then case when $lang = 'es' then 'Nunca utilizada' else 'Never used' end
        else case when $lang = 'es' then 'Desconocido' else 'Unknown' end
    end as last_used_date,
    case
        when f.used_service is not null then f.used_service
        when f.use_known then 'N/A'
        else case when $lang = 'es' then 'Desconocido' else 'Unknown' end
    end as service_name,
    case
        when f.first_device like '%virtual%' then 'Virtual'
        when f.first_device is not null or f.has_mfa then 'Hardware'
        when not f.has_mfa then 'None'
        else case when $lang = 'es' then 'Desconocido' else 'Unknown' end
    end as mfa_status
from facts as f
order by f.account_position, f.user_position, f.key_position, f.access_key_id
