# What is fed to the shell of a guest over ssh: every answer goes to standard output and its complaints to standard error,
# framed, and nothing is written there. How much of an answer is kept is decided by the reader (src/collect/ssh.ts).
#
# A frame begins with a line NONCE {"id":...}, which stands in both streams, and goes on to the next such line; the newline
# before that line is not part of it. After a command, a line NONCE end STATUS SECONDS ENDED stands somewhere in the second
# stream. The last frame is of the kind bye. What the fields are is said in src/collect/ssh-frames.ts.

# frame JSON
frame() {
  printf '\n%s %s\n' "$NONCE" "$1"
  printf '\n%s %s\n' "$NONCE" "$1" >&2
}

# head_of KIND: begins the frame of a probe.
head_of() {
  json "$artifact"
  frame "{\"kind\": \"$1\", \"id\": \"$id\", \"artifact\": $quoted, $asked, \"allowed\": $allowed}"
}

give_up() {
  json "$2"
  frame "{\"kind\": \"none\", \"id\": \"$id\", $asked, \"status\": \"$1\", \"reason\": $quoted}"
}

# send MOST COMMAND...: runs it with bounded output. Who reads the output must not wait longer than the command may run:
# something that hangs in the kernel keeps the pipe open.
send() {
  most=$1
  shift
  {
    {
      {
        started=$(now)
        "$@" 3</dev/null 4>&1 >&5
        printf '\n%s end %s %s %s\n' "$NONCE" "$status" "$(($(now) - started))" "${ended:-no}" >&2
      } | read_at_most 65536 >&2
    } 5>&1
  } | read_at_most "$most"
}

# read_at_most BYTES: copies standard input; ends with it, or when nothing more may come.
read_at_most() {
  { within "$((allowed + 6))" head -c "$1" 4>/dev/null; } 3<&0
}

answer_of_command() {
  most=$((8 * (GD_HEAD + GD_TAIL)))
  [ "$most" -ge 4194304 ] || most=4194304
  head_of 'command'
  send "$((most + 1))" run_clean "$@"
}

answer_of_file() {
  head_of file
  send "$((GD_HEAD + GD_TAIL + GD_WANTED + 1024))" run_job read_file "$1"
}

answer_of_job() {
  head_of text
  send 4194304 run_job "$@"
}

# Only of interest on hosts.
display_devices() { :; }

main() {
  dry_run='' leader='' watcher='' artifact='' allowed=0
  profile=$DEFAULT_PROFILE chosen='' with_risky=$DEFAULT_RISKY
  vms='' datastores='' cbsd='' total_bytes=0
  look_around
  json "$system"
  system_quoted=$quoted
  json "$host_name"
  frame "{\"kind\": \"hello\", \"system\": $system_quoted, \"hostName\": $quoted, \"privilege\": \"$privilege\"}"
  side=guest
  total_seconds=$(seconds_of_profile "$profile")
  deadline=$(($(now) + total_seconds))
  "probes_${side}_$os"
  frame '{"kind": "bye"}'
}
