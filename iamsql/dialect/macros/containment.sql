-- Containment (@>). json_contains of DuckDB has the rules of PostgreSQL, but also searches for b inside of the parts of a. A key around
-- both documents limits the search to the document itself. There an array may contain a scalar.
create or replace macro pg_contains(document, contained) as
    case when document is null or contained is null then null
        -- json_contains is recursive.
        when length(cast(contained as varchar)) - length(translate(cast(contained as varchar), '[{', '')) > 5000
            then error('@> compares documents with up to 5000 arrays and objects.')
        when contains(cast(document as varchar), '"pg @>":') then error('@> does not compare documents that have the key "pg @>".')
        when json_type(document) = 'ARRAY' and json_type(contained) not in ('ARRAY', 'OBJECT')
            then json_contains('{"pg @>":' || cast(document as varchar) || '}', '{"pg @>":[' || cast(contained as varchar) || ']}')
        else json_contains('{"pg @>":' || cast(document as varchar) || '}', '{"pg @>":' || cast(contained as varchar) || '}') end
