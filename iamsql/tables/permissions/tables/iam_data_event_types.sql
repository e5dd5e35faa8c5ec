-- Returns the resource types whose data events a trail logs completely. A selector that restricts resources, names or kinds of
-- events does not count.
-- returns: arn VARCHAR, resource_type VARCHAR
create or replace macro iam_data_event_types() as table
with advanced as (
    select t.arn, unnest(t.advanced_event_selectors -> '$[*].FieldSelectors') as fields
    from aws_cloudtrail_trail as t
),

basic as (
    select a.arn, unnest(a.item -> '$.DataResources[*]') as resource
    from (
        select t.arn, unnest(cast(t.event_selectors as json[])) as item
        from aws_cloudtrail_trail as t
    ) as a
    where a.item ->> '$.ReadWriteType' = 'All'
),

all_types as (
    select
        a.arn,
        unnest(text_list([
            field_ for field_ in cast(a.fields as json[]) if field_ ->> '$.Field' = 'resources.type'
        ][1] -> '$.Equals')) as resource_type
    from advanced as a
    where
        contains(cast(a.fields as varchar), '"Data"')
        and len([
            1 for field_ in cast(a.fields as json[])
            if field_ ->> '$.Field' not in ('eventCategory', 'resources.type')
        ]) = 0
    union all
    select b.arn, b.resource ->> '$.Type'
    from basic as b
    where len([
        1 for value_ in text_list(b.resource -> '$.Values')
        if regexp_full_match(value_, 'arn:aws[a-z-]*:(s3(:::)?|lambda|dynamodb)')
    ]) > 0
)

select distinct t.arn, t.resource_type from all_types as t where t.resource_type is not null;
