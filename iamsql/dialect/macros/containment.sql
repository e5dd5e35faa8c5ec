-- Containment (@>). json_contains of DuckDB has the rules of PostgreSQL, but also searches for b inside of the parts of a. A key around
-- both documents, which no document has, limits the search to the document itself. There an array may contain a scalar.
create or replace macro pg_contains(a, b) as
    case when a is null or b is null then null
        -- json_contains is recursive.
        when length(cast(b as varchar)) - length(translate(cast(b as varchar), '[{', '')) > 5000
            then error('@> compares documents with up to 5000 arrays and objects.')
        when json_type(a) = 'ARRAY' and json_type(b) not in ('ARRAY', 'OBJECT')
            then json_contains('{"pg @>":' || cast(a as varchar) || '}', '{"pg @>":[' || cast(b as varchar) || ']}')
        else json_contains('{"pg @>":' || cast(a as varchar) || '}', '{"pg @>":' || cast(b as varchar) || '}') end
