-- title: Resource or document shared with an external account or the public
-- kind: detection
-- severity: high
-- tags: mitre:T1537, tactic:exfiltration, cloudtrail
-- param: trusted text[] = ''  # Expected external account IDs
--
-- Detects resource shares of AWS RAM, documents of Systems Manager, data shares of Redshift, permissions of Lake
-- Formation, portfolios, directories and images of desktops that are shared with an account outside the organization
-- or with everyone. A subnet, a certificate authority, a database or a document with secrets is then usable from an
-- account that you do not control. Remove the share (`aws ram disassociate-resource-share`, `aws ssm
-- modify-document-permission`), and find out who used the resource since. Snapshots and AMIs have detections of their
-- own.
-- False positives: partners and vendors (`$trusted`), and documents that are published on purpose. If the run did not
-- read the organization, your other accounts are findings too. Receivers that are not accounts, such as AWS services,
-- are excluded.

with given as (
    select
        e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
        coalesce(iam_first_text(e.request_parameters, f.resources), e.target, e.account_id) as target,
        text_list(iam_first_json(e.request_parameters, f.paths)) as receivers,
        e.invoked_by, e.event_id
    from recorded_calls() as e
    inner join iam_sharing_events() as f
        on f.event_name = iam_operation(e.event_name) and coalesce(f.event_source, e.event_source) = e.event_source
    where
        scan_filter(regexp_matches(e.event_name, 'Permission|Share|^Authorize'))
        and f.kind = 'share'
        and e.error_code is null
        -- The removal of a permission to copy an image.
        and coalesce(e.request_parameters ->> '$.allowCopyImage', 'true') <> 'false'
),

shares as (
    select
        g.event_time, g.account_id, g.region, g.actor, g.source_ip_address, g.event_name, g.target,
        [
            case
                when lower(receiver_) in ('all', '*') then 'all'
                when receiver_ like 'arn:%:organizations::%' then receiver_
                else coalesce(iam_account_of('AWS', receiver_), receiver_)
            end
            for receiver_ in g.receivers
            if lower(receiver_) in ('all', '*')
            or regexp_matches(receiver_, '^(\d{12}$|arn:[^:]*:(organizations|iam|sts)::)')
        ] as receivers,
        g.invoked_by, g.event_id
    from given as g
)

select f.*
from shared_resources((select list(s) from shares as s), $trusted) as f
order by f.event_time desc, f.event_id
