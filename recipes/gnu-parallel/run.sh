#!/bin/sh
# Analyses a folder of bundles on several hosts with GNU parallel over ssh:
#
#     run.sh BUNDLES HOSTS WORK
#
# BUNDLES  folder that all hosts see under the same path (NFS or alike)
# HOSTS    one line a host, as --sshloginfile takes it: JOBS/USER@HOST
# WORK     folder for what is done; call it again with the same one to go on after a failure
#
# Leaves WORK/results.ndjson with one line for every bundle. A host that dies, hangs or is cut off costs only the bundles it
# was at: these are given to another host. Environment:
#   GPUDIAG     the program on the hosts (default: gpudiag)
#   BATCH       bundles of one job (default: 20)
#   SSH_OPTIONS more options for ssh
set -eu

if [ $# -ne 3 ]; then
  sed -n '3,5p' "$0" >&2
  exit 2
fi
bundles=$(realpath "$1")
hosts=$(realpath "$2")
mkdir -p "$3/parts"
work=$(realpath "$3")
here=$(dirname "$(realpath "$0")")

# The list is made once: the numbers of the jobs must mean the same when the run is gone on with.
if [ ! -f "$work/inputs.txt" ]; then
  find "$bundles" -type f \( -name '*.tar.gz' -o -name '*.tgz' -o -name '*.tar' \) | LC_ALL=C sort >"$work/inputs.tmp"
  mv "$work/inputs.tmp" "$work/inputs.txt"
fi

# A host that no longer answers is noticed after 6 seconds; without that ssh waits for hours.
ssh="ssh -o BatchMode=yes -o ConnectTimeout=5 -o ServerAliveInterval=2 -o ServerAliveCountMax=3 ${SSH_OPTIONS-}"

# Every job has a file of its own, so that one that was cut off cannot spoil another's lines. A job that fails is tried on
# the other hosts; what failed on all of them is tried again in the next round.
round=1
until parallel --joblog "$work/jobs.log" --resume-failed --retries 3 --timeout 3600 --max-args "${BATCH-20}" \
  --sshloginfile "$hosts" --ssh "$ssh" --results "$work/parts/{#}.ndjson" \
  "printf '%s\\n' {} | ${GPUDIAG-gpudiag} worker" :::: "$work/inputs.txt" >/dev/null 2>>"$work/messages.log"; do
  [ "$round" -lt 3 ] || { echo "some jobs failed on all hosts: see $work/jobs.log" >&2; break; }
  round=$((round + 1))
done

find "$work/parts" -name '*.ndjson' | LC_ALL=C sort | xargs node "$here/../join.mjs" "$work/results.ndjson" --inputs "$work/inputs.txt"
