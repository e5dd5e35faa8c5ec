-- Functions of ltree over text. Dots separate the labels of a path. The empty path has no label and is an ancestor of every path.
create or replace macro pg_nlevel(path) as case when path = '' then 0 else len(string_split(path, '.')) end;
-- The dots at the end prevent a.b from matching a.bc, and the reverse.
create or replace macro pg_ltree_is_descendant(path, ancestor) as
    case when ancestor = '' then path is not null else starts_with(path || '.', ancestor || '.') end;
-- A path has at most 65535 labels.
create or replace macro pg_subpath(path, start, size := 100000) as
    case when abs(start) > pg_nlevel(path) or (start = pg_nlevel(path) and size <> 0) or size < -pg_nlevel(path)
        then error('invalid positions') else pg_subpath_of(path, start, size) end;
create or replace macro pg_subltree(path, start, stop) as pg_subpath(path, start, stop - start);
create or replace macro pg_subpath_of(path, start, size) as
    array_to_string(
        list_slice(
            string_split(path, '.'),
            1 + case when start < 0 then pg_nlevel(path) + start else start end,
            case when size < 0 then pg_nlevel(path) + size
            else size + case when start < 0 then pg_nlevel(path) + start else start end end
        ),
        '.'
    );
create or replace macro pg_ltree_join(a, b) as
    case when a is not null and b is not null then array_to_string(list_filter([a, b], lambda path_: path_ <> ''), '.') end;
