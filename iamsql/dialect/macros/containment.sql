-- Returns whether a document contains another (@>). DuckDB's json_contains follows the rules of PostgreSQL, but also searches the
-- parts of `document`. Both documents therefore become members of an object, which limits the search to the document itself. At
-- its top level, an array may contain a scalar.
create or replace macro pg_contains(document, contained) as
    case when document is null or contained is null then null
        -- json_contains is recursive.
        when length(cast(contained as varchar)) - length(translate(cast(contained as varchar), '[{', '')) > 5000
            then error('@> compares documents with up to 5000 arrays and objects.')
        when contains(cast(document as varchar), '"pg @>":') then error('@> does not compare documents that have the key "pg @>".')
        when json_type(document) = 'ARRAY' and json_type(contained) not in ('ARRAY', 'OBJECT')
            then json_contains('{"pg @>":' || cast(document as varchar) || '}', '{"pg @>":[' || cast(contained as varchar) || ']}')
        else json_contains('{"pg @>":' || cast(document as varchar) || '}', '{"pg @>":' || cast(contained as varchar) || '}') end
