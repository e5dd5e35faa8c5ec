-- Paths of labels parted by points, as ltree has them; the empty path has no label and holds every other.
create or replace macro pg_nlevel(path) as case when path = '' then 0 else len(string_split(path, '.')) end;
create or replace macro pg_ltree_below(path, top) as
    case when top = '' then path is not null else starts_with(path || '.', top || '.') end;
create or replace macro pg_subpath(path, start, size) as
    array_to_string(
        list_slice(
            string_split(path, '.'),
            1 + case when start < 0 then pg_nlevel(path) + start else start end,
            case when size < 0 then pg_nlevel(path) + size
            else size + case when start < 0 then pg_nlevel(path) + start else start end end
        ),
        '.'
    )
