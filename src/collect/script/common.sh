# What the script for a machine without Node and the one that is fed to a guest have in common: looking around, finding
# commands, running them under a time limit, and the kinds of probes. How an answer is kept is another matter: see
# bundle.sh and stream.sh, which define give_up, answer_of_command, answer_of_file, answer_of_job and display_devices.

newline='
'

# Tests put a stand-in machine here: its files below GPUDIAG_ROOT, its commands in PATH.
root=${GPUDIAG_ROOT-}
if [ -n "$root" ]; then probe_path=$PATH; else probe_path=$SYSTEM_PATH; fi
PATH=$SYSTEM_PATH
LC_ALL=C
LANG=C
TERM=dumb
export PATH LC_ALL LANG TERM
unset IFS CDPATH
umask 077

now() { date +%s; }

# --- time limits -----------------------------------------------------------------------------------------------------

# begin COMMAND...: becomes the command, in a process group of its own where `lead` says how. FreeBSD has no setsid(1), but
# its timeout(1) makes a group.
begin() {
  case $lead in
  setsid) exec setsid "$@" ;;
  timeout) exec timeout 1000000 "$@" ;;
  *) exec "$@" ;;
  esac
}

# Job control would do it too, but not in every shell without a terminal.
monitor() { [ "$lead" != monitor ] || set "$1" 2>/dev/null; }

# Finds out what gives a command a group of its own; "none" when nothing does.
choose_lead() {
  for lead in ${GPUDIAG_LEAD-setsid timeout monitor}; do
    case $lead in setsid | timeout) command -v "$lead" >/dev/null 2>&1 || continue ;; esac
    monitor -m
    (begin sleep 5) </dev/null >/dev/null 2>&1 &
    monitor +m
    # The group is there as soon as the command has begun to run.
    for _ in 1 2 3 4 5 6 7 8 9 10; do
      if kill -0 "-$!" 2>/dev/null; then
        kill -KILL "-$!" 2>/dev/null
        wait "$!" 2>/dev/null
        return
      fi
      sleep "$tick"
    done
    kill -KILL "$!" 2>/dev/null
    wait "$!" 2>/dev/null
  done
  lead=none
}

# A process and its descendants, by parents.
tree() {
  # shellcheck disable=SC2009
  ps -A -o pid= -o ppid= 2>/dev/null | awk -v pid="$1" '
    { parent[$1] = $2 }
    END {
      of[pid] = 1
      do { more = 0; for (p in parent) if (!(p in of) && parent[p] in of) { of[p] = 1; more = 1 } } while (more)
      for (p in of) print p
    }'
}

# signal_group NAME LEADER [PROCESSES]
signal_group() {
  if [ "$lead" != none ]; then kill "-$1" "-$2" 2>/dev/null; else
    # Several words are meant.
    # shellcheck disable=SC2086
    kill "-$1" $3 2>/dev/null
  fi
}

# group_lives LEADER [PROCESSES]: whether somebody of the group is left, not counting the dead that nobody has buried.
group_lives() {
  signal_group 0 "$@" || return 1
  # shellcheck disable=SC2009
  ps -A -o pid= -o pgid= -o stat= 2>/dev/null | awk -v lead="$lead" -v group="$1" -v pids="$2" '
    BEGIN { count = split(pids, list); for (i = 1; i <= count; i++) of[list[i]] = 1 }
    (lead == "none" ? $1 in of : $2 == group) && $3 !~ /^Z/ { found = 1 }
    END { exit !found }'
}

# await_end LEADER [PROCESSES]: waits a second at most until nobody of the group is left.
await_end() {
  turn=0
  while group_lives "$@"; do
    [ "$turn" -lt "$turns" ] || return 1
    turn=$((turn + 1))
    sleep "$tick"
  done
}

# watch SECONDS LEADER: ends a group when its time is over, or when the script itself was killed: asks first, then kills.
# Exit status 4 when something of it hangs in the kernel and stays. To call it off it is killed: no shell is sure to get
# another signal right that comes early. What it leaves then is a sleep of a second.
watch() {
  left=$1
  while [ "$left" -gt 0 ] && kill -0 "$$" 2>/dev/null; do
    sleep 1
    left=$((left - 1))
  done
  members=
  [ "$lead" != none ] || members=$(tree "$2")
  signal_group TERM "$2" "$members"
  await_end "$2" "$members" && exit 3
  signal_group KILL "$2" "$members"
  await_end "$2" "$members" && exit 3
  exit 4
}

# Runs a command in the middle of a group. A shell stands around it that keeps its own complaints ("Killed") out of the
# answer, says with its status that it was told to end, and can always be killed and waited for.
AROUND='told=
trap "told=yes" TERM
cd /
[ -z "$0" ] || ulimit -f "$0"
(exec "$@" 2>&4 4>&-)
status=$?
[ -z "$told" ] || status=143
exit "$status"'

# within SECONDS COMMAND...: runs a command in a group of its own, with fd 3 as its standard input and fd 4 as its standard
# error. What it leaves behind in its group is ended too. A file it writes may have as many blocks of 512 bytes as
# `blocks` says. Sets status, and ended to "time" or "stuck" when it had to be ended.
blocks=
within() {
  seconds=$1
  shift
  begun=$(now)
  monitor -m
  (begin sh -c "$AROUND" "$blocks" "$@") <&3 3<&- 2>/dev/null 9>&- &
  leader=$!
  monitor +m
  watch "$seconds" "$leader" </dev/null >/dev/null 2>&1 3<&- 4>&- 5>&- 9>&- &
  watcher=$!
  wait "$leader" 2>/dev/null
  status=$? ended=
  case $status in
  137 | 143) [ "$(($(now) - begun))" -lt "$seconds" ] || ended='time' ;;
  esac
  if [ -n "$ended" ]; then
    wait "$watcher" 2>/dev/null
    [ "$?" -ne 4 ] || ended=stuck
  else
    kill -KILL "$watcher" 2>/dev/null
    wait "$watcher" 2>/dev/null
    if [ "$lead" != none ] && ! await_end "$leader"; then signal_group KILL "$leader"; fi
  fi
  leader='' watcher=
}

# find_command NAME: sets found to its path, or to nothing and absence to missing or denied.
find_command() {
  found='' absence=missing
  IFS=:
  for folder in $probe_path; do
    [ -f "$folder/$1" ] || continue
    if [ -x "$folder/$1" ]; then
      found=$folder/$1
      break
    fi
    absence=denied
  done
  unset IFS
  [ -n "$found" ]
}

# run_clean FILE ARGUMENTS: a command of the machine, with messages in English, without colours and pager.
run_clean() { within "$allowed" env -i PATH="$probe_path" LC_ALL=C LANG=C TERM=dumb HOME=/ "$@"; }

# run_job NAME ARGUMENTS: one of jobs.sh under the time limit of the probe.
run_job() { within "$allowed" sh -c "$JOBS" jobs "$@"; }

# --- looking around --------------------------------------------------------------------------------------------------

# ask COMMAND...: what it prints, for what has to be known before the probes; fails when it fails.
ask() {
  find_command "$1" || return 1
  shift
  allowed=3
  run_clean "$found" "$@" 3</dev/null 4>/dev/null
  [ "$status" -eq 0 ] && [ -z "$ended" ]
}

# read_text PATH: a small file, or nothing.
read_text() {
  allowed=3
  keep_of 32768 32768 0
  run_job read_file "$1" 3</dev/null 4>/dev/null
}

# keep_of HEAD TAIL WANTED: how much of the next text is kept.
keep_of() {
  GD_HEAD=$1 GD_TAIL=$2 GD_WANTED=$3 GD_ONLY=
}

look_around() {
  keep_of 0 0 0
  GD_ROOT=$root GD_NEWLINE=$newline GD_KEEP=$KEEP GD_READ_LIMIT=$READ_LIMIT GD_SHA256='' GD_SIGNATURES=''
  GD_STRINGS=$WANTED GD_PATTERN=$WANTED_PATTERN
  export GD_ROOT GD_NEWLINE GD_KEEP GD_READ_LIMIT GD_SHA256 GD_SIGNATURES GD_STRINGS GD_PATTERN GD_HEAD GD_TAIL GD_WANTED GD_ONLY
  tick=1 turns=1
  if sleep 0.02 2>/dev/null; then tick=0.05 turns=20; fi
  choose_lead
  for tool in sha256 sha256sum openssl; do
    if command -v "$tool" >/dev/null 2>&1; then
      GD_SHA256=$tool
      break
    fi
  done
  # The regular expressions of busybox are too slow for so many strings.
  case $(awk --help 2>&1 </dev/null) in *BusyBox*) GD_PATTERN= ;; esac

  # In the order in which uname prints them, whatever the order of its options.
  # shellcheck disable=SC2046
  set -- $(ask uname -snr)
  # Only one of the two scripts wants the name.
  # shellcheck disable=SC2034
  system=${1-} host_name=${2-} release=${3-}
  privilege=user
  [ "$(ask id -u)" != 0 ] || privilege=root
  major='' minor=''
  case $system/$release in
  FreeBSD/[0-9]*.[0-9]*-*)
    minor=${release%%-*}
    major=${minor%%.*} minor=${minor#*.}
    ;;
  esac
  side=host os=freebsd
  if [ "$system" = Linux ]; then side=guest os=linux; fi
  if [ "$system" = FreeBSD ] && [ "$(ask sysctl -n kern.vm_guest)" = bhyve ]; then side=guest; fi
}

# value_of NAME: its last assignment in the settings.
value_of() { printf '%s\n' "$settings" | sed -n "s/^$1=//p" | tail -n 1; }

# add_datastore SPECIFICATION: `/vm`, or the mount point of `zfs:zroot/vm`.
add_datastore() {
  folder=$1
  case $folder in
  zfs:-*) return ;;
  zfs:?*) folder=$(ask zfs get -H -o value mountpoint "${folder#zfs:}") || return ;;
  esac
  case $folder in /*) ;; *) return ;; esac
  while :; do
    case $folder in ?*/) folder=${folder%/} ;; *) break ;; esac
  done
  case "$newline$datastores$newline" in
  *"$newline$folder$newline"*) ;;
  *) datastores=${datastores:+$datastores$newline}$folder ;;
  esac
}

# Datastores of vm-bhyve, the VMs in them as `name/datastore`, the folder of CBSD. See surroundings.ts.
look_for_vms() {
  settings=$(
    for file in /etc/rc.conf /etc/rc.conf.local /etc/rc.conf.d/vm /etc/rc.conf.d/cbsdd; do
      read_text "$file"
      echo
    done | awk "$ASSIGNMENTS"
  )
  cbsd=$(value_of cbsd_workdir)
  cbsd=${cbsd:-/usr/jails}
  datastores='' vms='' count=0
  add_datastore "$(value_of vm_dir)"
  [ -n "$datastores" ] || return 0
  IFS=$newline
  set -f
  for setting in $(read_text "${datastores%%"$newline"*}/.config/system.conf" | awk "$ASSIGNMENTS"); do
    case $setting in path_*) add_datastore "${setting#*=}" ;; esac
  done
  allowed=3
  for store in $datastores; do
    for name in $(run_job vms_in "$store" 3</dev/null 4>/dev/null); do
      [ "$count" -lt "$MOST_VMS" ] || break
      count=$((count + 1))
      vms=${vms:+$vms$newline}$name/$store
    done
  done
  set +f
  unset IFS
}

# --- texts -----------------------------------------------------------------------------------------------------------

# form NAME TEXT: see bytes.awk.
form() { printf '%s' "$2" | od -An -v -tu1 | GD_FORM=$1 awk "$BYTES"; }

# json TEXT: sets quoted.
json() {
  case $1 in
  *[!\ -~]* | *\\* | *\"*) quoted=\"$(form json "$1")\" ;;
  *) quoted=\"$1\" ;;
  esac
}

# path_part TEXT: sets part.
path_part() {
  case $1 in
  *[!A-Za-z0-9_.@+%/-]* | .* | */.*) part=$(form path "$1") ;;
  *) part=$1 ;;
  esac
}

# fill TEXT: puts the values of this run in; sets filled. A placeholder without a value stays.
fill() {
  filled='' rest=$1
  while :; do
    case $rest in
    *'{'*'}'*)
      filled=$filled${rest%%'{'*}
      rest=${rest#*'{'}
      case $rest in
      vm\}*) filled=$filled${vm:-'{vm}'} ;;
      datastore\}*) filled=$filled${datastore:-'{datastore}'} ;;
      cbsd\}*) filled=$filled${cbsd:-'{cbsd}'} ;;
      gpu\}*) filled=$filled${gpu:-'{gpu}'} ;;
      name\}*) filled=$filled$name ;;
      *)
        filled=$filled'{'
        continue
        ;;
      esac
      rest=${rest#*'}'}
      ;;
    *) break ;;
    esac
  done
  filled=$filled$rest
}

# artifact_of TEMPLATE [NAME]: sets artifact, a path below host/ or guest/<name>/.
artifact_of() {
  case $1 in
  *'{'*)
    artifact=$(
      path_part "$vm"
      vm=$part
      path_part "$datastore"
      datastore=$part
      path_part "$cbsd"
      cbsd=$part
      path_part "$gpu"
      gpu=$part
      path_part "${2-}"
      name=$part
      fill "$1"
      printf '%s' "$filled"
    )
    ;;
  *) artifact=$1 ;;
  esac
}

# add_word TEXT: appends it to `typed` as one would type it. Nothing here is ever given to a shell.
add_word() {
  case $1 in
  '' | *[!A-Za-z0-9_@%+=:,./-]*) word="'$(printf '%s' "$1" | sed "s/'/'\\\\''/g")'" ;;
  *) word=$1 ;;
  esac
  typed=${typed:+$typed }$word
}

# --- probes ----------------------------------------------------------------------------------------------------------

# describe KIND ARTIFACT ARGUMENTS...: sets asked to what is asked, as a field of the manifest, and typed to the same for
# people.
describe() {
  field=path kind=$1 typed=
  shift 2
  case $kind in
  run)
    field='command'
    for argument in "$@"; do
      fill "$argument"
      add_word "$filled"
    done
    ;;
  file)
    fill "$1"
    typed=$filled
    ;;
  *)
    while [ $# -gt 0 ]; do
      fill "$1${2:+/}$2$3"
      typed=${typed:+$typed }$filled
      shift 3
    done
    ;;
  esac
  [ -z "$instead_of" ] || typed=$instead_of
  ask_for "$field" "$typed"
}

ask_for() {
  json "$2"
  asked="\"$1\": $quoted"
}

# probe ID PROFILES PRIVILEGE PRIVACY SIZE SECONDS HEAD TAIL WANTED [NAME=VALUE...] -- KIND ARTIFACT ARGUMENTS...
# One probe of the list. The options: per= runs it once for each vm, datastore, cbsd or gpu; lines= keeps only the lines
# that hold one of these; from= and until= releases that have it; module= only when that is in the kernel; risky=yes only
# when asked for; as= what the manifest calls it until it runs, where a user is given another command than root.
probe() {
  id=$1 profiles=$2 needs=$3 privacy=$4 estimate=$5 seconds_of_probe=$6
  keep_of "$7" "$8" "$9"
  shift 9
  per='' from='' until='' module='' risky='' instead_of='' vm='' datastore='' gpu='' name=
  while [ "$1" != -- ]; do
    case $1 in
    per=*) per=${1#*=} ;;
    lines=*) GD_ONLY=${1#*=} ;;
    strings=*) GD_SIGNATURES=${1#*=} ;;
    from=*) from=${1#*=} ;;
    until=*) until=${1#*=} ;;
    module=*) module=${1#*=} ;;
    risky=*) risky=yes ;;
    as=*) instead_of=${1#*=} ;;
    esac
    shift
  done
  shift
  case " $profiles " in *" $profile "*) ;; *) return 0 ;; esac
  [ -z "$risky" ] || [ -n "$with_risky" ] || return 0
  if [ -n "$dry_run" ]; then
    describe "$@"
    show_probe
    return
  fi
  why=$(why_unfit "$@")
  if [ -n "$why" ]; then
    describe "$@"
    give_up "${why%% *}" "${why#* }"
    return
  fi
  once_for_each "$@"
}

# is_before VERSION: whether the running FreeBSD is older.
is_before() { [ "$major" -lt "${1%%.*}" ] || { [ "$major" -eq "${1%%.*}" ] && [ "$minor" -lt "${1#*.}" ]; }; }

# Prints a status and the reason when the probe does not suit the machine at all.
why_unfit() {
  if [ -n "$major" ]; then
    if [ -n "$from" ] && is_before "$from"; then
      echo "missing only since FreeBSD $from"
      return
    fi
    if [ -n "$until" ] && ! is_before "$until"; then
      echo "missing only before FreeBSD $until"
      return
    fi
  fi
  # What is not installed is missing, whatever the kernel holds.
  [ -n "$module" ] && find_command "$3" || return 0
  ask kldstat -q -m "$module" || echo "skipped would load the kernel module $module, which is not loaded"
}

once_for_each() {
  case $per in
  '') attempt "$@" ;;
  cbsd)
    if [ -n "$cbsd" ]; then attempt "$@"; else absent missing 'no CBSD here' "$@"; fi
    ;;
  gpu)
    devices=$(display_devices)
    [ -n "$devices" ] || absent missing 'no display device is known' "$@"
    IFS=$newline
    for gpu in $devices; do
      unset IFS
      attempt "$@"
    done
    ;;
  datastore)
    [ -n "$datastores" ] || absent missing 'vm_dir of vm-bhyve is not set or not readable' "$@"
    IFS=$newline
    for datastore in $datastores; do
      unset IFS
      attempt "$@"
    done
    ;;
  vm) once_for_each_vm "$@" ;;
  esac
  unset IFS
}

once_for_each_vm() {
  taken=$newline
  IFS=$newline
  set -f
  for entry in $vms; do
    unset IFS
    vm=${entry%%/*} datastore=${entry#*/}
    case $newline$chosen$newline in
    "$newline$newline" | *"$newline$vm$newline"*)
      taken=$taken$vm$newline
      attempt "$@"
      ;;
    esac
  done
  IFS=$newline
  for vm in $chosen; do
    unset IFS
    case $taken in *"$newline$vm$newline"*) continue ;; esac
    datastore=
    taken=$taken$vm$newline
    case "$*" in
    *'{datastore}'*) absent missing 'no datastore of vm-bhyve has a VM of this name' "$@" ;;
    *) attempt "$@" ;;
    esac
  done
  set +f
  vm='' datastore=
  [ "$taken" != "$newline" ] || absent missing 'no VM of vm-bhyve was found' "$@"
}

# Why no further probe may run, or nothing.
why_not_now() {
  if [ "$(now)" -ge "$deadline" ]; then
    echo "the time for all probes ($total_seconds s) was over"
  elif [ "$total_bytes" -ge "$MOST_BYTES" ]; then
    echo "the bundle had reached $MOST_BYTES bytes"
  fi
}

# absent STATUS REASON PROBE...: what cannot be asked.
absent() {
  status_of_none=$1 reason_of_none=$2
  shift 2
  describe "$@"
  why=$(why_not_now)
  if [ -n "$why" ]; then give_up skipped "$why"; else give_up "$status_of_none" "$reason_of_none"; fi
}

# attempt PROBE...: one run of a probe, within the time that is left.
attempt() {
  why=$(why_not_now)
  if [ -n "$why" ]; then
    describe "$@"
    give_up skipped "$why"
    return
  fi
  allowed=$((deadline - $(now)))
  [ "$allowed" -le "$seconds_of_probe" ] || allowed=$seconds_of_probe
  [ "$allowed" -ge 1 ] || allowed=1
  kind=$1
  shift
  case $kind in
  run) run_command "$@" ;;
  file)
    fill "$2"
    ask_for path "$filled"
    artifact_of "$1"
    answer_of_file "$filled"
    ;;
  files) read_files "$@" ;;
  grep | fingerprint)
    describe "$kind" "$@"
    artifact_of "$1"
    shift
    answer_of_job each "${kind}_file" "$@"
    ;;
  esac
}

# run_command ARTIFACT COMMAND...
run_command() {
  artifact_of "$1"
  shift
  typed='' dashed='' left=$#
  while [ "$left" -gt 0 ]; do
    template=$1
    shift
    fill "$template"
    case $template in
    -*) ;;
    *) case $filled in -*) dashed=yes ;; esac ;;
    esac
    add_word "$filled"
    set -- "$@" "$filled"
    left=$((left - 1))
  done
  ask_for 'command' "$typed"
  if [ -n "$dashed" ]; then
    give_up skipped 'a name begins with -'
  elif find_command "$1"; then
    shift
    answer_of_command "$found" "$@"
  elif [ "$absence" = denied ]; then
    give_up denied "$1: not executable for this user"
  else
    give_up missing "$1: not installed"
  fi
}

# read_files ARTIFACT BASE STAR REST
read_files() {
  template=$1 star=$3 rest_of_path=$4
  fill "$2"
  base=$filled
  names=$(
    run_job matches "$base" "$star" "$rest_of_path" 3</dev/null 4>/dev/null
    exit "$status"
  )
  outcome=$?
  if [ -z "$names" ]; then
    ask_for path "$base/$star$rest_of_path"
    if [ "$outcome" -eq 102 ]; then give_up denied 'permission denied'; else give_up missing 'no such file'; fi
    return
  fi
  IFS=$newline
  set -f
  for match in $names; do
    unset IFS
    stem=${match#"${star%%\**}"}
    artifact_of "$template" "${stem%"${star##*\*}"}"
    ask_for path "$base/$match$rest_of_path"
    answer_of_file "$base/$match$rest_of_path"
  done
  set +f
  unset IFS
}
