-- title: Resource or document shared with an external account or the public
-- kind: detection
-- severity: high
-- tags: mitre:T1537, tactic:exfiltration, cloudtrail
-- param: trusted text[] = ''  # Expected external account IDs
--
-- Detects resource shares of AWS RAM, documents of Systems Manager, data shares of Redshift, permissions of Lake
-- Formation, portfolios, directories and images of desktops that are shared with an account outside the organization or
-- with everyone. A subnet, a certificate authority, a database or a document with secrets is then usable from an
-- account that you do not control. Remove the share (`aws ram disassociate-resource-share`, `aws ssm
-- modify-document-permission`), and find out who used the resource since it was shared. Snapshots and AMIs have
-- detections of their own.
-- False positives: partners and vendors (`$trusted`), and documents that are published on purpose. If the run did not
-- read the organization, your other accounts are findings too. AWS services that receive a resource are excluded.

with share_events as (
    select
        c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
        coalesce(iam_first_text(c.request_parameters, e.resources), c.target, c.account_id) as target,
        text_list(iam_first_json(c.request_parameters, e.paths)) as receivers,
        c.invoked_by, c.event_id
    from recorded_calls() as c
    inner join iam_sharing_events() as e
        on e.event_name = iam_operation(c.event_name) and coalesce(e.event_source, c.event_source) = c.event_source
    where
        scan_filter(regexp_matches(c.event_name, 'Permission|Share|^Authorize'))
        and e.kind = 'share'
        and c.error_code is null
        -- The removal of a permission to copy an image.
        and coalesce(c.request_parameters ->> '$.allowCopyImage', 'true') <> 'false'
),

shares as (
    select
        e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name, e.target,
        [
            case
                when lower(receiver_) in ('all', '*') then 'all'
                when receiver_ like 'arn:%:organizations::%' then receiver_
                else coalesce(iam_account_of('AWS', receiver_), receiver_)
            end
            for receiver_ in e.receivers
            if lower(receiver_) in ('all', '*')
            or regexp_matches(receiver_, '^(\d{12}$|arn:[^:]*:(organizations|iam|sts)::)')
        ] as receivers,
        e.invoked_by, e.event_id
    from share_events as e
)

select f.*
from shared_resources((select list(s) from shares as s), $trusted) as f
order by f.event_time desc, f.event_id
