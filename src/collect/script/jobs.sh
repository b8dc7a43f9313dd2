# Runs in a process of its own, under a time limit, because whatever touches a file can hang: `sh -c JOBS jobs NAME ARGUMENTS`.
# GD_ROOT is put in front of every path. Exit status: 101 no such file, 102 permission denied, 103 no regular file,
# 104 it could not be read.

# why_not PATH: leaves with the reason why a file cannot be read.
why_not() {
  if [ ! -e "$1" ]; then
    case $(ls -Ld -- "$1" 2>&1) in
    *'ermission denied'* | *'not permitted'*) exit 102 ;;
    *) exit 101 ;;
    esac
  fi
  [ -f "$1" ] || exit 103
  [ -r "$1" ] || exit 102
}

# size_of PATH: sets size.
size_of() {
  # Only the fifth word is looked at, so a name with blanks does no harm.
  # shellcheck disable=SC2046,SC2012
  set -- $(ls -Lnd -- "$1")
  size=$5
}

# read_file PATH: prints what is to be kept of a file, and on standard error "seen dropped lines skipped".
# Files of /proc say that they are empty.
read_file() {
  file=$GD_ROOT$1
  why_not "$file"
  size_of "$file"
  if [ -z "$GD_ONLY" ] && [ "$size" -gt 0 ] && [ "$size" -le "$GD_HEAD" ]; then
    cat <"$file" || exit 104
    echo "$size 0 0 0" >&2
    return
  fi
  skipped=0
  [ "$size" -le "$GD_READ_LIMIT" ] || skipped=$((size - GD_READ_LIMIT))
  {
    if [ "$skipped" -gt 0 ]; then tail -c "$GD_READ_LIMIT" <"$file"; else cat <"$file"; fi
    echo '#'
  } | tr -d '\000' | awk "$GD_KEEP" || exit 104
  echo "$skipped" >&2
}

# matches BASE STAR REST: names in the folder BASE that match STAR and need not be there with REST behind them. Without
# STAR the name is empty. See glob() in files.ts.
matches() {
  [ -n "$2" ] || return 0
  cd -- "$GD_ROOT$1/" 2>/dev/null || {
    case $(ls -d -- "$GD_ROOT$1/." 2>&1) in *'ermission denied'* | *'not permitted'*) exit 102 ;; esac
    return 0
  }
  [ -r . ] || exit 102
  count=0
  # STAR comes from the list of probes: one name with a star in it, without blanks.
  for name in $2; do
    [ -e "$name" ] || [ -L "$name" ] || continue
    case $name in *"$GD_NEWLINE"*) continue ;; esac
    [ "$count" -lt 256 ] || break
    count=$((count + 1))
    printf '%s\n' "$name"
  done
}

# vms_in STORE: folders of a datastore of vm-bhyve that hold a configuration of their own name.
vms_in() {
  names=$(matches "$1" '*' '')
  IFS=$GD_NEWLINE
  set -f
  for name in $names; do
    [ ! -e "$GD_ROOT$1/$name/$name.conf" ] || printf '%s\n' "$name"
  done
  set +f
  unset IFS
}

# each WHAT (BASE STAR REST)...: calls WHAT with the path of every file that matches.
each() {
  what=$1
  shift
  while [ $# -gt 0 ]; do
    if [ -z "$2" ]; then "$what" "$1"; else
      base=$1 rest=$3
      names=$(matches "$@")
      IFS=$GD_NEWLINE
      set -f
      for name in $names; do "$what" "$base/$name$rest"; done
      set +f
      unset IFS
    fi
    shift 3
  done
}

# Lines that are not empty, with the path in front of them. There can be hundreds of files, so no process is started.
grep_file() {
  [ -f "$GD_ROOT$1" ] && [ -r "$GD_ROOT$1" ] || return 0
  while IFS= read -r text || [ -n "$text" ]; do
    [ -z "$text" ] || printf '%s:%s\n' "$1" "$text"
  done 2>/dev/null <"$GD_ROOT$1"
}

# SHA-256 of standard input in hex.
hash_input() {
  case $GD_SHA256 in
  sha256) sha256 -q ;;
  sha256sum) sha256sum | cut -c 1-64 ;;
  openssl) openssl dgst -sha256 | sed 's/.*[ =]//' ;;
  esac
}

# See fingerprint.ts. The strings to look for are in GD_SIGNATURES, one a line.
fingerprint_file() {
  reason=$(why_not "$GD_ROOT$1")
  case $? in
  0) ;;
  101) return ;;
  102) reason='permission denied' ;;
  *) reason='is not a regular file' ;;
  esac
  if [ -n "$reason" ]; then
    printf 'UNREAD (%s) = %s\n' "$1" "$reason"
    return
  fi
  [ -z "$GD_SHA256" ] || printf 'SHA256 (%s) = %s\n' "$1" "$(hash_input <"$GD_ROOT$1")"
  IFS=$GD_NEWLINE
  set -f
  for string in $GD_SIGNATURES; do
    # As lines, because not every grep finds what stands behind a zero byte.
    if tr '\000' '\n' <"$GD_ROOT$1" | grep -q -F -e "$string"; then found=present; else found=absent; fi
    printf 'STRING (%s) "%s" = %s\n' "$1" "$string" "$found"
  done
  set +f
  unset IFS
}

"$@"
