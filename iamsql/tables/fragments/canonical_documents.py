"""Canonical JSON for policy documents that AWS returns as text: compact, with keys in the order of their lengths and bytes.

The writer puts items in this form, but not the JSON inside a text, and queries compare JSON as text.
"""


def canonical_documents(documents: str) -> str:
    """Return recursive CTEs up to `canonical` (doc, ordered), which maps the JSON of a SELECT of `doc` to its canonical form.

    `nodes` has a row for each value of a document with its path: the keys and indexes from the root, padded so that the text
    order of the paths is the canonical order. The closing token of an array or object has a path after the paths of its members.
    """
    is_member = "json_type(n.value) = 'OBJECT'"
    return f"""
nodes as (
  select distinct d.doc, d.doc as value, cast([] as varchar[]) as path, '' as key from ({documents}) d where d.doc is not null
  union all
  select n.doc, c.value,
    list_append(n.path, case when {is_member} then printf('%09d', strlen(c.key)) || c.key
      else printf('%09d', cast(c.key as bigint)) end),
    case when {is_member} then cast(to_json(c.key) as varchar) || ':' else '' end
  from nodes n, json_each(n.value) c where json_type(n.value) in ('OBJECT', 'ARRAY')),
tokens as (
  select doc, path, case when len(path) > 0
      and row_number() over (partition by doc, len(path), path[:-2] order by path) > 1 then ',' else '' end || key
    || case json_type(value) when 'OBJECT' then '{{' when 'ARRAY' then '[' else cast(value as varchar) end as token
  from nodes
  union all
  select doc, list_append(path, '~'), case json_type(value) when 'OBJECT' then '}}' else ']' end
  from nodes where json_type(value) in ('OBJECT', 'ARRAY')),
canonical as (select doc, cast(string_agg(token, '' order by path) as json) as ordered from tokens group by doc)"""
