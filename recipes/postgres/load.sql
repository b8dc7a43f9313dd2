-- psql -v ON_ERROR_STOP=1 -f load.sql   reads results.ndjson of the current folder; in compressed files:
-- \copy gpudiag.lines (line) from program 'gzip -dc results.ndjson.gz' with (format csv, quote e'\x01', delimiter e'\x02')
\copy gpudiag.lines (line) from 'results.ndjson' with (format csv, quote e'\x01', delimiter e'\x02')
select gpudiag.load() as inputs_written;
