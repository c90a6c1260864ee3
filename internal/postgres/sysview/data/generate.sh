#!/bin/bash
# Writes the .tsv files here from a PostgreSQL 15 server, which psql finds by its
# usual environment (PGHOST, PGPORT, PGUSER). Only facts about types that the
# types package has are taken.
set -euo pipefail
cd "$(dirname "$0")"

types=$(grep -oE 'OID += [0-9]+$' ../../types/oid.go | grep -oE '[0-9]+' | grep -vx 0 | paste -sd,)
of() { psql -XAt -F $'\t' -c "$2" >"$1.tsv"; }

# The domains of information_schema stand as the types under them. What describes
# PostgreSQL's own memory and build is left out.
of relations "
select n.nspname, c.relname, c.oid, c.reltype, c.relkind, (
  select string_agg(concat_ws(':', attname, coalesce(nullif(t.typbasetype, 0), t.oid),
    case when m.mod <> -1 or attnotnull then m.mod end, case when attnotnull then 't' end), ',' order by attnum)
  from pg_attribute a join pg_type t on t.oid = atttypid,
    lateral (select case when t.typbasetype <> 0 then t.typtypmod else atttypmod end as mod) m
  where attrelid = c.oid and attnum > 0)
from pg_class c join pg_namespace n on n.oid = relnamespace
where nspname in ('pg_catalog', 'information_schema') and relkind in ('r', 'v') and relname not in (
  'pg_config', 'pg_shmem_allocations', 'pg_backend_memory_contexts', 'sql_features', 'sql_implementation_info',
  'sql_parts', 'sql_sizing', 'pg_statistic_ext_data', 'pg_stats_ext', 'pg_stats_ext_exprs')
order by 1, 2"
of pg_type "
select oid, typdelim, typalign, typstorage, typcollation, typsubscript::oid, typinput::oid, typoutput::oid,
  typreceive::oid, typsend::oid, typmodin::oid, typmodout::oid, typanalyze::oid
from pg_type where oid in ($types) order by oid"
of pg_proc "
select oid, proname, array_to_string(proargtypes::oid[], ','), prorettype,
  case when proisstrict then 't' else 'f' end || provolatile::text, prosrc
from pg_proc where oid in (
  select unnest(array[typinput::oid, typoutput::oid, typreceive::oid, typsend::oid, typmodin::oid, typmodout::oid,
    typsubscript::oid, typanalyze::oid]) from pg_type where oid in ($types)) order by oid"
of pg_opclass "
select oid, opcname, opcfamily, opcintype, case when opcdefault then 't' else 'f' end, opckeytype
from pg_opclass where opcmethod = 403 and opcintype in ($types) order by oid"
of pg_opfamily "
select oid, opfname from pg_opfamily f where opfmethod = 403
  and exists (select from pg_opclass where opcfamily = f.oid and opcintype in ($types)) order by oid"
of pg_amop "
select oid, amopfamily, amoplefttype, amoprighttype, amopstrategy, amopopr
from pg_amop where amopmethod = 403 and amoplefttype in ($types) and amoprighttype in ($types) order by oid"
of pg_amproc "
select oid, amprocfamily, amproclefttype, amprocrighttype, amprocnum, amproc::oid
from pg_amproc where amprocfamily in (select oid from pg_opfamily where opfmethod = 403)
  and amproclefttype in ($types) and amprocrighttype in ($types) order by oid"
of pg_cast "
select oid, castsource, casttarget, castfunc::oid, castmethod
from pg_cast where castsource in ($types) and casttarget in ($types) order by oid"
of pg_range "
select rngtypid, rngsubtype, rngmultitypid, rngcollation, rngsubopc, rngcanonical::oid, rngsubdiff::oid
from pg_range order by 1"
of pg_description "
select classoid, objoid, description from pg_description
where objsubid = 0 and (classoid in ('pg_operator'::regclass, 'pg_am'::regclass, 'pg_language'::regclass)
  or classoid = 'pg_proc'::regclass and description !~ '^(implementation of|I/O)' or classoid = 'pg_type'::regclass and objoid in ($types))
order by 1, 2"
of timezone_abbrevs "select abbrev, is_dst from pg_timezone_abbrevs order by 1"
of keywords "select word, catcode, barelabel from pg_get_keywords()"
