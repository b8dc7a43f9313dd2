-- Results of `gpudiag analyze --format ndjson` or `gpudiag worker` in PostgreSQL 13 or newer. Can be run again at any time.
create schema if not exists gpudiag;
set search_path to gpudiag;

-- What \copy fills: lines as they are, in the order of the file.
create table if not exists lines (
  number bigint generated always as identity primary key,
  line   text not null
);

-- One row for every input.
create table if not exists results (
  input         text primary key,
  machine       text not null,
  collected     timestamptz,             -- when the bundle was made; else when the file was last changed
  bytes         bigint,
  sha256        text,
  tool_version  text,
  outcome       text,                    -- null: there is no report, see error
  failed_stage  text,
  host_release  text,
  host_cpu      text,
  host_board    text,
  guest_os      text,
  guest_driver  text,
  error         text,
  error_exit    integer,
  report        jsonb                    -- without the facts, which are most of it
);
create index if not exists results_machine on results (machine, collected);

-- One row for every card: an input with two cards has two.
create table if not exists cards (
  input        text not null references results on delete cascade,
  number       integer not null,
  gpu          text not null,
  pci_id       text,
  slot         text,
  outcome      text not null,
  failed_stage text,
  primary key (input, number)
);
create index if not exists cards_gpu on cards (pci_id, outcome);

create table if not exists causes (
  input      text not null references results on delete cascade,
  code       text not null,
  confidence text not null,
  title      text not null,
  primary key (input, code)
);
create index if not exists causes_code on causes (code);

-- JSON allows what PostgreSQL's text does not: NUL and halves of surrogate pairs. They become U+FFFD.
create or replace function as_json(line text) returns jsonb language plpgsql immutable as $$
begin
  begin
    return line::jsonb;
  exception when others then
    return regexp_replace(line,
      '(?<!\\)((?:\\\\)*)(\\u0000|\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2})',
      '\1\\ufffd', 'g')::jsonb;
  end;
exception when others then
  return null; -- no JSON at all
end $$;

-- Name of the machine: the path of its bundle without dates, endings and what every bundle is called. Yours may follow
-- other rules: this is the one place to change.
create or replace function machine_of(input text) returns text language sql immutable as $$
  select coalesce(nullif(regexp_replace(regexp_replace(regexp_replace(input,
    '\.(tar\.gz|tgz|tar)$', ''),
    '[-_.]?(?<![0-9A-Za-z])20[0-9]{2}[-_.]?(0[1-9]|1[0-2])([-_.]?[0-3][0-9]([T_-]?[0-2][0-9][:.-]?[0-5][0-9]([:.-]?[0-5][0-9])?Z?)?)?(?![0-9A-Za-z])', '', 'g'),
    '(^/|/gpudiag$)', '', 'g'), ''), input)
$$;

-- How far an outcome got; null where it does not tell.
create or replace function progress(outcome text) returns integer language sql immutable as $$
  select array_position(array['host-not-ready', 'vm-wont-start', 'guest-wont-boot', 'device-missing', 'driver-wont-load',
    'driver-init-fails', 'works-with-faults', 'works'], outcome)
$$;

-- Takes the lines over and empties the table they lay in. Of several lines about one input the last report counts, and an
-- error only where there is no report; so the same file can be loaded twice. Returns the number of inputs written.
create or replace function load() returns bigint language plpgsql as $$
declare
  written bigint;
begin
  create temporary table fresh on commit drop as
    select distinct on (r ->> 'input') r, r ->> 'input' as input, r ? 'error' as failed
    from (select number, gpudiag.as_json(line) as r from gpudiag.lines) parsed
    where jsonb_typeof(r -> 'input') = 'string'
    order by r ->> 'input', r ? 'error', number desc;
  delete from fresh f using gpudiag.results known
    where f.failed and known.input = f.input and known.outcome is not null;
  delete from gpudiag.results known using fresh f where known.input = f.input;

  insert into gpudiag.results
    select input, gpudiag.machine_of(input), coalesce(r ->> 'collectedAt', r #>> '{source,modified}')::timestamptz,
      (r #>> '{source,bytes}')::bigint, r #>> '{source,sha256}', r #>> '{tool,version}',
      r #>> '{verdict,outcome}',
      (select s ->> 'id' from jsonb_array_elements(r #> '{verdict,stages}') s where s ->> 'status' = 'failed' limit 1),
      r #>> '{overview,host,release}', r #>> '{overview,host,cpu}', r #>> '{overview,host,board}',
      r #>> '{overview,guest,os}', r #>> '{overview,guest,driver}',
      r #>> '{error,message}', (r #>> '{error,exit}')::integer,
      case when failed then null else r - 'facts' end
    from fresh;
  get diagnostics written = row_count;

  insert into gpudiag.cards
    select input, c.number, coalesce(card ->> 'name', card ->> 'pciId', 'not shown'), card ->> 'pciId',
      coalesce(card ->> 'hostBdf', card ->> 'guestBdf'), card ->> 'outcome', card ->> 'failedAt'
    from fresh, jsonb_array_elements(
      case when jsonb_array_length(r -> 'cards') > 0 then r -> 'cards'
      else jsonb_build_array(coalesce(r #> '{overview,card}', '{}') || jsonb_build_object('outcome', r #> '{verdict,outcome}',
        'failedAt', (select s ->> 'id' from jsonb_array_elements(r #> '{verdict,stages}') s where s ->> 'status' = 'failed' limit 1)))
      end) with ordinality c (card, number)
    where not failed;

  insert into gpudiag.causes
    select input, c ->> 'code', c ->> 'confidence', c ->> 'title'
    from fresh, jsonb_array_elements(r #> '{verdict,causes}') c
    where not failed
    on conflict do nothing;

  truncate gpudiag.lines;
  return written;
end $$;

-- The last result of every card of every machine.
create or replace view latest as
  select distinct on (r.machine, coalesce(c.pci_id, c.gpu), c.slot)
    r.machine, r.input, r.collected, r.host_release, r.host_board, r.guest_os, r.guest_driver,
    c.gpu, c.pci_id, c.slot, c.outcome, c.failed_stage, progress(c.outcome) >= progress('works-with-faults') as works
  from results r join cards c using (input)
  order by r.machine, coalesce(c.pci_id, c.gpu), c.slot, r.collected desc nulls last, r.input desc;
