"""Documents that AWS gives as text, spelt as everything else in a run file: compact, keys by length and bytes.

Items are put into that order when they are landed, but not what is inside a text, and JSON is compared as text.
"""


def spelt(documents: str) -> str:
    """Give the recursive CTEs up to `spelt` (doc, ordered), which has each JSON value that `documents` selects as doc.

    A document is taken apart into its values, each with its place: the keys and numbers from the root down, written so
    that they sort as they are to be spelt. What closes an array or object is placed after all that is in it.
    """
    inner = "json_type(n.value) = 'OBJECT'"
    return f"""
nodes as (
  select distinct d.doc, d.doc as value, cast([] as varchar[]) as place, '' as key from ({documents}) d where d.doc is not null
  union all
  select n.doc, c.value,
    list_append(n.place, case when {inner} then printf('%09d', strlen(c.key)) || c.key
      else printf('%09d', cast(c.key as bigint)) end),
    case when {inner} then cast(to_json(c.key) as varchar) || ':' else '' end
  from nodes n, json_each(n.value) c where json_type(n.value) in ('OBJECT', 'ARRAY')),
tokens as (
  select doc, place, case when len(place) > 0
      and row_number() over (partition by doc, len(place), place[:-2] order by place) > 1 then ',' else '' end || key
    || case json_type(value) when 'OBJECT' then '{{' when 'ARRAY' then '[' else cast(value as varchar) end as token
  from nodes
  union all
  select doc, list_append(place, '~'), case json_type(value) when 'OBJECT' then '}}' else ']' end
  from nodes where json_type(value) in ('OBJECT', 'ARRAY')),
spelt as (select doc, cast(string_agg(token, '' order by place) as json) as ordered from tokens group by doc)"""
