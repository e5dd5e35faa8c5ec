-- Functions of ltree over text: labels with dots between them. The empty path has no label and is an ancestor of every path.
create or replace macro pg_nlevel(path) as case when path = '' then 0 else len(string_split(path, '.')) end;
-- The dots at the end prevent that a.b is a descendant of a.bc or the reverse.
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
-- The position of a path inside of another, from 0; -1 if the path does not contain it.
create or replace macro pg_index(path, part, start := 0) as
    list_transform([{'labels': string_split(path, '.'), 'inner_value': string_split(part, '.'), 'start': start}], lambda args_:
        case when args_.labels is not null and args_.inner_value is not null then coalesce(
            list_filter(
                range(case when args_.start < 0 then greatest(len(args_.labels) + args_.start, 0) else args_.start end, len(args_.labels)),
                lambda index_: args_.labels[index_ + 1:index_ + len(args_.inner_value)] = args_.inner_value)[1], -1) end)[1];
-- The longest common ancestor. It is shorter than the shortest path, because a path is not its own ancestor here.
create or replace macro pg_ltree_lca(paths) as
    list_transform([list_transform(list_filter(paths, lambda path_: path_ is not null), lambda path_: string_split(path_, '.'))],
        lambda args_: array_to_string(coalesce(
            list_filter(
                list_transform(range(list_min(list_transform(args_, lambda labels_: len(labels_))) - 1, 0, -1),
                    lambda size_: args_[1][1:size_]),
                lambda top_: len(list_filter(args_, lambda labels_: labels_[1:len(top_)] <> top_)) = 0)[1], []), '.'))[1]
