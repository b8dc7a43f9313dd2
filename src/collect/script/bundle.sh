# The script for a machine without Node: options, one file after another into a temporary folder, the manifest, the archive.

say() { printf '%s\n' "$*" >&2; }

die() {
  code=$1
  shift
  say "gpudiag: $*"
  exit "$code"
}

usage() {
  cat <<'END'
usage: sh gpudiag-collect.sh [-f] [-n] [-R] [-p PROFILE] [-V VM]... [-g NAME] [-o FILE]

Asks this machine, a bhyve host or a guest, everything that a diagnosis needs, and writes one file for gpudiag analyze.
It changes nothing on the machine. Best run as root.

  -o FILE     name of the bundle (gpudiag-TIME-unredacted.tar.gz)
  -f          replace a file of that name
  -p PROFILE  quick (takes seconds), full, or pre-boot (before a VM was ever started)
  -V VM       a VM to look at; may be given several times; without it all
  -g NAME     this machine is a guest, and this is the name of its VM
  -R          also probes that can disturb a card that hangs; they run last
  -n          list the probes; run and read nothing but uname, id and sysctl -n kern.vm_guest
  -h          this help

The bundle is NOT REDACTED: it holds host names, addresses and serial numbers. Run `gpudiag redact` on it, on a machine
with Node, before you give it to anybody.
END
}

# checked_name OPTION NAME: a name becomes part of paths.
checked_name() {
  case $2 in
  '' | . | .. | */* | *"$newline"*) die 2 "$1 $2: is no name of a VM" ;;
  esac
}

read_options() {
  while getopts o:fp:V:g:Rnh option; do
    case $option in
    o) output=$OPTARG ;;
    f) force=yes ;;
    p)
      profile=$OPTARG
      case $profile in quick | full | pre-boot) ;; *) die 2 "-p $profile: is none of quick, full, pre-boot" ;; esac
      ;;
    V)
      checked_name -V "$OPTARG"
      chosen=${chosen:+$chosen$newline}$OPTARG
      ;;
    g)
      checked_name -g "$OPTARG"
      guest_name=$OPTARG
      ;;
    R) with_risky=yes ;;
    n) dry_run=yes ;;
    h)
      usage
      exit 0
      ;;
    *)
      usage >&2
      exit 2
      ;;
    esac
  done
  shift $((OPTIND - 1))
  [ $# -eq 0 ] || die 2 "unexpected argument: $1"
}

# --- where things go -------------------------------------------------------------------------------------------------

random_hex() { od -An -N6 -tx1 /dev/urandom | tr -d ' \n'; }

# place_output: holds the place of the bundle with a temporary file beside it, open as fd 9.
place_output() {
  [ -n "$output" ] || output=gpudiag-$(date -u +%Y%m%dT%H%M%SZ).tar.gz
  case ${output##*/} in *unredacted*) ;; *) mark_output ;; esac
  case $output in -*) output=./$output ;; esac
  [ ! -d "$output" ] || die 2 "$output: is a folder"
  if [ -z "$force" ] && { [ -e "$output" ] || [ -L "$output" ]; }; then die 2 "$output: is already there; -f replaces it"; fi
  case $output in */*) folder=${output%/*}/ ;; *) folder=./ ;; esac
  remove_leftovers "$folder.gpudiag-" '.tmp'
  partial=$folder.gpudiag-$$-$(random_hex).tmp
  set -C
  # A failed redirection of exec would end the shell without a word of ours.
  if ! (: >"$partial") 2>/dev/null; then
    partial=
    die 2 "$output: cannot be written here"
  fi
  set +C
  exec 9>>"$partial"
}

# The name says that nothing was redacted.
mark_output() {
  case $output in
  *.tar.gz) output=${output%.tar.gz}-unredacted.tar.gz ;;
  *.tgz) output=${output%.tgz}-unredacted.tgz ;;
  *) output=$output-unredacted ;;
  esac
}

# remove_leftovers PREFIX SUFFIX: what runs that were killed have left; the process id is in the name.
remove_leftovers() {
  for left_over in "$1"*"$2"; do
    pid=${left_over#"$1"}
    pid=${pid%%-*}
    case $pid in '' | *[!0-9]*) continue ;; esac
    # shellcheck disable=SC3067
    if [ ! -L "$left_over" ] && [ -O "$left_over" ] && ! kill -0 "$pid" 2>/dev/null; then rm -rf -- "$left_over"; fi
  done
}

make_folder() {
  case ${TMPDIR-} in /*) folder=$TMPDIR ;; *) folder=/tmp ;; esac
  remove_leftovers "$folder/gpudiag-" ''
  work=$(mktemp -d "$folder/gpudiag-$$-XXXXXX") || die 2 "no temporary folder could be made in $folder"
  stage=$work/stage
  mkdir "$stage"
  : >"$work/records"
}

clean_up() {
  if [ -n "$leader" ]; then
    signal_group KILL "$leader" "$([ "$lead" != none ] || tree "$leader")"
    # So that the shell has nothing to say of their end.
    wait "$leader" 2>/dev/null
  fi
  if [ -n "$watcher" ]; then
    kill -KILL "$watcher" 2>/dev/null
    wait "$watcher" 2>/dev/null
  fi
  [ -z "$work" ] || rm -rf -- "$work"
  [ -z "$partial" ] || rm -f -- "$partial"
  [ ! -t 2 ] || printf '\r\033[K' >&2
}

full_disk() { die 2 "the temporary folder $work cannot be written: is the disk full?"; }

# --- answers ---------------------------------------------------------------------------------------------------------

# give_up STATUS REASON: a probe without an answer.
give_up() {
  json "$2"
  reason=${quoted#\"}
  reason=${reason%\"} fields=
  record null "$1"
}

# record ARTIFACT STATUS: one entry of the manifest. The artifact is JSON, so are asked, and reason without its quotes;
# fields are further lines of JSON.
record() {
  {
    [ "$records" -eq 0 ] || printf ',\n'
    printf '    {\n      "id": "%s",\n      "side": "%s",\n' "$id" "$side"
    [ "$side" = host ] || printf '      "guest": "%s",\n' "$guest"
    printf '      "artifact": %s,\n      %s,\n      "status": "%s",\n' "$1" "$asked" "$2"
    [ -z "$reason" ] || printf '      "reason": "%s",\n' "$reason"
    printf '%s      "privilege": "%s",\n' "$fields" "$privilege"
    if [ "$1" = null ]; then
      printf '      "bytes": 0\n    }'
    else
      printf '      "bytes": %s%s\n    }' "$bytes" "${hash:+,
      \"sha256\": \"$hash\"}"
    fi
  } >>"$work/records" || full_disk
  records=$((records + 1))
  case $2 in ok | missing) ;; *) unanswered=$unanswered"  $2: $id$newline" ;; esac
}

count_bytes() { bytes=$(($(wc -c <"$1"))); }

# store FILE: takes a file over as the artifact; sets stored to its path as JSON, bytes and hash. Of an empty one, stored
# is null.
store() {
  stored=null hash=
  count_bytes "$1"
  [ "$bytes" -gt 0 ] || return 0
  path=host/$artifact
  [ "$side" = host ] || path=guest/$guest/$artifact
  unique=$path copy=1
  while [ -e "$stage/$unique" ]; do
    copy=$((copy + 1))
    unique="$path ($copy)"
  done
  mkdir -p "$stage/${unique%/*}" || full_disk
  if [ "$privacy" = secret ]; then
    awk "$SECRETS" <"$1" >"$stage/$unique" || full_disk
    count_bytes "$stage/$unique"
  else
    mv "$1" "$stage/$unique" || full_disk
  fi
  if [ -n "$GD_SHA256" ]; then hash=$(sh -c "$JOBS" jobs hash_input <"$stage/$unique"); else
    reason="${reason:+$reason; }no hash: neither sha256 nor sha256sum nor openssl is installed"
  fi
  printf '%s\n' "$unique" >>"$work/paths" || full_disk
  total_bytes=$((total_bytes + bytes))
  json "$unique"
  stored=$quoted
}

# cut_of SEEN DROPPED LINES SKIPPED [ENDLESS]: sets cut to what was left out, as a field of the manifest.
cut_of() {
  cut=
  [ "$3" -gt 0 ] || [ "$4" -gt 0 ] || [ -n "$5" ] || return 0
  cut="      \"truncated\": {
        \"keptBytes\": $(($1 - $2)),
        \"droppedBytes\": $(($2 + $4)),
        \"droppedLines\": $3${5:+,
        \"endless\": true}
      },
"
}

# keep FILE [ENDLESS]: makes a file what is kept of it; sets cut.
keep() {
  count_bytes "$1"
  if [ -z "$GD_ONLY" ] && [ "$bytes" -le "$GD_HEAD" ]; then
    cut_of "$bytes" 0 0 0 "$2"
    return
  fi
  { cat "$1" && echo '#'; } | tr -d '\000' | awk "$GD_KEEP" >"$work/kept" 2>"$work/counts" || full_disk
  mv "$work/kept" "$1"
  read -r seen dropped dropped_lines <"$work/counts"
  cut_of "$seen" "$dropped" "$dropped_lines" 0 "$2"
}

# timed COMMAND...: runs it with its output in files; sets took.
timed() {
  [ ! -t 2 ] || printf '\r\033[K[%s] %s' "$((records + 1))" "$id" >&2
  started=$(now)
  "$@" 3</dev/null 4>"$work/err" >"$work/out"
  took="      \"durationMs\": $((($(now) - started) * 1000)),
"
}

answer_of_command() {
  most=$((8 * (GD_HEAD + GD_TAIL)))
  [ "$most" -ge 4194304 ] || most=4194304
  # This stops what prints without end.
  blocks=$((most / 512))
  timed run_clean "$@"
  blocks=
  count_bytes "$work/err"
  endless=$bytes
  count_bytes "$work/out"
  if [ "$bytes" -ge "$most" ] || [ "$endless" -ge "$most" ]; then endless=yes; else endless=; fi
  keep "$work/out" "$endless"
  count_bytes "$work/out"
  answered=$bytes cut_of_answer=$cut
  keep_of 8192 0 0
  keep "$work/err" ''
  complaint=$(head -n 1 "$work/err" | od -An -v -tu1 | GD_FORM=line awk "$BYTES")
  cat "$work/err" >>"$work/out" || full_disk
  judge
  name_of_signal=
  [ "$status" -le 128 ] || name_of_signal=$(kill -l "$((status - 128))" 2>/dev/null)
  if [ -n "$name_of_signal" ]; then
    fields="      \"signal\": \"SIG${name_of_signal#SIG}\",
"
  else
    fields="      \"exitStatus\": $status,
"
  fi
  fields=$fields$took$cut_of_answer
  store "$work/out"
  record "$stored" "$verdict"
}

# judge: what the outcome of a command means; sets verdict and reason. A command that answered is ok, also when it
# complained about a part or ended with an error.
judge() {
  verdict=ok reason=
  if [ -n "$ended" ]; then
    verdict=timed-out reason="had not ended after $allowed s"
    [ "$ended" != stuck ] || reason="$reason and could not be ended"
  elif [ -n "$endless" ]; then
    reason='printed without end and was stopped'
  elif [ "$status" -eq 0 ]; then
    [ -s "$work/out" ] || reason='printed nothing'
  elif [ -n "$complaint" ]; then
    reason=$complaint
    [ "$answered" -gt 0 ] || judge_complaint
  else
    [ "$answered" -gt 0 ] || verdict=failed
    if [ "$status" -gt 128 ] && kill -l "$((status - 128))" >/dev/null 2>&1; then
      reason="ended by SIG$(kill -l "$((status - 128))")"
    else
      reason="exit status $status"
    fi
  fi
}

judge_complaint() {
  verdict=failed
  case $complaint in *"$NOT_THERE") verdict=missing ;; esac
  ! sounds_denied "$complaint" || verdict=denied
}

# answer_of_file PATH
answer_of_file() {
  timed run_job read_file "$1"
  fields=$took verdict=ok reason=
  case $ended$status in
  0)
    # seen, left out, lines left out, not read: on one line or two
    # shellcheck disable=SC2046
    set -- $(cat "$work/err")
    cut_of "$1" "$2" "$3" "$4" ''
    fields=$fields$cut
    [ -s "$work/out" ] || reason='holds nothing'
    ;;
  101) verdict=missing reason='no such file' ;;
  102) verdict=denied reason='permission denied' ;;
  103) verdict=failed reason='is not a regular file' ;;
  time* | stuck*) verdict=timed-out reason="not read within $allowed s" ;;
  *) verdict=failed reason='cannot be read' ;;
  esac
  [ "$verdict" = ok ] || : >"$work/out"
  store "$work/out"
  record "$stored" "$verdict"
}

# answer_of_job NAME ARGUMENTS...: one of jobs.sh whose output is the artifact.
answer_of_job() {
  timed run_job "$@"
  fields=$took verdict=ok reason=
  [ -z "$ended" ] || reason="had not ended after $allowed s"
  if [ ! -s "$work/out" ]; then
    verdict=missing
    if [ -n "$ended" ]; then verdict=timed-out; else reason='no such file'; fi
  fi
  store "$work/out"
  record "$stored" "$verdict"
}

# Selectors of display functions in the listing of pciconf, such as pci0:6:0:0.
display_devices() {
  path=$stage/host/pciconf.txt
  [ "$side" = host ] || path=$stage/guest/$guest/pciconf.txt
  [ ! -f "$path" ] || awk '/^[^ \t@]+@pci[0-9:]+[ \t].*class=0x03/ { sub(/^[^@]*@/, ""); sub(/:[ \t].*/, ""); print }' "$path"
}

# --- the bundle ------------------------------------------------------------------------------------------------------

# One row of -n.
show_probe() { printf '%-5s %8s  %-12s %s\n' "$needs" "$estimate" "$privacy" "$typed"; }

write_manifest() {
  {
    printf '{\n  "schemaVersion": 1,\n  "tool": {\n    "name": "gpudiag",\n    "version": "%s"\n  },\n' "$TOOL_VERSION"
    printf '  "createdAt": "%s",\n  "profile": "%s",\n  "privilege": "%s",\n' "$created" "$profile" "$privilege"
    if [ -z "$names_of_vms" ]; then printf '  "vm": [],\n'; else
      separator='  "vm": ['
      IFS=$newline
      set -f
      for name in $names_of_vms; do
        json "$name"
        printf '%s\n    %s' "$separator" "$quoted"
        separator=,
      done
      set +f
      unset IFS
      printf '\n  ],\n'
    fi
    printf '  "redacted": false,\n  "probes": [\n'
    cat "$work/records"
    printf '\n  ]\n}\n'
  } >"$stage/manifest.json" || full_disk
}

# Manifest first, then the files by their paths; no times and no names of owners where tar can leave them out.
pack() {
  : >>"$work/paths"
  sort "$work/paths" >"$work/sorted" || full_disk
  set -- manifest.json
  while IFS= read -r path; do set -- "$@" "$path"; done <"$work/sorted"
  (cd "$stage" && TZ=UTC0 touch -t 197001010000.00 "$@")
  tar --numeric-owner -cf "$work/bundle.tar" -C "$stage" "$@" 2>/dev/null ||
    tar -cf "$work/bundle.tar" -C "$stage" "$@" || full_disk
  gzip -9 -n -c <"$work/bundle.tar" >&9 || die 2 "$output: cannot be written: is the disk full?"
  exec 9>&-
}

# Gives the bundle its name. A link fails when the name is taken, a rename does not.
give_name() {
  if [ -n "$force" ]; then
    mv -f -- "$partial" "$output" || die 2 "$output: cannot be written"
  elif ln -- "$partial" "$output" 2>/dev/null; then
    rm -f -- "$partial"
  elif [ -e "$output" ] || [ -L "$output" ]; then
    die 2 "$output: is already there; -f replaces it"
  else
    # A file system without links, such as FAT.
    mv -- "$partial" "$output" || die 2 "$output: cannot be written"
  fi
  partial=
}

closing_words() {
  count_bytes "$output"
  [ ! -t 2 ] || printf '\r\033[K' >&2
  say "Bundle  $output ($bytes bytes, $(($(wc -l <"$work/paths"))) files from $records probes)"
  [ -z "$unanswered" ] || printf '\nNot answered:\n%s' "$unanswered" >&2
  [ "$privilege" = root ] || say '
Run as root it would have more.'
  say "
*** NOT REDACTED: it holds host names, addresses and serial numbers as they are.
*** Before you give it to anybody, on a machine with Node:

  gpudiag redact $output

Next:

  gpudiag analyze $output"
}

main() {
  output='' force='' guest_name='' dry_run='' leader='' watcher='' work='' partial=''
  profile=$DEFAULT_PROFILE chosen=$DEFAULT_VMS with_risky=$DEFAULT_RISKY
  records=0 total_bytes=0 unanswered=''
  read_options "$@"
  for tool in awk cat date gzip head kill ln ls mktemp mv od ps rm sed sleep sort tail tar touch tr wc; do
    command -v "$tool" >/dev/null 2>&1 || die 2 "this machine has no $tool, without which nothing can be collected"
  done
  if [ -z "$dry_run" ]; then
    # shellcheck disable=SC2154
    trap 'code=$?; clean_up; exit "$code"' EXIT
    trap 'die 129 "interrupted: no bundle was written"' HUP
    trap 'die 130 "interrupted: no bundle was written"' INT
    trap 'die 143 "interrupted: no bundle was written"' TERM
    place_output
    make_folder
  fi
  created=$(date -u +%Y-%m-%dT%H:%M:%S.000Z)
  look_around
  names_of_vms=$chosen
  if [ -n "$guest_name" ]; then
    side=guest names_of_vms=$guest_name
  fi
  guest=
  if [ "$side" = guest ]; then
    path_part "${names_of_vms%%"$newline"*}"
    guest=${part:-guest} chosen=
  fi
  if [ -n "$dry_run" ]; then
    printf '%-5s %8s  %-12s %s\n' As Bytes Privacy 'Runs or reads'
    "probes_${side}_$os"
    return
  fi
  total_seconds=$(seconds_of_profile "$profile")
  deadline=$(($(now) + total_seconds))
  vms='' datastores='' cbsd=
  [ "$system" != FreeBSD ] || look_for_vms
  "probes_${side}_$os"
  write_manifest
  pack
  give_name
  closing_words
}
